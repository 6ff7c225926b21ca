"""The public test kit for bot authors. Nothing is in it yet; the project's own tests use `tests/support`."""
