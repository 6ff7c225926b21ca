"""The Poe bot protocol as a library of its own: types, SSE codec, events, reducer, limits.

No I/O, no framework, no clock, nothing of ours from outside this folder. SDK, hub, command line and tests all stand
on it. Import from the modules: `messages`, `requests`, `responses`, `settings`, `controls`, `costs`, `toolcalls` hold
the types; `sse`, `events`, `reduce`, `reading` the way from bytes to a reply; `limits` and `version` the numbers.
"""
