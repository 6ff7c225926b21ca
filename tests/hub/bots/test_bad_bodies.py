"""Bodies that no program of ours sends: each is refused with a sentence, none is a failure of the hub."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.support.hub import RunningHub

from .api import send

PROMPT = {"name": "New", "kind": "prompt", "base_bot": "Echo", "prompt": "x"}


def controls(**control: Any) -> dict[str, Any]:
    return {"parameter_controls": {"sections": [{"controls": [{"label": "L", "parameter_name": "a", **control}]}]}}


@pytest.mark.parametrize(
    "change",
    [
        {"name": "a\x00"},
        {"name": "x" * 65},
        {"name": "x" * 10_000},
        {"name": "ä"},
        {"description": "x" * 2_001},
        {"description": "a\x00"},
        {"introduction": "x" * 10_001},
        {"base_bot": "x" * 10_000},
        {"visibility": "everyone"},
        {"shared_with": ["x"] * 101},
        {"shared_with": ["\x00"]},
        {"kind": "oracle"},
        {"parameter_controls": []},
        {"parameter_controls": {"colour": 1}},
        {"parameter_controls": {"sections": [], "x" * 100_000: 1}},
        controls(control="slider", min_value=9, max_value=1, step=0),
        controls(control="slider", min_value=10**400, max_value=1, step=1),
        controls(control="drop_down", options=[]),
        controls(control="text_field", parameter_name="poe_x"),
        controls(control="text_field", parameter_name="a-b"),
        controls(control="unknown"),
        {
            "parameter_controls": {
                "sections": [
                    {
                        "controls": [
                            {
                                "control": "condition",
                                "condition": {
                                    "comparator": "eq",
                                    "left": {"parameter_name": "ghost"},
                                    "right": {"literal": 1},
                                },
                                "controls": [],
                            }
                        ]
                    }
                ]
            }
        },
    ],
    ids=lambda change: repr(change)[:60],
)
async def test_a_body_that_cannot_be_used_is_refused(hub: RunningHub, change: dict[str, Any]) -> None:
    await hub.stand_in("Echo")
    status, body = await send(hub, "POST", "/bots", {**PROMPT, **change})
    assert status == 400, body
    assert len(body["error"]["message"]) < 2_000
    assert hub.hub.bots.find_bot("New") is None


@pytest.mark.parametrize(
    "raw",
    [
        b'{"name": "New", "kind": "prompt", "base_bot": "Echo", "prompt": "\\ud800"}',
        b'{"name": "New", "kind": "prompt", "base_bot": "Echo", "prompt": "x", "parameter_controls": {"\\ud800": 1}}',
        b'{"name": "New", "kind": "prompt", "base_bot": "Echo", "prompt": "x", "parameter_controls": {"x": NaN}}',
        b'{"name": "\\ud800", "kind": "prompt", "base_bot": "Echo", "prompt": "x"}',
        b"[" * 100_000,
        b"nonsense",
    ],
    ids=range(6),
)
async def test_json_that_cannot_be_kept_is_refused(hub: RunningHub, raw: bytes) -> None:
    await hub.stand_in("Echo")
    headers = {**hub.auth(), "Content-Type": "application/json"}
    async with hub.http.post(f"{hub.url}/api/bots", data=raw, headers=headers) as response:
        assert response.status == 400
        assert (await response.json())["error"]["message"]
    assert hub.hub.bots.find_bot("New") is None


async def test_a_body_above_the_bound_is_not_read(hub: RunningHub) -> None:
    headers = {**hub.auth(), "Content-Type": "application/json"}
    body = io.BytesIO(b'"' + b"x" * 3_000_000 + b'"')
    async with hub.http.post(f"{hub.url}/api/bots", data=body, headers=headers) as response:
        assert response.status == 413
        assert (await response.json())["error"]["code"] == "body_too_large"


@pytest.mark.parametrize("name", ["%00", "%ED%A0%80", "x" * 300, "%F0%9F%98%80", "..%2f", "%20"])
async def test_names_in_paths_lead_to_no_failure(hub: RunningHub, name: str) -> None:
    for path in ("", "/parameters", "/settings/changes"):
        async with hub.http.get(f"{hub.url}/api/bots/{name}{path}", headers=hub.auth()) as response:
            assert response.status in (400, 404)


async def test_an_edit_changes_what_it_names_and_nothing_else(hub: RunningHub) -> None:
    await hub.stand_in("Echo")
    await send(hub, "POST", "/bots", {**PROMPT, "description": "before"})
    edit = {"prompt": "y", "introduction": "Hello", "suggests_replies": True, "prompt_visibility": "public"}
    status, body = await send(hub, "PATCH", "/bots/New", edit)
    bot = body["bot"]
    assert status == 200
    assert (bot["prompt"], bot["introduction"], bot["suggests_replies"]) == ("y", "Hello", True)
    assert (bot["description"], bot["base_bot"], bot["prompt_visibility"]) == ("before", "Echo", "public")
    changes = (await send(hub, "GET", "/bots/New/settings/changes"))[1]["changes"]
    assert [change["source"] for change in changes] == ["edit"]
    assert (await send(hub, "PATCH", "/bots/Echo", {"prompt": "y"}))[1]["error"]["code"] == "not_a_prompt_bot"
