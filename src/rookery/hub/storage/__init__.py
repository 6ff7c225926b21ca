"""Adapters of the features' stores."""
