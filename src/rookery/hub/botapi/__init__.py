"""The Poe-shaped HTTP surface: queries and settings, for bots and persons with unmodified SDKs."""
