"""The version of this distribution, in one place for code; `pyproject.toml` repeats it (held by a test)."""

__version__ = "0.1.0"
