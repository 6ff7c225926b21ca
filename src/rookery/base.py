"""Serving bots, under the module name of `fastapi_poe.base`."""

from rookery.sdk.addresses import POE_UPLOADS_URL as POE_API_WEBSERVER_BASE_URL
from rookery.sdk.app import make_app, run
from rookery.sdk.bot import PoeBot
from rookery.sdk.errors import CostRequestError, InsufficientFundError, InvalidParameterError
from rookery.sdk.files import generate_inline_ref, get_filename_from_url
from rookery.sdk.legacy import LoggingMiddleware, http_bearer, http_exception_handler
from rookery.sdk.log import logger

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
    "run",
]
