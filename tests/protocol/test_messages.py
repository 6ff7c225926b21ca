"""Messages of a conversation and what hangs on them (protocol 3.3)."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from rookery.protocol.messages import (
    CONTENT_TYPES,
    FEEDBACK_TYPES,
    ROLES,
    Attachment,
    MessageFeedback,
    MessageReaction,
    ProtocolMessage,
    Sender,
    User,
    known_content_type,
)

from .shapes import Body, default_values, load_object, nullable_fields, required_fields

MESSAGE = {"role": "user", "content": "hi"}
SHAPES: list[tuple[type[BaseModel], Body, Body, set[str]]] = [
    (
        ProtocolMessage,
        MESSAGE,
        {
            "message_type": None,
            "sender_id": None,
            "sender": None,
            "parameters": {},
            "content_type": "text/markdown",
            "timestamp": 0,
            "message_id": "",
            "feedback": [],
            "attachments": [],
            "metadata": None,
            "referenced_message": None,
            "reactions": [],
        },
        {"message_type", "sender_id", "sender", "metadata", "referenced_message"},
    ),
    (Sender, {}, {"id": None, "name": None}, {"id", "name"}),
    (User, {"id": "u-1"}, {"name": None}, {"name"}),
    (MessageReaction, {"user_id": "u-1", "reaction": "heart"}, {}, set()),
    (MessageFeedback, {"type": "like"}, {"reason": None}, {"reason"}),
    (
        Attachment,
        {"url": "https://files.example/1", "content_type": "image/png", "name": "fox.png"},
        {"inline_ref": None, "parsed_content": None},
        {"inline_ref", "parsed_content"},
    ),
]


def message(**fields: Any) -> ProtocolMessage:
    return ProtocolMessage.model_validate({**MESSAGE, **fields})


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_fields_defaults_and_nulls_are_those_of_the_protocol(
    model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]
) -> None:
    assert required_fields(model) == set(body)
    assert default_values(model) == defaults
    assert nullable_fields(model, body) == nullable
    assert model.model_validate(body).model_dump() == {**body, **defaults}


@pytest.mark.parametrize(("model", "body", "defaults", "nullable"), SHAPES)
def test_unknown_keys_are_ignored(model: type[BaseModel], body: Body, defaults: Body, nullable: set[str]) -> None:
    assert model.model_validate({**body, "x-new": 1}) == model.model_validate(body)


def test_a_complete_message_is_read_and_written_without_loss() -> None:
    body = load_object("query")["query"][0]
    assert ProtocolMessage.model_validate(body).model_dump(mode="json") == body


def test_two_messages_do_not_share_their_default_lists() -> None:
    first, second = message(), message()
    first.attachments.append(Attachment(url="u", content_type="t", name="n"))
    first.parameters["a"] = 1
    assert (second.attachments, second.parameters) == ([], {})


def test_the_known_words_are_those_of_the_protocol() -> None:
    assert {"system", "user", "bot", "tool"} == ROLES
    assert {"text/markdown", "text/plain"} == CONTENT_TYPES
    assert {"like", "dislike"} == FEEDBACK_TYPES


@pytest.mark.parametrize("role", sorted(ROLES))
def test_the_four_roles_are_accepted(role: str) -> None:
    assert message(role=role).role == role


@pytest.mark.parametrize("role", ["assistant", "", None, 1])
def test_a_single_message_with_another_role_is_refused(role: object) -> None:
    with pytest.raises(ValidationError):
        message(role=role)


@pytest.mark.parametrize("content_type", ["text/html", "", "text/markdown;charset=utf-8"])
def test_an_unknown_content_type_becomes_plain_text(content_type: str) -> None:
    assert message(content_type=content_type).content_type == "text/plain"


@pytest.mark.parametrize("content_type", [None, 1, ["text/plain"]])
def test_a_content_type_that_is_no_text_is_refused(content_type: object) -> None:
    with pytest.raises(ValidationError):
        message(content_type=content_type)


@pytest.mark.parametrize(
    ("value", "known"),
    [
        ("text/markdown", "text/markdown"),
        ("text/plain", "text/plain"),
        ("image/png", "text/plain"),
        (None, "text/plain"),
    ],
)
def test_anything_but_markdown_is_rendered_as_plain_text(value: object, known: str) -> None:
    assert known_content_type(value) == known


def test_an_unknown_message_type_counts_as_absent() -> None:
    assert message(message_type="function_call").message_type == "function_call"
    assert message(message_type="voice").message_type is None


def test_feedback_without_a_reason_is_accepted() -> None:
    assert message(feedback=[{"type": "like"}]).feedback == [MessageFeedback(type="like", reason=None)]


def test_unknown_kinds_of_feedback_are_left_out() -> None:
    feedback = [{"type": "like"}, {"type": "shrug", "reason": None}, {"type": "dislike", "reason": "wrong"}]
    assert [item.type for item in message(feedback=feedback).feedback] == ["like", "dislike"]


@pytest.mark.parametrize("feedback", [[{}], [{"type": None}], ["like"], {"type": "like"}])
def test_feedback_of_a_wrong_shape_is_refused(feedback: object) -> None:
    with pytest.raises(ValidationError):
        message(feedback=feedback)


@pytest.mark.parametrize("reaction", ["like", "heart", "laughing", "something new", "🎉"])
def test_any_word_is_a_reaction(reaction: str) -> None:
    assert message(reactions=[{"user_id": "u-1", "reaction": reaction}]).reactions[0].reaction == reaction


def test_parameters_may_hold_anything() -> None:
    parameters = {"a": None, "b": [1, {"c": "d"}], "not declared": 1.5, "": True}
    assert message(parameters=parameters).parameters == parameters


def test_a_message_may_refer_to_a_message_that_refers_to_a_message() -> None:
    inner = {**MESSAGE, "content": "first", "referenced_message": {**MESSAGE, "content": "older"}}
    reply = message(referenced_message=inner)
    assert reply.referenced_message is not None
    assert reply.referenced_message.referenced_message == message(content="older")


def test_a_referenced_message_of_an_unknown_role_counts_as_absent() -> None:
    """Only the reference is lost; the message itself is to be answered."""
    assert message(referenced_message={"role": "narrator", "content": "once"}) == message()
    deeper = {**MESSAGE, "referenced_message": {"role": "narrator", "content": "once"}}
    assert message(referenced_message=deeper).referenced_message == message()


@pytest.mark.parametrize("reference", [{}, {"role": "user"}, {"role": None, "content": "a"}, "m-1", [MESSAGE]])
def test_a_referenced_message_of_a_wrong_shape_is_refused(reference: object) -> None:
    with pytest.raises(ValidationError):
        message(referenced_message=reference)


def test_messages_nested_without_end_are_refused_and_not_a_crash() -> None:
    body: Body = dict(MESSAGE)
    for _ in range(5000):
        body = {**MESSAGE, "referenced_message": body}
    with pytest.raises(ValidationError):
        ProtocolMessage.model_validate(body)


def test_an_author_may_build_messages_from_our_own_objects() -> None:
    quoted = ProtocolMessage(role="bot", content="hello", feedback=[MessageFeedback(type="like")])
    reply = ProtocolMessage(role="user", content="hi", referenced_message=quoted, sender=Sender(name="Ada"))
    assert reply.referenced_message == quoted
    assert reply.sender == Sender(id=None, name="Ada")
