"""Frames become a film through ffmpeg: drawn in a thread, piped one by one, read back from a folder that is deleted.

Leaving early, by an error or because the query was stopped, kills ffmpeg.
"""

from __future__ import annotations

import asyncio
import shutil
import tempfile
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

FRAMES_PER_SECOND = 20
ENCODING_S = 60.0
"""Seconds that a film may take."""
FILM_BYTES = 20 * 1024 * 1024
"""No film of this length and size comes near it."""


class FilmFailed(Exception):
    """ffmpeg did not make the film; the text is a clause that says why."""


@dataclass(frozen=True, slots=True)
class FilmPlan:
    """What ffmpeg is to make."""

    width: int
    """Pixels; both even."""
    height: int
    frames: int
    wav: bytes
    """The sound below it."""


async def make_film(ffmpeg: str, plan: FilmPlan, draw_frame: Callable[[int], bytes]) -> bytes:
    """Gives an MP4 file. `draw_frame` gives the RGB bytes of a frame by its number, and is called in a thread.

    Raises FilmFailed.
    """
    folder = await asyncio.to_thread(tempfile.mkdtemp, prefix="rookery-film-")
    try:
        async with asyncio.timeout(ENCODING_S):
            return await _encode(ffmpeg, plan, draw_frame, Path(folder))
    except TimeoutError:
        raise FilmFailed(f"took longer than {ENCODING_S:g} s") from None
    except OSError as error:
        raise FilmFailed(f"could not be run ({type(error).__name__})") from None
    finally:
        # Not awaited: a stopped query must not wait, and what is left is a few megabytes in the temporary folder.
        shutil.rmtree(folder, ignore_errors=True)


async def _encode(ffmpeg: str, plan: FilmPlan, draw_frame: Callable[[int], bytes], folder: Path) -> bytes:
    sound, film = folder / "sound.wav", folder / "film.mp4"
    await asyncio.to_thread(sound.write_bytes, plan.wav)
    process = await asyncio.create_subprocess_exec(
        ffmpeg, *_arguments(plan, sound, film), stdin=PIPE, stdout=DEVNULL, stderr=PIPE
    )
    try:
        await _pipe_frames(process, plan, draw_frame)
        _, complaint = await process.communicate()
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        lines = complaint.decode("utf-8", "replace").strip().splitlines()
        reason = lines[-1].replace(str(folder), "").strip()[:200] if lines else "without a reason"
        raise FilmFailed(f"ended with status {process.returncode}: {reason}")
    return await asyncio.to_thread(_read, film)


async def _pipe_frames(process: Process, plan: FilmPlan, draw_frame: Callable[[int], bytes]) -> None:
    assert process.stdin is not None
    try:
        for number in range(plan.frames):
            process.stdin.write(await asyncio.to_thread(draw_frame, number))
            await process.stdin.drain()
        process.stdin.close()
    except (BrokenPipeError, ConnectionResetError):
        pass  # ffmpeg ended before the last frame; its status and its last line say why


def _arguments(plan: FilmPlan, sound: Path, film: Path) -> list[str]:
    # The codecs are ffmpeg's own choice for MP4: H.264 where it was built with it.
    return [
        *("-hide_banner", "-loglevel", "error", "-nostdin", "-y"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{plan.width}x{plan.height}"),
        *("-r", str(FRAMES_PER_SECOND), "-i", "pipe:0", "-i", str(sound)),
        *("-map", "0:v", "-map", "1:a", "-pix_fmt", "yuv420p", "-b:a", "96k", "-threads", "1"),
        *("-movflags", "+faststart", "-fs", str(FILM_BYTES), str(film)),
    ]


def _read(film: Path) -> bytes:
    data = film.read_bytes()
    if not data:
        raise FilmFailed("made an empty film")
    return data
