"""Tests of the adapters that reach bots."""
