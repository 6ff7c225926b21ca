"""What an author's handler yields (protocol 3.11, 9.4)."""

from __future__ import annotations

import pytest
from pydantic import BaseModel, ValidationError

from rookery.protocol.messages import Attachment
from rookery.protocol.responses import (
    ERROR_TYPES,
    AttachmentUploadResponse,
    DataResponse,
    ErrorResponse,
    MetaResponse,
    PartialResponse,
    known_error_type,
)

from .shapes import Body, accepts, default_values, nullable_fields, required_fields

PARTIAL: Body = {
    "data": None,
    "raw_response": None,
    "full_prompt": None,
    "request_id": None,
    "is_suggested_reply": False,
    "is_replace_response": False,
    "attachment": None,
    "tool_calls": [],
    "index": None,
}
PARTIAL_NULLS = {"data", "raw_response", "full_prompt", "request_id", "attachment", "index"}
UPLOADED: Body = {"attachment_url": "https://files.example/1", "mime_type": "image/png", "inline_ref": "ab12"}
SHAPES: list[tuple[type[BaseModel], Body, Body, set[str]]] = [
    (PartialResponse, {"text": "a"}, PARTIAL, PARTIAL_NULLS),
    (
        ErrorResponse,
        {"text": "a"},
        {**PARTIAL, "allow_retry": True, "error_type": None},
        {*PARTIAL_NULLS, "error_type"},
    ),
    (
        MetaResponse,
        {"text": ""},
        {
            **PARTIAL,
            "linkify": True,
            "suggested_replies": True,
            "content_type": "text/markdown",
            "refetch_settings": False,
        },
        PARTIAL_NULLS,
    ),
    (DataResponse, {"metadata": "m"}, {}, set()),
    (AttachmentUploadResponse, UPLOADED, {"name": None}, {*UPLOADED, "name"}),
]


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_fields_defaults_and_nulls_are_those_of_the_protocol(
    model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]
) -> None:
    assert required_fields(model) == set(body)
    assert default_values(model) == defaults
    assert nullable_fields(model, body) == nullable


@pytest.mark.parametrize("model", [PartialResponse, ErrorResponse, MetaResponse, DataResponse])
def test_a_mistyped_argument_is_refused(model: type[BaseModel]) -> None:
    body = {"metadata": "m"} if model is DataResponse else {"text": "a"}
    assert accepts(model, body)
    assert not accepts(model, {**body, "is_replace_respond": True})


def test_the_answer_of_an_upload_may_hold_unknown_keys() -> None:
    assert accepts(AttachmentUploadResponse, {**UPLOADED, "file_id": "f-1"})


def test_error_and_meta_are_partial_responses() -> None:
    assert issubclass(ErrorResponse, PartialResponse)
    assert issubclass(MetaResponse, PartialResponse)
    assert not issubclass(DataResponse, PartialResponse)


def test_the_error_types_are_the_four_of_the_protocol() -> None:
    assert {
        *("user_message_too_long", "insufficient_fund", "user_caused_error", "privacy_authorization_error"),
    } == ERROR_TYPES
    assert {known_error_type(word) for word in ERROR_TYPES} == ERROR_TYPES


@pytest.mark.parametrize("value", ["", "INSUFFICIENT_FUND", None, 1, ["insufficient_fund"], {}])
def test_other_error_types_are_not_known(value: object) -> None:
    assert known_error_type(value) is None


def test_an_author_cannot_yield_an_unknown_error_or_content_type() -> None:
    with pytest.raises(ValidationError):
        ErrorResponse.model_validate({"text": "a", "error_type": "out_of_cheese"})
    with pytest.raises(ValidationError):
        MetaResponse.model_validate({"text": "", "content_type": "text/html"})


def test_a_partial_response_from_a_dictionary_has_its_text_only() -> None:
    assert PartialResponse.from_dict({"text": "a", "index": 3, "x": 1}) == PartialResponse(text="a")
    assert PartialResponse.from_dict({}) == PartialResponse(text="")
    assert PartialResponse.from_dict({"text": 1}) == PartialResponse(text="1")


def test_an_error_from_a_dictionary_has_text_retry_and_type() -> None:
    body = {"text": "no", "allow_retry": False, "error_type": "insufficient_fund", "x": 1}
    assert ErrorResponse.from_dict(body) == ErrorResponse(text="no", allow_retry=False, error_type="insufficient_fund")
    assert ErrorResponse.from_dict({}) == ErrorResponse(text="", allow_retry=True, error_type=None)


@pytest.mark.parametrize("error_type", ["out_of_cheese", None, 1])
def test_an_error_from_a_dictionary_with_an_unknown_type_has_none(error_type: object) -> None:
    assert ErrorResponse.from_dict({"text": "no", "error_type": error_type}).error_type is None


def test_an_uploaded_file_from_a_dictionary_has_the_names_of_a_file_event() -> None:
    body = {"url": "https://files.example/1", "content_type": "image/png", "name": "fox.png", "inline_ref": "ab12"}
    assert AttachmentUploadResponse.from_dict(body) == AttachmentUploadResponse(**UPLOADED, name="fox.png")
    assert AttachmentUploadResponse.from_dict({}) == AttachmentUploadResponse(
        attachment_url=None, mime_type=None, name=None, inline_ref=None
    )


def test_a_partial_response_may_carry_a_file_a_call_and_anything_for_debugging() -> None:
    attachment = Attachment(url="https://files.example/1", content_type="image/png", name="fox.png")
    calls = [{"index": 0, "function": {"arguments": ""}}]
    body = {"text": "", "attachment": attachment, "tool_calls": calls, "raw_response": object(), "index": 2}
    response = PartialResponse.model_validate(body)
    assert response.attachment == attachment
    assert response.tool_calls[0].function.arguments == ""
    assert response.raw_response is body["raw_response"]
