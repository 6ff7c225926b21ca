"""The requests of a platform to a bot server (protocol 3.2, 3.4 to 3.8)."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from rookery.protocol.requests import (
    MISSING_KEY,
    REQUEST_TYPES,
    BaseRequest,
    InvalidRequest,
    QueryRequest,
    ReportErrorRequest,
    ReportFeedbackRequest,
    ReportReactionRequest,
    SettingsRequest,
    UnknownRequestType,
    parse_request,
)
from rookery.protocol.toolcalls import ToolCallDefinition, ToolDefinition, ToolResultDefinition

from .shapes import Body, default_values, load_object, nullable_fields, required_fields
from .strategies import json_values

IDS = {"message_id": "m-1", "user_id": "u-1", "conversation_id": "c-1"}
QUERY: Body = {"version": "1.2", "type": "query", "query": [{"role": "user", "content": "hi"}], **IDS}
TOOLS: Body = {
    "tools": [
        {
            "type": "function",
            "function": {
                "name": "look_up",
                "description": "Looks a word up.",
                "parameters": {"type": "object", "properties": {"word": {"type": "string"}}, "required": ["word"]},
            },
        }
    ],
    "tool_calls": [
        {"id": "call-1", "type": "function", "function": {"name": "look_up", "arguments": '{"word": "rook"}'}}
    ],
    "tool_results": [{"role": "tool", "name": "look_up", "tool_call_id": "call-1", "content": "a bird"}],
}
SHAPES: list[tuple[type[BaseModel], Body, Body, set[str]]] = [
    (BaseRequest, {"version": "1.2", "type": "settings"}, {}, set()),
    (SettingsRequest, {"version": "1.2", "type": "settings"}, {}, set()),
    (
        ReportFeedbackRequest,
        {"version": "1.2", "type": "report_feedback", **IDS, "feedback_type": "like"},
        {},
        set(),
    ),
    (ReportReactionRequest, {"version": "1.2", "type": "report_reaction", **IDS, "reaction": "heart"}, {}, set()),
    (ReportErrorRequest, {"version": "1.2", "type": "report_error", "message": "no", "metadata": {}}, {}, set()),
    (
        QueryRequest,
        QUERY,
        {
            "metadata": "",
            "api_key": "<missing>",
            "access_key": "<missing>",
            "temperature": None,
            "skip_system_prompt": False,
            "logit_bias": {},
            "stop_sequences": [],
            "language_code": "en",
            "adopt_current_bot_name": None,
            "bot_query_id": "",
            "users": [],
            "tools": None,
            "tool_calls": None,
            "tool_results": None,
            "query_creation_time": None,
            "extra_params": None,
        },
        {
            *("temperature", "adopt_current_bot_name", "tools", "tool_calls", "tool_results"),
            *("query_creation_time", "extra_params"),
        },
    ),
]


def parse_query(**fields: Any) -> QueryRequest:
    request = parse_request({**QUERY, **fields})
    assert isinstance(request, QueryRequest)
    return request


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_fields_defaults_and_nulls_are_those_of_the_protocol(
    model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]
) -> None:
    assert required_fields(model) == set(body)
    assert default_values(model) == defaults
    assert nullable_fields(model, body) == nullable


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_unknown_keys_are_ignored(model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]) -> None:
    assert model.model_validate({**body, "x-new": 1}) == model.model_validate(body)


def test_a_complete_query_is_read_and_written_without_loss() -> None:
    body = load_object("query")
    request = parse_request(body)
    assert isinstance(request, QueryRequest)
    assert request.model_dump(mode="json", exclude={"api_key", "access_key"}) == body


def test_a_query_without_keys_has_the_references_stand_in_for_them() -> None:
    assert parse_query().access_key == parse_query().api_key == MISSING_KEY == "<missing>"


def test_messages_of_unknown_roles_are_left_out_of_the_history() -> None:
    history = [
        {"role": "narrator", "content": "once"},
        {"role": "user", "content": "a"},
        {"role": "", "content": "upon"},
        {"role": "bot", "content": "b"},
    ]
    assert [message.role for message in parse_query(query=history).query] == ["user", "bot"]


@pytest.mark.parametrize("item", [{"content": "a"}, {"role": None, "content": "a"}, {"role": "user"}, "hi", None])
def test_a_message_of_a_wrong_shape_is_refused(item: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^field 'query\.0"):
        parse_query(query=[item])


def test_tools_calls_and_results_are_read_into_their_types() -> None:
    request = parse_query(**TOOLS)
    assert request.tools == [ToolDefinition.model_validate(TOOLS["tools"][0])]
    assert request.tool_calls == [ToolCallDefinition.model_validate(TOOLS["tool_calls"][0])]
    assert request.tool_results == [ToolResultDefinition.model_validate(TOOLS["tool_results"][0])]


def test_a_query_from_a_dictionary_leaves_the_dictionary_alone() -> None:
    data = {**copy.deepcopy(QUERY), **copy.deepcopy(TOOLS)}
    before = copy.deepcopy(data)
    assert QueryRequest.from_dict(data) == parse_query(**TOOLS)
    assert data == before


def test_a_query_from_a_dictionary_takes_objects_too() -> None:
    tools = [ToolDefinition.model_validate(TOOLS["tools"][0])]
    assert QueryRequest.from_dict({**QUERY, "tools": tools}).tools == tools


@pytest.mark.parametrize(
    ("kind", "model"),
    [
        ("query", QueryRequest),
        ("settings", SettingsRequest),
        ("report_feedback", ReportFeedbackRequest),
        ("report_reaction", ReportReactionRequest),
        ("report_error", ReportErrorRequest),
    ],
)
def test_each_type_is_read_into_its_class(kind: str, model: type[BaseRequest]) -> None:
    everything = {**QUERY, "feedback_type": "like", "reaction": "heart", "message": "no", "metadata": "d-1"}
    body = {**everything, "type": kind, **({"metadata": {}} if kind == "report_error" else {})}
    assert type(parse_request(body)) is model
    assert REQUEST_TYPES[kind] is model


def test_the_version_is_not_looked_at() -> None:
    for version in ("1.0", "2.0", "", "later"):
        assert parse_query(version=version).version == version


@pytest.mark.parametrize("kind", ["", "Query", "report_typing", "x" * 10_000])
def test_an_unknown_type_is_told_apart_from_a_broken_request(kind: str) -> None:
    with pytest.raises(UnknownRequestType) as caught:
        parse_request({**QUERY, "type": kind})
    assert len(str(caught.value)) < 150


@pytest.mark.parametrize("body", [None, [], "query", 1, True, [QUERY]])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^the body must be a JSON object$"):
        parse_request(body)


@pytest.mark.parametrize("body", [{}, {"type": None}, {"type": 1}, {"type": ["query"]}])
def test_a_body_without_a_type_is_refused(body: Body) -> None:
    with pytest.raises(InvalidRequest, match=r"^the body needs a text field 'type'$"):
        parse_request(body)


@pytest.mark.parametrize("field", sorted(set(QUERY) - {"type"}))
def test_the_refusal_names_the_missing_field(field: str) -> None:
    body = {key: value for key, value in QUERY.items() if key != field}
    with pytest.raises(InvalidRequest, match=rf"^field '{field}': "):
        parse_request(body)


def test_the_refusal_never_repeats_the_value() -> None:
    with pytest.raises(InvalidRequest) as caught:
        parse_request({**QUERY, "access_key": ["a secret"], "user_id": {"a": "secret"}})
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("kind", ["shrug", "", None, 1])
def test_feedback_other_than_like_and_dislike_is_refused(kind: object) -> None:
    with pytest.raises(InvalidRequest, match=r"^field 'feedback_type': "):
        parse_request({"version": "1.2", "type": "report_feedback", **IDS, "feedback_type": kind})


def test_identifiers_have_any_form_and_may_be_empty() -> None:
    """A call made with a person's key carries empty ones (protocol 2.1)."""
    request = parse_query(user_id="", conversation_id="", message_id="no form at all")
    assert (request.user_id, request.conversation_id, request.message_id) == ("", "", "no form at all")


@given(json_values, st.sampled_from([*QUERY, "tools", "logit_bias", "users", "extra_params", "language_code"]))
def test_any_value_in_any_place_is_read_or_refused_with_a_sentence(value: object, field: str) -> None:
    try:
        parse_request({**QUERY, field: value})
    except InvalidRequest as error:
        sentence = str(error)
    else:
        sentence = "fine"
    assert sentence


@given(json_values)
def test_any_body_is_read_or_refused(body: object) -> None:
    with pytest.raises(InvalidRequest):
        parse_request(body)
