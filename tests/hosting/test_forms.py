"""The forms in which a file can hold bots, each loaded in a fresh process with the real `fastapi_poe`."""

from __future__ import annotations

from pathlib import Path

import pytest

from rookery.hosting import Sdk

from .loading import Loader
from .running import KEY, OutputLog, reply_of, started, write_bot

ECHO_CLASS = """
import fastapi_poe as fp

class Echo(fp.PoeBot):
    async def get_response(self, request):
        yield fp.PartialResponse(text=type(self).__name__ + ": " + request.query[-1].content)
"""


def bot_file(folder: Path, after: str, name: str = "main.py") -> Path:
    return write_bot(folder, ECHO_CLASS + after, name)


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_an_app_in_a_variable_is_served(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    loaded = loader.load(bot_file(tmp_path, "app = fp.make_app(Echo())"), sdk)
    assert loaded.bots == [("Echo", KEY, "/")]
    assert loaded.replies == ["Echo: hello"]
    assert loaded.sdk == sdk


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_own_name_and_key_win(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = bot_file(tmp_path, f"app = fp.make_app(Echo(), access_key='{'s' * 32}', bot_name='Parrot')")
    loaded = loader.load(file, sdk)
    assert loaded.bots == [("Parrot", "s" * 32, "/")]
    assert loaded.replies == ["Echo: hello"]


def test_a_file_that_imports_our_sdk_by_its_own_name_says_so(tmp_path: Path, loader: Loader) -> None:
    source = ECHO_CLASS.replace("import fastapi_poe as fp", "import rookery as fp")
    loaded = loader.load(write_bot(tmp_path, source), "fastapi_poe")
    assert (loaded.sdk, loaded.replies) == ("rookery", ["Echo: hello"])


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_a_run_under_the_main_guard_is_served_without_running_on(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = bot_file(
        tmp_path,
        "if __name__ == '__main__':\n"
        "    print('argv=%r' % __import__('sys').argv[1:])\n"
        "    fp.run(Echo(), allow_without_key=True)\n"
        "    print('after run')\n",
    )
    loaded = loader.load(file, sdk)
    assert loaded.replies == ["Echo: hello"]
    assert loaded.output == ["argv=[]"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_uvicorn_run_under_the_main_guard_is_served(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = bot_file(
        tmp_path,
        "def build():\n"
        "    return fp.make_app([Echo(path='/a'), Echo(path='/b', bot_name='Parrot')])\n"
        "if '__main__' == __name__:\n"
        "    import uvicorn\n"
        "    uvicorn.run(build(), port=1)\n",
    )
    loaded = loader.load(file, sdk)
    assert loaded.bots == [("Echo", KEY, "/a"), ("Parrot", KEY, "/b")]
    assert loaded.replies == ["Echo: hello", "Echo: hello"]


def test_a_run_without_a_guard_is_served(tmp_path: Path, loader: Loader) -> None:
    loaded = loader.load(bot_file(tmp_path, "fp.run(Echo())\nprint('after run')"))
    assert loaded.replies == ["Echo: hello"]
    assert loaded.output == []


def test_a_uvicorn_server_run_by_hand_is_served(tmp_path: Path, loader: Loader) -> None:
    file = bot_file(
        tmp_path,
        "import asyncio, uvicorn\n"
        "def main():\n"
        "    server = uvicorn.Server(uvicorn.Config(fp.make_app(Echo())))\n"
        "    asyncio.run(server.serve())\n"
        "if __name__ == '__main__':\n"
        "    main()\n",
    )
    assert loader.load(file).replies == ["Echo: hello"]


def test_a_server_in_a_task_group_is_served(tmp_path: Path, loader: Loader) -> None:
    file = bot_file(
        tmp_path,
        "import asyncio, uvicorn\n"
        "async def main():\n"
        "    async with asyncio.TaskGroup() as tasks:\n"
        "        tasks.create_task(uvicorn.Server(uvicorn.Config(fp.make_app(Echo()))).serve())\n"
        "        tasks.create_task(asyncio.sleep(600))\n"
        "asyncio.run(main())\n",
    )
    # Only ours can make an app inside a running loop; the real one skips its settings there, with a warning.
    assert loader.load(file, "rookery").replies == ["Echo: hello"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_a_class_alone_is_enough(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    loaded = loader.load(bot_file(tmp_path, ""), sdk)
    assert loaded.names_and_paths() == [("Echo", "/")]
    assert loaded.replies == ["Echo: hello"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_several_classes_get_paths_and_their_bases_are_not_served(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = bot_file(tmp_path, "class Loud(Echo):\n    pass\nclass Quiet(Echo):\n    pass\n")
    loaded = loader.load(file, sdk)
    assert loaded.names_and_paths() == [("Loud", "/Loud"), ("Quiet", "/Quiet")]
    assert loaded.replies == ["Loud: hello", "Quiet: hello"]


def test_bots_in_variables_are_served(tmp_path: Path, loader: Loader) -> None:
    loaded = loader.load(bot_file(tmp_path, "one = Echo()\ntwo = Echo(bot_name='Parrot')\n"))
    assert loaded.names_and_paths() == [("Echo", "/Echo"), ("Parrot", "/Parrot")]


def test_bots_of_one_class_in_variables_do_not_share_a_path(tmp_path: Path, loader: Loader) -> None:
    loaded = loader.load(bot_file(tmp_path, "one, two, three = Echo(), Echo(), Echo(path='/3')\n"))
    assert loaded.names_and_paths() == [("Echo", "/Echo"), ("Echo-2", "/Echo-2"), ("Echo-3", "/3")]


def test_bots_of_one_class_are_numbered(tmp_path: Path, loader: Loader) -> None:
    loaded = loader.load(bot_file(tmp_path, "app = fp.make_app([Echo(path='/a'), Echo(path='/b'), Echo(path='/c')])"))
    assert [bot.name for bot in loaded.bots] == ["Echo", "Echo-2", "Echo-3"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_a_plain_bot_is_named_after_its_file(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = write_bot(tmp_path, "import fastapi_poe as fp\napp = fp.make_app(fp.PoeBot())", "my first bot.py")
    loaded = loader.load(file, sdk)
    assert loaded.names_and_paths() == [("my-first-bot", "/")]
    assert loaded.replies == ["hello"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_a_bot_mounted_in_the_authors_own_app_is_found(tmp_path: Path, loader: Loader, sdk: Sdk) -> None:
    file = bot_file(
        tmp_path,
        "from fastapi import FastAPI\napp = FastAPI()\napp.mount('/bots', fp.make_app(Echo(path='/echo')))\n",
    )
    loaded = loader.load(file, sdk)
    assert loaded.names_and_paths() == [("Echo", "/bots/echo")]
    assert loaded.replies == ["Echo: hello"]


@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
def test_an_existing_app_given_to_make_app_is_served_with_all_its_bots(
    tmp_path: Path, loader: Loader, sdk: Sdk
) -> None:
    file = bot_file(
        tmp_path,
        "from fastapi import FastAPI\n"
        "web = FastAPI()\n"
        "fp.make_app(Echo(path='/a'), app=web)\n"
        "fp.make_app(Echo(path='/b'), app=web)\n",
    )
    loaded = loader.load(file, sdk)
    assert loaded.names_and_paths() == [("Echo", "/a"), ("Echo-2", "/b")]
    assert loaded.replies == ["Echo: hello", "Echo: hello"]


def test_a_middleware_around_the_app_is_kept(tmp_path: Path, loader: Loader) -> None:
    file = bot_file(
        tmp_path,
        "inner = fp.make_app(Echo())\n"
        "async def app(scope, receive, send):\n"
        "    print('seen=' + scope['type'])\n"
        "    await inner(scope, receive, send)\n",
    )
    loaded = loader.load(file)
    assert loaded.replies == ["Echo: hello"]
    assert loaded.output == ["seen=http"]


def test_an_app_made_by_another_module_is_found(tmp_path: Path, loader: Loader) -> None:
    bot_file(tmp_path, "def build():\n    return fp.make_app(Echo())\n", "building.py")
    loaded = loader.load(write_bot(tmp_path, "from building import build\nserver = [build()]\n"))
    assert loaded.replies == ["Echo: hello"]


def test_modules_beside_the_file_are_imported_and_the_folder_is_the_working_directory(
    tmp_path: Path, loader: Loader
) -> None:
    write_bot(tmp_path, "from pathlib import Path\nPROMPT = Path('prompt.txt').read_text()", "parts/prompt.py")
    (tmp_path / "prompt.txt").write_text("be nice")
    file = write_bot(
        tmp_path,
        "import fastapi_poe as fp\n"
        "from parts.prompt import PROMPT\n"
        "class Nice(fp.PoeBot):\n"
        "    async def get_response(self, request):\n"
        "        yield fp.PartialResponse(text=PROMPT)\n",
    )
    assert loader.load(file).replies == ["be nice"]
    assert not list(tmp_path.rglob("__pycache__"))


def test_a_file_named_like_a_loaded_package_does_not_replace_it(tmp_path: Path, loader: Loader) -> None:
    file = bot_file(tmp_path, "import starlette.routing\napp = fp.make_app(Echo())", "starlette.py")
    assert loader.load(file).replies == ["Echo: hello"]


def test_annotations_that_are_strings_are_resolved(tmp_path: Path, loader: Loader) -> None:
    file = write_bot(
        tmp_path,
        """
        from __future__ import annotations
        import typing
        import fastapi_poe as fp

        class Typed(fp.PoeBot):
            async def get_response(self, request: fp.QueryRequest) -> typing.AsyncIterable[fp.PartialResponse]:
                yield fp.PartialResponse(text=typing.get_type_hints(type(self).get_response)["request"].__name__)

        if __name__ == "__main__":
            fp.run(Typed())
        """,
    )
    assert loader.load(file).replies == ["QueryRequest"]


@pytest.mark.slow
async def test_the_start_up_of_the_app_runs_before_it_is_ready(tmp_path: Path) -> None:
    file = bot_file(
        tmp_path,
        "from contextlib import asynccontextmanager\n"
        "from fastapi import FastAPI\n"
        "@asynccontextmanager\n"
        "async def lifespan(app):\n"
        "    print('began')\n"
        "    yield\n"
        "    print('finished')\n"
        "app = fp.make_app(Echo(), app=FastAPI(lifespan=lifespan))\n",
    )
    log = OutputLog()
    async with started(file, log=log) as (process, _):
        assert log.lines == ["began"]
        await process.stop()
    assert log.lines == ["began", "finished"]


@pytest.mark.slow
@pytest.mark.parametrize("sdk", ["fastapi_poe", "rookery"])
async def test_several_bots_are_served_side_by_side(tmp_path: Path, sdk: Sdk) -> None:
    file = bot_file(tmp_path, "class Loud(Echo):\n    pass\nclass Quiet(Echo):\n    pass\n")
    async with started(file, sdk=sdk) as (process, bots):
        assert process.sdk == sdk
        assert [bot.name for bot in bots] == ["Loud", "Quiet"]
        assert [await reply_of(bot, "x") for bot in bots] == ["Loud: x", "Quiet: x"]
