"""Guide: parameter controls."""

from __future__ import annotations

import pytest

from .running import Guide


async def test_the_controls_arrive_with_the_settings(guide: Guide) -> None:
    bot = (await guide.api("GET", "/api/bots/PainterBot"))["bot"]
    controls = bot["settings"]["parameter_controls"]
    assert controls["api_version"] == "2"
    picture, more = controls["sections"]
    kinds = [control["control"] for control in picture["controls"]]
    assert kinds == ["drop_down", "aspect_ratio", "divider", "condition"]
    assert [tab["name"] for tab in more["tabs"]] == ["Text", "Quality"]


async def test_values_reach_the_bot_with_the_message(guide: Guide) -> None:
    wishes = {"style": "drawing", "aspect": "16:9", "line": 5, "fine": True, "title": "Fox", "leave_out": "trees\nsky"}
    answer = await guide.ask("PainterBot", "a fox", parameters=wishes)
    sent = answer.record.request["query"][-1]["parameters"]
    assert wishes.items() <= sent.items()
    assert answer.text == ("A drawing in 16:9 with lines of 5, fine, called “Fox”, without trees and sky: a fox")


async def test_without_values_the_defaults_hold(guide: Guide) -> None:
    assert (await guide.ask("PainterBot", "a fox")).text == "A photo in 1:1: a fox"


async def test_the_hub_fills_in_the_defaults(guide: Guide) -> None:
    sent = (await guide.ask("PainterBot", "a fox")).record.request["query"][-1]["parameters"]
    assert sent == {"style": "photo", "aspect": "1:1", "line": 3, "title": "", "leave_out": "", "fine": False}


@pytest.mark.parametrize("wrong", [{"line": 99}, {"line": "thick"}, {"style": "film"}, {"colour": "red"}])
async def test_a_wrong_value_is_refused_before_the_bot_is_asked(guide: Guide, wrong: dict[str, object]) -> None:
    body = {"bot": "PainterBot", "query": [{"role": "user", "content": "a fox", "parameters": wrong}]}
    url = f"{guide.hub.url}/api/queries"
    async with guide.hub.http.post(url, json=body, headers=guide.hub.auth()) as response:
        assert response.status == 400
        assert next(iter(wrong)) in await response.text()


async def test_the_form_is_a_json_schema_too(guide: Guide) -> None:
    schema = await guide.api("GET", "/api/bots/PainterBot/parameters")
    properties = schema.get("properties") or schema["schema"]["properties"]
    assert properties["style"]["enum"] == ["photo", "drawing"]
