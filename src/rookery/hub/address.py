"""Where the hub can be reached, for the links it gives out: known once it listens, or said by its owner."""

from __future__ import annotations


class PublicAddress:
    """The hub's own base URL, without a slash at the end."""

    def __init__(self, configured: str | None) -> None:
        """`configured` is the setting `public_url`; it wins over the address that the hub listens on."""
        self._is_configured = configured is not None
        self.base = (configured or "http://127.0.0.1:8080").rstrip("/")

    def listens_at(self, url: str) -> None:
        """Says where the hub listens; without effect when its owner has said where it is reached."""
        if not self._is_configured:
            self.base = url.rstrip("/")
