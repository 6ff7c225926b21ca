"""Bots of kind `model`, against scripted providers."""
