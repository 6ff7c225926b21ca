"""The hub: people, bots, keys, queries and the call contract. `app.create_app` is the only place that wires it."""
