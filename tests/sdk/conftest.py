"""What all SDK tests share: a clean environment."""

from __future__ import annotations

import pytest

VARIABLES = ("POE_ACCESS_KEY", "POE_API_KEY", "ROOKERY_URL", "ROOKERY_SYNC_SETTINGS")
PROXY_VARIABLES = ("http_proxy", "https_proxy", "all_proxy", "no_proxy")


@pytest.fixture(autouse=True)
def clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """No test depends on the variables of whoever runs it, and no test talks to Poe."""
    for name in (*VARIABLES, *PROXY_VARIABLES, *(name.upper() for name in PROXY_VARIABLES)):
        monkeypatch.delenv(name, raising=False)
