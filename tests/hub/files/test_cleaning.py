"""How long files stay: while somebody holds them, then the grace time; their bytes while any file needs them."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rookery.hub.errors import NotFound
from rookery.hub.files.model import StoredFile
from rookery.hub.files.service import FileService
from tests.hub.files.uploading import fetch, kept, upload
from tests.support.hub import RunningHub, running_hub

OWNER = "p-1"


async def read(files: FileService, file: StoredFile) -> bytes:
    return await files.read(file, 10**6)


async def test_a_file_that_nobody_holds_goes_after_the_grace_time(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        file = await upload(hub, b"x")
        assert await hub.hub.files.clean() == 1
        assert await kept(hub) == (0, 0, 0)
        assert (await fetch(hub, file["url"]))[0].status == 404


async def test_a_young_file_stays(hub: RunningHub) -> None:
    await upload(hub, b"x")
    assert await hub.hub.files.clean() == 0
    assert await kept(hub) == (1, 1, 0)


async def test_a_held_file_stays_until_its_last_holder_lets_go(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        files = hub.hub.files
        first, second = await files.keep_bytes(OWNER, "a", b"1"), await files.keep_bytes(OWNER, "b", b"2")
        await files.hold("m-1", [first.id, second.id])
        await files.hold("m-1", [first.id])
        await files.hold("m-2", [second.id, second.id])
        assert await files.clean() == 0
        await files.let_go(["m-1", "m-none"])
        assert await files.clean() == 1
        assert await read(files, second) == b"2"
        await files.let_go(["m-2"])
        assert await files.clean() == 1
        assert await kept(hub) == (0, 0, 0)


async def test_holding_is_all_or_nothing(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        files = hub.hub.files
        file = await files.keep_bytes(OWNER, "a", b"1")
        with pytest.raises(NotFound):
            await files.hold("m-1", [file.id, "f-00000000000000000000000000000000"])
        assert await files.clean() == 1
        with pytest.raises(NotFound):
            await files.hold("m-1", [file.id])
        await files.hold("m-1", [])
        await files.let_go([])


async def test_bytes_stay_while_another_file_needs_them(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        files = hub.hub.files
        kept_one, other = await files.keep_bytes(OWNER, "a", b"same"), await files.keep_bytes("p-2", "b", b"same")
        await files.hold("m-1", [kept_one.id])
        assert await files.clean() == 1
        assert await read(files, kept_one) == b"same"
        with pytest.raises(NotFound):
            await files.get(other.id)


async def test_bytes_without_a_record_go(hub: RunningHub) -> None:
    folder = hub.hub.settings.data_dir / "files"
    orphan, foreign = folder / "ab" / ("ab" * 32), folder / "README"
    orphan.parent.mkdir()
    orphan.write_bytes(b"left by a hub that was killed")
    foreign.write_bytes(b"not ours")
    assert await hub.hub.files.clean() == 0
    assert not orphan.exists()
    assert foreign.exists()


async def test_what_a_killed_hub_had_received_half_goes_at_the_start(tmp_path: Path) -> None:
    half = tmp_path / "data" / "incoming" / "half.part"
    half.parent.mkdir(parents=True)
    half.write_bytes(b"half")
    async with running_hub(tmp_path / "data"):
        assert not half.exists()


async def test_cleaning_beside_uploads_of_the_same_bytes_loses_nothing(tmp_path: Path) -> None:
    async with running_hub(tmp_path / "data", file_grace_s=0) as hub:
        files = hub.hub.files

        async def keep_and_hold(number: int) -> StoredFile | None:
            file = await files.keep_bytes(OWNER, f"{number}", b"contended" * (number % 3))
            try:
                await files.hold(f"m-{number}", [file.id])
            except NotFound:  # cleaned between the two: unheld and out of its grace time
                return None
            return file

        async def clean_often() -> None:
            for _ in range(30):
                await files.clean()

        uploads = [keep_and_hold(number) for number in range(60)]
        held = await asyncio.gather(*uploads, clean_often(), clean_often())
        survivors = [file for file in held if file is not None]
        for file in survivors:
            assert await read(files, file) == b"contended" * (int(file.name) % 3)
        assert (await kept(hub))[0] == len(survivors)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.sampled_from(["keep", "hold", "let go", "clean"]), st.integers(0, 3)), max_size=25))
def test_no_order_of_events_loses_a_held_file(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[str, int]]
) -> None:
    async def run() -> None:
        async with running_hub(tmp_path_factory.mktemp("hub") / "data", file_grace_s=0) as hub:
            files = hub.hub.files
            latest: dict[int, StoredFile] = {}
            held: dict[int, StoredFile] = {}
            for step, number in steps:
                if step == "keep":
                    latest[number] = await files.keep_bytes(OWNER, "x", bytes([number % 2]))
                elif step == "hold" and number in latest:
                    await files.hold(f"m-{number}", [latest[number].id])
                    held[number] = latest[number]
                elif step == "let go":
                    await files.let_go([f"m-{number}"])
                    held.pop(number, None)
                elif step == "clean":
                    await files.clean()
                    latest = {key: file for key, file in latest.items() if file in held.values()}
            for number, file in held.items():
                assert await read(files, file) == bytes([number % 2])

    asyncio.run(run())
