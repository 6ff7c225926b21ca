"""The choice of the HTTP client for a call.

    post(Outgoing) ─┬─ no session given ──► pooled aiohttp, one pool per event loop   (transport_aiohttp)
                    └─ an httpx.AsyncClient ──► that client, never closed             (transport_httpx)

Neither follows redirects: keys must not travel on.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rookery.sdk.transport import Answer, Outgoing

if TYPE_CHECKING:
    import httpx


async def post(outgoing: Outgoing, session: httpx.AsyncClient | None = None) -> Answer:
    """Sends a request and waits for the answer's head. Raises TransportError."""
    if session is None:
        # aiohttp takes a quarter of a second to import, and a bot that calls nobody never needs it.
        from rookery.sdk.transport_aiohttp import post_pooled  # noqa: PLC0415

        return await post_pooled(outgoing)
    from rookery.sdk.transport_httpx import post_with_client  # noqa: PLC0415 - only when httpx is in use anyway

    return await post_with_client(session, outgoing)
