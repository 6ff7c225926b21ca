"""`python -m bench`: runs every measurement and prints a table each."""

from __future__ import annotations

import asyncio

from bench import files, hub, sdk_client, sdk_server

if __name__ == "__main__":
    asyncio.run(hub.main())
    asyncio.run(files.main())
    asyncio.run(sdk_client.main())
    asyncio.run(sdk_server.main())
