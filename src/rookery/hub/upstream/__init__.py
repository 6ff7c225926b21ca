"""Adapters that reach bots: server bots over HTTP, stand-ins in process."""
