"""SQL adapters: one file per store; `database.py` holds what differs between databases."""
