"""A bot's settings: shape, strict reading, defaults by response version (protocol 4.1, 4.2, 4.6)."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rookery.protocol.controls import ParameterControls
from rookery.protocol.settings import (
    BotSettings,
    InvalidSettings,
    SettingsResponse,
    find_settings_warnings,
    parse_settings,
    resolve_settings,
)

from .shapes import default_values, load_object, nullable_fields, required_fields
from .strategies import json_values

NULLS = [
    *("context_clear_window_secs", "allow_user_context_clear", "custom_rate_card", "allow_attachments"),
    *("introduction_message", "expand_text_attachments", "enable_image_comprehension"),
    *("enforce_author_role_alternation", "enable_multi_bot_chat_prompting", "enable_multi_entity_prompting"),
    *("rate_card", "cost_label", "parameter_controls"),
]
CONTROLS: dict[str, Any] = {"sections": [{"controls": [{"control": "divider"}]}]}


def resolve(**fields: Any) -> BotSettings:
    return resolve_settings(parse_settings(fields))


def refuse(body: object) -> list[str]:
    with pytest.raises(InvalidSettings) as caught:
        parse_settings(body)
    return [str(fault) for fault in caught.value.faults]


# Shape


def test_fields_defaults_and_nulls_are_those_of_the_protocol() -> None:
    assert required_fields(SettingsResponse) == set()
    assert default_values(SettingsResponse) == {
        "response_version": 2,
        "server_bot_dependencies": {},
        **dict.fromkeys(NULLS),
    }
    assert nullable_fields(SettingsResponse, {}) == {"response_version", *NULLS}


def test_the_settings_of_a_default_bot_are_fifteen_fields() -> None:
    """Observed on the reference server (Appendix A.1)."""
    body = SettingsResponse().model_dump()
    assert len(body) == 15
    assert {key: value for key, value in body.items() if value is not None} == {
        "response_version": 2,
        "server_bot_dependencies": {},
    }


def test_complete_settings_are_read_and_written_without_loss() -> None:
    body = load_object("settings")
    assert parse_settings(body).model_dump(mode="json", exclude_unset=True) == body


# Strict reading


def test_a_null_counts_as_absent() -> None:
    body = dict.fromkeys(SettingsResponse.model_fields)
    assert parse_settings(body) == parse_settings({})


def test_an_absent_or_null_response_version_is_nought() -> None:
    assert parse_settings({}).response_version is None
    assert resolve() == resolve(response_version=None) == resolve(response_version=0)
    assert resolve().response_version == 0


def test_an_unknown_field_is_refused_by_name() -> None:
    assert refuse({"allow_atachments": True}) == ["allow_atachments: Extra inputs are not permitted"]


@pytest.mark.parametrize("body", [None, [], "settings", 1])
def test_a_body_that_is_no_object_is_refused(body: object) -> None:
    assert refuse(body) == ["body: the settings must be a JSON object"]


def test_every_fault_is_named_with_its_place() -> None:
    body = {"allow_attachments": "perhaps", "server_bot_dependencies": {"Writer": "many"}, "cost_label": 1}
    places = [fault.split(":")[0] for fault in refuse(body)]
    assert sorted(places) == ["allow_attachments", "cost_label", "server_bot_dependencies.Writer"]


def test_a_negative_count_of_calls_is_refused() -> None:
    assert refuse({"server_bot_dependencies": {"Writer": -1, "Painter": 0}}) == [
        "server_bot_dependencies.Writer: a count of calls cannot be negative (-1)"
    ]


@pytest.mark.parametrize(
    ("field", "limit"),
    [("introduction_message", 10_000), ("rate_card", 10_000), ("custom_rate_card", 10_000), ("cost_label", 100)],
)
def test_texts_are_bounded(field: str, limit: int) -> None:
    assert getattr(parse_settings({field: "x" * limit}), field) == "x" * limit
    assert refuse({field: "x" * (limit + 1)}) == [f"{field}: {limit + 1} characters; the limit is {limit}"]


def test_faults_of_the_controls_are_named_with_their_place() -> None:
    controls = {"sections": [{"controls": [{"control": "text_field", "label": "A", "parameter_name": "poe_a"}]}]}
    assert refuse({"parameter_controls": controls}) == [
        "parameter_controls.sections.0.controls.0.parameter_name: 'poe_a' starts with the reserved 'poe_'"
    ]


@given(st.dictionaries(st.sampled_from([*SettingsResponse.model_fields, "x-new"]), json_values))
def test_any_object_is_read_or_refused_with_its_faults(body: dict[str, Any]) -> None:
    try:
        resolve_settings(parse_settings(body))
    except InvalidSettings as error:
        faults = error.faults
        message = str(error)
    else:
        return
    assert faults
    assert message


# Defaults by version


@pytest.mark.parametrize(
    ("version", "defaults"),
    [
        (0, BotSettings(response_version=0)),
        (
            1,
            BotSettings(
                response_version=1,
                allow_attachments=True,
                enable_multi_bot_chat_prompting=True,
                enable_multi_entity_prompting=True,
            ),
        ),
        (
            2,
            BotSettings(
                response_version=2,
                allow_attachments=True,
                enable_multi_bot_chat_prompting=True,
                enable_multi_entity_prompting=True,
            ),
        ),
    ],
)
def test_unset_fields_have_the_defaults_of_the_version(version: int, defaults: BotSettings) -> None:
    assert resolve(response_version=version) == defaults


def test_the_defaults_of_the_first_version_are_the_published_ones() -> None:
    assert BotSettings() == BotSettings(
        response_version=0,
        server_bot_dependencies={},
        allow_attachments=False,
        expand_text_attachments=True,
        enable_image_comprehension=False,
        introduction_message="",
        enforce_author_role_alternation=False,
        enable_multi_entity_prompting=False,
        enable_multi_bot_chat_prompting=False,
        parameter_controls=None,
        rate_card=None,
        cost_label=None,
    )


@pytest.mark.parametrize("version", [0, 1, 2])
@pytest.mark.parametrize("value", [True, False])
@pytest.mark.parametrize(
    "field",
    [
        *("allow_attachments", "expand_text_attachments", "enable_image_comprehension"),
        *("enforce_author_role_alternation", "enable_multi_entity_prompting", "enable_multi_bot_chat_prompting"),
    ],
)
def test_a_set_field_wins_over_the_default(field: str, value: bool, version: int) -> None:
    assert getattr(resolve(response_version=version, **{field: value}), field) is value


def test_controls_are_honoured_from_version_two_on() -> None:
    assert resolve(response_version=2, parameter_controls=CONTROLS).parameter_controls == (
        ParameterControls.model_validate(CONTROLS)
    )
    for version in (None, 0, 1):
        assert resolve(response_version=version, parameter_controls=CONTROLS).parameter_controls is None


@pytest.mark.parametrize(("version", "shown"), [(None, 0), (0, 0), (1, 1)])
def test_controls_below_version_two_are_warned_about(version: int | None, shown: int) -> None:
    settings = parse_settings({"response_version": version, "parameter_controls": CONTROLS})
    assert find_settings_warnings(settings) == [
        f"parameter_controls need response_version 2; with {shown} they are ignored"
    ]


def test_good_settings_give_no_warning() -> None:
    assert find_settings_warnings(parse_settings(load_object("settings"))) == []
    assert find_settings_warnings(parse_settings({})) == []


def test_the_old_name_of_the_rate_card_is_read_when_the_new_one_is_unset() -> None:
    assert resolve(custom_rate_card="old").rate_card == "old"
    assert resolve(custom_rate_card="old", rate_card="new").rate_card == "new"
    assert resolve(custom_rate_card="old", rate_card="").rate_card == ""


def test_dependencies_are_taken_over_as_a_copy() -> None:
    settings = SettingsResponse(server_bot_dependencies={"Writer": 2})
    resolved = resolve_settings(settings)
    settings.server_bot_dependencies["Painter"] = 1
    assert resolved.server_bot_dependencies == {"Writer": 2}
