"""The registry of bots: names, kinds, access keys, settings."""
