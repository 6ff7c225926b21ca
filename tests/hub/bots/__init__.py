"""Bots: prompts, parameters, visibility, settings."""
