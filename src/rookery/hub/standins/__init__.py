"""Stand-ins: small local rules that answer where no model is connected, so that the first minute needs no key.

The rules are pure and need nothing: a query in, events out; the caller paces and sends them. Each says plainly that
it is no language model. `catalogue` lists them, `model` says what one is; `registration` enters one in the registry.
"""
