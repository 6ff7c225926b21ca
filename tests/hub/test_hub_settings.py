"""The hub's settings where their defaults depend on each other."""

from __future__ import annotations

import pytest

from rookery.hub.settings import HubSettings


@pytest.mark.parametrize(
    ("host", "public_url", "said", "allowed"),
    [
        ("127.0.0.1", None, None, True),
        ("localhost", "http://localhost:8080", None, True),
        ("127.0.0.1", "https://hub.example", None, False),
        ("0.0.0.0", None, None, False),
        ("0.0.0.0", "http://127.0.0.1:8080", None, False),
        ("127.0.0.1", "https://hub.example", True, True),
        ("127.0.0.1", None, False, False),
    ],
)
def test_private_addresses_are_called_only_by_a_hub_for_this_machine(
    host: str, public_url: str | None, said: bool | None, allowed: bool
) -> None:
    settings = HubSettings(host=host, public_url=public_url, allow_private_urls=said)
    assert settings.private_urls_allowed is allowed
