"""`rookery dev FILE`: the guide's kind of file, unchanged, answers through a hub with nothing else around."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.platform.running import platform, run, until_no_process_of
from tests.support.serving import listening_socket

pytestmark = pytest.mark.slow

GUIDE = """
from __future__ import annotations
from typing import AsyncIterable
from modal import App, Image, asgi_app
import fastapi_poe as fp

class Relay(fp.PoeBot):
    async def get_response(self, request: fp.QueryRequest) -> AsyncIterable[fp.PartialResponse]:
        async for msg in fp.stream_request(request, "GPT-3.5-Turbo", request.access_key):
            yield msg

    async def get_settings(self, setting: fp.SettingsRequest) -> fp.SettingsResponse:
        return fp.SettingsResponse(server_bot_dependencies={"GPT-3.5-Turbo": 1})

image = Image.debian_slim().pip_install("fastapi-poe==0.0.48")
app = App("relay-poe")

@app.function(image=image)
@asgi_app()
def fastapi_app():
    bot = Relay()
    return fp.make_app(bot, access_key="abcdefghijklmnopqrstuvwxyz012345", bot_name="RelayBot")
"""

PLAIN = """
import fastapi_poe as fp

class Plain(fp.PoeBot):
    async def get_response(self, request):
        yield fp.PartialResponse(text={text!r})
"""


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
async def test_a_modal_style_file_answers_through_a_stand_in_for_what_it_calls(tmp_path: Path, sdk: str) -> None:
    (tmp_path / "main.py").write_text(GUIDE)
    async with platform(tmp_path, "dev", "main.py", "--sdk", sdk) as dev:
        line = await dev.until("RelayBot")
        assert f"({sdk}," in line
        assert "calls GPT-3.5-Turbo ×1 (stand-in)" in line
        answer = await dev.chat("RelayBot", "hello")
        assert answer["state"] == "done"
        assert "stand-in" in answer["text"]
        assert "✓ GPT-3.5-Turbo" in await dev.until("└")
        _, out, _ = await dev.command("bots", "list", "--json")
        assert '"kind": "stand-in"' in out
        assert '"kind": "server"' in out
    await until_no_process_of(tmp_path)
    assert (tmp_path / ".rookery" / ".gitignore").read_text() == "*\n"


async def test_a_file_that_does_not_import_names_file_and_line_and_works_once_mended(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text("import fastapi_poe as fp\n\nthis is not python\n")
    async with platform(tmp_path, "dev", "main.py") as dev:
        assert "main.py, line 3" in await dev.until("✗")
        file.write_text(PLAIN.format(text="mended"))
        await dev.until("✓ Plain")
        assert (await dev.chat("Plain", "hi"))["text"] == "mended"


async def test_a_save_is_answered_by_the_new_file_and_a_broken_one_by_the_old(tmp_path: Path) -> None:
    file = tmp_path / "main.py"
    file.write_text(PLAIN.format(text="one"))
    async with platform(tmp_path, "dev", "main.py") as dev:
        await dev.until("✓ Plain")
        file.write_text(PLAIN.format(text="two"))
        await dev.until("main.py changed")
        await dev.until("✓ Plain", after=len(dev.lines))
        assert (await dev.chat("Plain", "hi"))["text"] == "two"
        file.write_text("import nowhere_to_be_found")
        await dev.until("The last version that worked goes on answering")
        assert (await dev.chat("Plain", "hi"))["text"] == "two"


async def test_a_bot_that_ignores_sigterm_is_gone_within_ten_seconds(tmp_path: Path) -> None:
    stubborn = "import signal, threading, time\n" + PLAIN.format(text="never") + STUBBORN
    (tmp_path / "main.py").write_text(stubborn)
    async with platform(tmp_path, "dev", "main.py") as dev:
        await dev.until("✓ Plain")
        assert await dev.terminate() < 10
    assert dev.process.returncode == 0
    await until_no_process_of(tmp_path)


STUBBORN = """
def hold_on():
    while True:
        time.sleep(60)

threading.Thread(target=hold_on).start()
"""


async def test_killing_dev_takes_the_bot_along(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PLAIN.format(text="x"))
    async with platform(tmp_path, "dev", "main.py") as dev:
        await dev.until("✓ Plain")
        dev.process.send_signal(signal.SIGKILL)
        await dev.process.wait()
        await until_no_process_of(tmp_path)


async def test_a_missing_file_and_a_busy_port_are_sentences(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(PLAIN.format(text="x"))
    busy = listening_socket()
    port = str(busy.getsockname()[1])
    async with platform(tmp_path, "dev", "main.py"):
        for arguments, says in (
            (("dev", "nothing.py"), "There is no file nothing.py."),
            (("dev", "main.py", "--port", port, "--data-dir", "other"), "Choose another port with --port."),
            (("dev", str(tmp_path / "main.py"), "--port", "0"), "another hub"),
        ):
            status, _, err = await run(tmp_path, *arguments)
            assert status == 1
            assert says in " ".join(err.split())
            assert "Traceback" not in err
    busy.close()
