"""The SDK against real HTTP: bots are served by uvicorn on a loopback port, and so are the bots that they call."""
