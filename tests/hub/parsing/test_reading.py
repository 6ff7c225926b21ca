"""Reading files: once for the same bytes, in processes of their own, while the hub goes on."""

from __future__ import annotations

import asyncio
import os
import resource
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rookery.hub.errors import NotFound
from rookery.hub.files.model import StoredFile
from rookery.hub.parsing.process import MODULE
from tests.hub.parsing import hostile
from tests.hub.parsing.documents import DOCX, PDF, docx, pdf
from tests.hub.parsing.reading import reading, stored, until
from tests.support.hub import RunningHub


class SetClock:
    """A clock that stands until it is set."""

    def __init__(self) -> None:
        self.moment = datetime(2026, 11, 23, tzinfo=UTC)

    def now(self) -> datetime:
        return self.moment

    def monotonic(self) -> float:
        return 0.0


async def test_the_same_bytes_are_read_once_whatever_their_name(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        first = await files.text("a.txt", b"crow")
        second = await files.text("b.txt", b"crow")
    assert first == second
    assert files.opened == ["a.txt"]


async def test_the_reason_names_the_file_that_is_asked_about(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("a.txt", b"\0\1\2")
        second = await files.text("b.txt", b"\0\1\2")
    assert second.reason == "'b.txt' could not be read: it is said to be text, but holds binary data."
    assert files.opened == ["a.txt"]


async def test_what_was_read_is_known_after_a_restart(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("a.txt", b"crow")
        await files.text("junk.txt", b"\0\1\2")
    async with reading(tmp_path) as files:
        assert (await files.text("a.txt", b"crow")).text == "crow"
        assert (await files.text("junk.txt", b"\0\1\2")).reason is not None
        assert files.opened == []
        assert files.findings.pool.pids == ()


async def test_the_same_bytes_under_another_type_are_read_again(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        page = await files.text("a.html", b"<b>crow</b>", "text/html")
        source = await files.text("a.txt", b"<b>crow</b>", "text/x-c")
    assert (page.text, source.text) == ("crow", "<b>crow</b>")


async def test_bytes_that_the_hub_deleted_are_forgotten(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("a.txt", b"crow")
        await files.findings.forget([stored("a.txt", b"crow", "text/plain").digest])
        await files.text("a.txt", b"crow")
    assert files.opened == ["a.txt", "a.txt"]


async def test_several_who_ask_at_once_wait_for_one_reading(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        results = await asyncio.gather(*(files.text(f"{number}.txt", b"crow") for number in range(20)))
    assert {result.text for result in results} == {"crow"}
    assert len(files.opened) == 1


async def test_one_who_gives_up_does_not_end_the_reading_for_the_other(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        first = asyncio.create_task(files.text("a.txt", b"crow"))
        second = asyncio.create_task(files.text("b.txt", b"crow"))
        await until(lambda: files.opened)
        first.cancel()
        assert (await second).text == "crow"
    assert files.opened == ["a.txt"]


async def test_ten_files_at_once_share_two_processes(tmp_path: Path) -> None:
    async with reading(tmp_path, workers=2) as files:
        texts = [f"crow {number}".encode() for number in range(10)]
        results = await asyncio.gather(*(files.text("a.txt", text) for text in texts))
        assert len(files.findings.pool.pids) <= 2
    assert [result.text for result in results] == [text.decode() for text in texts]


async def test_processes_without_work_end(tmp_path: Path) -> None:
    async with reading(tmp_path, idle_s=0.01) as files:
        await files.text("a.txt", b"crow")
        await until(lambda: not files.findings.pool.pids)
        assert (await files.text("b.txt", b"rook")).text == "rook"


async def test_a_process_is_started_before_the_file_comes(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        files.texts.warm()
        await until(lambda: files.findings.pool.pids)
        pids = files.findings.pool.pids
        await files.text("a.txt", b"crow")
        assert files.findings.pool.pids == pids


@pytest.mark.slow
async def test_a_process_that_is_killed_while_it_reads_gives_a_reason_and_the_next_file_is_read(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("warm.txt", b"warm")
        slow = asyncio.create_task(files.text("slow.html", hostile.slow_html(), "text/html"))
        await until(lambda: files.findings.pool.busy_pids)
        os.kill(files.findings.pool.busy_pids[0], signal.SIGKILL)
        read = await slow
        following = await files.text("next.docx", docx("fine"), DOCX)
    assert read.reason == "'slow.html' could not be read: the program that reads such files was ended from outside."
    assert following.text == "fine"


async def test_being_killed_is_not_held_against_the_file(tmp_path: Path) -> None:
    data = b"<p>crow</p>" + hostile.slow_html()
    async with reading(tmp_path, time_s=0.5) as files:
        await files.text("warm.txt", b"warm")
        first = asyncio.create_task(files.text("a.html", data, "text/html"))
        await until(lambda: files.findings.pool.busy_pids)
        os.kill(files.findings.pool.busy_pids[0], signal.SIGKILL)
        await first
        await files.text("a.html", data, "text/html")
    assert files.opened.count("a.html") == 2


async def test_a_file_that_took_too_long_is_left_alone_for_a_while_and_then_tried_again(tmp_path: Path) -> None:
    clock = SetClock()
    async with reading(tmp_path, clock, time_s=0.5) as files:
        for _ in range(2):
            read = await files.text("slow.html", hostile.slow_html(), "text/html")
            assert read.reason is not None
        assert len(files.opened) == 1
        clock.moment += timedelta(minutes=11)
        await files.text("slow.html", hostile.slow_html(), "text/html")
    assert len(files.opened) == 2


async def test_bytes_that_are_gone_give_a_reason_and_are_asked_for_again(tmp_path: Path) -> None:
    async def gone(file: StoredFile) -> AsyncIterator[bytes]:
        if file.size:
            raise NotFound("unknown_file", "There is no such file.")
        yield b""

    async with reading(tmp_path) as files:
        read = await files.texts.read(stored("a.txt", b"crow", "text/plain"), gone)
        assert read.reason == "'a.txt' could not be read: the hub does not have its bytes any more."
        assert (await files.text("a.txt", b"crow")).text == "crow"


async def test_a_mistake_while_the_bytes_are_given_is_a_reason_too(tmp_path: Path) -> None:
    async def mistaken(file: StoredFile) -> AsyncIterator[bytes]:
        if file.size:
            raise KeyError("mine")
        yield b""

    async with reading(tmp_path) as files:
        read = await files.texts.read(stored("a.txt", b"crow", "text/plain"), mistaken)
    assert read.reason == "'a.txt' could not be read: the hub failed over it; its log says how."


async def test_copies_that_a_killed_hub_left_are_removed_at_the_start(tmp_path: Path) -> None:
    left = tmp_path / "parsing" / "tmpabc"
    left.parent.mkdir()
    left.write_bytes(b"crow")
    async with reading(tmp_path):
        assert not left.exists()


async def test_a_worker_ends_with_its_input() -> None:
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", MODULE, "5", "256", stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE
    )
    output, _ = await process.communicate(b"")
    assert (output, process.returncode) == (b'{"ready": true}\n', 0)


async def test_of_a_huge_text_only_the_needed_part_is_copied(tmp_path: Path) -> None:
    pieces = 0

    async def endless(_: StoredFile) -> AsyncIterator[bytes]:
        nonlocal pieces
        while True:
            pieces += 1
            yield b"x" * 65_536

    async with reading(tmp_path) as files:
        read = await files.texts.read(stored("a.txt", b"?", "text/plain"), endless)
    assert read.text is not None
    assert pieces == 32


async def test_no_copy_is_left_behind(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("a.txt", b"crow")
        await files.text("junk.txt", b"\0")
        assert list((tmp_path / "parsing").iterdir()) == []


async def test_closing_while_a_file_is_read_gives_a_reason_and_ends_the_process(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("warm.txt", b"warm")
        slow = asyncio.create_task(files.text("slow.html", hostile.slow_html(), "text/html"))
        await until(lambda: files.findings.pool.busy_pids)
        (pid,) = files.findings.pool.busy_pids
    assert (await slow).reason == "'slow.html' could not be read: the hub is shutting down."
    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)


@pytest.mark.slow
async def test_the_hub_answers_and_stays_small_while_a_file_is_read(hub: RunningHub) -> None:
    data = hostile.slow_html()

    async def pieces(_: StoredFile) -> AsyncIterator[bytes]:
        for start in range(0, len(data), 65_536):
            yield data[start : start + 65_536]

    slow = asyncio.create_task(hub.hub.texts.read(stored("slow.html", data, "text/html"), pieces))
    await until(lambda: hub.hub.findings.pool.busy_pids)
    for _ in range(50):
        async with hub.http.get(f"{hub.url}/readyz") as response:
            assert response.status == 200
    assert not slow.done()
    os.kill(hub.hub.findings.pool.busy_pids[0], signal.SIGKILL)
    await slow
    large = docx("x" * (90 << 20))

    async def packed(_: StoredFile) -> AsyncIterator[bytes]:
        yield large

    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    read = await hub.hub.texts.read(stored("large.docx", large, DOCX), packed)
    assert read.text is not None
    grown_kib = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown_kib < 32 * 1024


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has networks for single processes")
async def test_a_worker_has_no_network_where_the_system_allows_that(tmp_path: Path) -> None:
    async with reading(tmp_path) as files:
        await files.text("a.txt", b"crow")
        (pid,) = files.findings.pool.pids
        networks = {os.readlink(f"/proc/{who}/ns/net") for who in (pid, "self")}
    if len(networks) == 1:
        pytest.skip("this system gives no process a network of its own")


@pytest.mark.slow
async def test_a_worker_has_nothing_of_the_hubs_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ROOKERY_SECRET_OF_THE_TEST", "crow")
    async with reading(tmp_path) as files:
        await files.text("a.pdf", pdf("x"), PDF)
        (pid,) = files.findings.pool.pids
        environment = await asyncio.to_thread(Path(f"/proc/{pid}/environ").read_bytes)
    assert b"ROOKERY" not in environment
