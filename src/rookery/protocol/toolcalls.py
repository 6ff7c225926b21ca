"""Tool calling over the Bot Query API: definitions, calls, deltas, results (protocol 5.1.4, 9.4).

Unlike the reference, definitions keep keys they do not know (`strict`, `additionalProperties`, …), so that a
schema reaches the model as the author wrote it (protocol 10.2, C16).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field


class ParametersDefinition(BaseModel):
    """JSON Schema of a function's arguments."""

    model_config = ConfigDict(extra="allow")

    type: str
    properties: dict[str, object]
    required: list[str] | None = None


class FunctionDefinition(BaseModel):
    """What a model may call: name, when to use it, arguments."""

    model_config = ConfigDict(extra="allow")

    name: str
    description: str
    parameters: ParametersDefinition


class ToolDefinition(BaseModel):
    """An entry of `QueryRequest.tools`."""

    model_config = ConfigDict(extra="allow")

    type: str
    function: FunctionDefinition


class FunctionCallDefinition(BaseModel):
    """A chosen function and its arguments, a JSON text."""

    name: str
    arguments: str


class ToolCallDefinition(BaseModel):
    """A complete call made by a model."""

    id: str
    type: str
    function: FunctionCallDefinition


class FunctionCallDefinitionDelta(BaseModel):
    """A piece of a call's arguments; the name comes with the first piece only."""

    name: str | None = None
    arguments: str


class ToolCallDefinitionDelta(BaseModel):
    """A piece of a call, streamed; pieces with the same `index` belong together."""

    index: int = 0
    id: str | None = None
    type: str | None = None
    function: FunctionCallDefinitionDelta


class ToolResultDefinition(BaseModel):
    """What a tool gave back, sent to the model in the second request."""

    role: str
    name: str
    tool_call_id: str
    content: str


class CustomToolDefinition(BaseModel):
    """A tool whose input is free text in a given format."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    description: str | None = None
    format_: Mapping[str, Any] | None = Field(default=None, alias="format")


class CustomCallDefinition(BaseModel):
    """A call of a custom tool."""

    model_config = ConfigDict(populate_by_name=True)

    name: str
    input_: str = Field(alias="input")
