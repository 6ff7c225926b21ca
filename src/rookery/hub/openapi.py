"""The hub's OpenAPI file: what the framework collects, made true.

A body or parameter that does not fit is answered with 400 in the shape of every other refusal (`http.py`), so the
framework's own 422 is taken out (an operation that documents a 422 keeps it); and each operation says by which
credential it may be used.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from rookery.hub.http import ErrorBody

_FRAMEWORKS_OWN = ("HTTPValidationError", "ValidationError")
_CREDENTIALS: dict[str, Any] = {
    "key": {"type": "http", "scheme": "bearer", "description": "An API key: rookery keys create"},
    "session": {"type": "apiKey", "in": "cookie", "name": "rookery_session", "description": "Signed in to the page"},
    "bare_key": {"type": "apiKey", "in": "header", "name": "Authorization", "description": "A key without 'Bearer'"},
}
_EITHER: list[dict[str, list[str]]] = [{"key": []}, {"session": []}]
_WITHOUT: list[dict[str, list[str]]] = [{}]
_QUERIES = "/bot/{name}"
"""Refuses in its stream of events."""
_OPEN_TO_ALL = ("/api/sign-in", "/api/sign-out")


def operation_id(route: APIRoute) -> str:
    """Gives an operation's id: the name of its function, unique in the hub (a second one on it names itself)."""
    return route.name


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
            for content in operation.get("requestBody", {}).get("content", {}).values():
                for name, definition in content["schema"].pop("$defs", {}).items():
                    schemas.setdefault(name, definition)
            if _FRAMEWORKS_OWN[0] in str(operation["responses"].get("422")):
                del operation["responses"]["422"]
                if path != _QUERIES:
                    operation["responses"].setdefault("400", refusal)
            if path.startswith("/api/"):
                operation["security"] = _WITHOUT if path in _OPEN_TO_ALL else _EITHER
            elif path == _QUERIES:
                operation["security"] = [{"key": []}]
            elif path.startswith("/poe_api/"):
                operation["security"] = [{"bare_key": []}, {"key": []}]
            elif path.startswith("/files/"):
                operation["security"] = [*_WITHOUT, {"key": []}]
    return schema
