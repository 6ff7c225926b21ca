"""Serving bots, under the module name of `fastapi_poe.base`."""

from importlib import import_module
from typing import TYPE_CHECKING

from rookery.sdk.addresses import POE_UPLOADS_URL as POE_API_WEBSERVER_BASE_URL
from rookery.sdk.app import make_app, run
from rookery.sdk.bot import PoeBot
from rookery.sdk.errors import CostRequestError, InsufficientFundError, InvalidParameterError
from rookery.sdk.files import generate_inline_ref, get_filename_from_url
from rookery.sdk.log import logger
from rookery.sdk.parameters import parameter, parameters

if TYPE_CHECKING:
    from rookery.sdk.legacy_web import LoggingMiddleware, http_bearer, http_exception_handler

__all__ = [
    "POE_API_WEBSERVER_BASE_URL",
    "CostRequestError",
    "InsufficientFundError",
    "InvalidParameterError",
    "LoggingMiddleware",
    "PoeBot",
    "generate_inline_ref",
    "get_filename_from_url",
    "http_bearer",
    "http_exception_handler",
    "logger",
    "make_app",
    "parameter",
    "parameters",
    "run",
]

_LEGACY = frozenset({"LoggingMiddleware", "http_bearer", "http_exception_handler"})
"""Names that hardly a bot uses, imported when asked for: FastAPI takes as long as all the rest."""

if not TYPE_CHECKING:

    def __getattr__(name: str) -> object:
        if name in _LEGACY:
            value = globals()[name] = getattr(import_module("rookery.sdk.legacy_web"), name)
            return value
        raise AttributeError(f"module '{__name__}' has no attribute '{name}'")
