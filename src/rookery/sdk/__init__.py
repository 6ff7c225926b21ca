"""The SDK: what a bot's author uses, a drop-in for `fastapi_poe` 0.0.83 (protocol 9).

    serving   app ── routes ──► dispatch ──► replies (author's handler → events) ──► eventstream (ASGI)
    calling   client ──► calls (tries) ──► answers (frames → messages); sending ──► aiohttp pool, or a given httpx

Authors import the names from `rookery` itself. Nothing of ours but `rookery.protocol` is used here, and nothing heavy
is imported before it is needed: aiohttp with the first call, uvicorn with `run`.
"""
