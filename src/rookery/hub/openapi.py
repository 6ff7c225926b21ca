"""The hub's OpenAPI file: what the framework collects, made true.

A body or parameter that does not fit is answered with 400 in the shape of every other refusal (`http.py`), so the
framework's own 422 is taken out; and each operation says by which credential it may be used.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

from rookery.hub.http import ErrorBody

_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_CREDENTIALS: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: rookery keys create"},
    "session": {"type": "apiKey", "in": "cookie", "name": "rookery_session", "description": "Signed in to the page"},
}


def describe_truly(app: FastAPI) -> None:
    """Makes `app` describe itself by this module; the file is built once, at the first request for it."""

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            app.openapi_schema = _mend(get_openapi(title=app.title, version=app.version, routes=app.routes))
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign]


def _mend(schema: dict[str, Any]) -> dict[str, Any]:
    components = schema.setdefault("components", {})
    schemas = components.setdefault("schemas", {})
    for name in _FRAMEWORKS_OWN:
        schemas.pop(name, None)
    components["securitySchemes"] = _CREDENTIALS
    refusal = {
        "description": "Bad Request",
        "content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{ErrorBody.__name__}"}}},
    }
    for path, operations in schema["paths"].items():
        for operation in operations.values():
            if operation["responses"].pop("422", None) is not None:
                operation["responses"].setdefault("400", refusal)
            if path.startswith("/api/"):
                operation["security"] = [{"key": []}, {"session": []}]
    return schema
