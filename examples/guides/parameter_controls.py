"""A form beside the message: every control, sections, tabs, and controls that appear on a condition.

rookery dev examples/guides/parameter_controls.py      then:  rookery chat PainterBot "a fox" --param style=drawing
"""

from __future__ import annotations

from collections.abc import AsyncIterable

import fastapi_poe as fp

CONTROLS = fp.ParameterControls(
    sections=[
        fp.Section(
            name="Picture",
            controls=[
                fp.DropDown(
                    label="Style",
                    parameter_name="style",
                    default_value="photo",
                    options=[
                        fp.ValueNamePair(value="photo", name="Photo"),
                        fp.ValueNamePair(value="drawing", name="Drawing"),
                    ],
                ),
                fp.AspectRatio(
                    label="Shape",
                    parameter_name="aspect",
                    default_value="1:1",
                    options=[fp.AspectRatioOption(width=1, height=1), fp.AspectRatioOption(width=16, height=9)],
                ),
                fp.Divider(),
                # Shown only while the style is "drawing"; sent always, with its default.
                fp.ConditionallyRenderControls(
                    condition=fp.ComparatorCondition(
                        comparator="eq",
                        left=fp.ParameterValue(parameter_name="style"),
                        right=fp.LiteralValue(literal="drawing"),
                    ),
                    controls=[
                        fp.Slider(
                            label="Line", parameter_name="line", default_value=3, min_value=1, max_value=9, step=1
                        )
                    ],
                ),
            ],
        ),
        fp.Section(
            name="More",
            collapsed_by_default=True,
            tabs=[  # a section has controls or tabs, never both
                fp.Tab(
                    name="Text",
                    controls=[
                        fp.TextField(label="Title", parameter_name="title", placeholder="Untitled"),
                        fp.TextArea(label="Leave out", parameter_name="leave_out", description="One thing per line"),
                    ],
                ),
                fp.Tab(
                    name="Quality",
                    controls=[fp.ToggleSwitch(label="Fine", parameter_name="fine", default_value=False)],
                ),
            ],
        ),
    ]
)


class PainterBot(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        # Values may also come from a program or another bot, and be missing or of any type: read them with care.
        given = request.query[-1].parameters
        style = given.get("style") if given.get("style") in ("photo", "drawing") else "photo"
        line = given.get("line") if isinstance(given.get("line"), int) else 3
        leave_out = str(given.get("leave_out", "")).split("\n")
        yield fp.PartialResponse(
            text=f"A {style} in {given.get('aspect', '1:1')}"
            + (f" with lines of {line}" if style == "drawing" else "")
            + (", fine" if given.get("fine") is True else "")
            + (f", called “{given['title']}”" if given.get("title") else "")
            + (f", without {' and '.join(leave_out)}" if any(leave_out) else "")
            + f": {request.query[-1].content}"
        )

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(parameter_controls=CONTROLS)


app = fp.make_app(PainterBot(bot_name="PainterBot"))
