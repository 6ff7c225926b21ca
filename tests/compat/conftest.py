"""The hub fixture, as in `tests/hub`."""

from tests.hub.conftest import hub

__all__ = ["hub"]
