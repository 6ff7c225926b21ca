"""The SDK's one logger."""

from __future__ import annotations

import logging

logger = logging.getLogger("uvicorn.default")
"""Below `uvicorn`, so that lines appear in the server's log without set-up; the name is that of `fastapi_poe`."""
