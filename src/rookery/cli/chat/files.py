"""Files that go with a message, from this machine to the hub, and files of an answer, from the hub to this machine."""

from __future__ import annotations

import mimetypes
import shlex
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit

from rich.progress import wrap_file

from rookery.cli.errors import CommandError
from rookery.cli.hub_client import HubClient, JsonObject
from rookery.cli.output import console, safe_line

LARGE_BYTES = 4 * 1024 * 1024
"""From here on an upload may take more than a second."""
MOST_NAMES = 1000
"""How many files of one name a folder takes: `a.png`, `a (2).png`, …"""


def check_files(paths: Iterable[Path]) -> None:
    """Raises CommandError for the first that cannot be read, so that none is sent in vain."""
    for path in paths:
        try:
            with path.open("rb"):
                pass
        except OSError as error:
            raise _unreadable(path, error) from None


def upload(hub: HubClient, path: Path) -> JsonObject:
    """Sends a file; gives it as the hub keeps it: id, name, content_type, size, url.

    Raises CommandError when it cannot be read, or is more than the hub takes.
    """
    kind = mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    try:
        with path.open("rb") as file:
            size = path.stat().st_size
            if size < LARGE_BYTES or not sys.stderr.isatty():
                return hub.upload_file(path.name, file, kind)
            with wrap_file(
                file,
                size,
                description=f"Sending {safe_line(path.name)}",
                console=console(stderr=True),
                transient=True,
            ) as shown:
                return hub.upload_file(path.name, shown, kind)
    except OSError as error:
        raise _unreadable(path, error) from None


def _unreadable(path: Path, error: OSError) -> CommandError:
    shown = safe_line(str(path))
    match error:
        case FileNotFoundError():
            return CommandError(f"There is no file {shown}.", "Check the path.")
        case IsADirectoryError():
            return CommandError(f"{shown} is a folder; only files can be sent.", "Name its files one by one.")
        case _:
            return CommandError(f"The file {shown} cannot be read: {error.strerror or type(error).__name__}.")


def read_paths(text: str) -> list[Path]:
    """Gives the paths that somebody typed, or dropped onto the terminal, which quotes them as a shell would."""
    whole = Path(text).expanduser()
    if whole.exists():
        return [whole]
    with suppress(ValueError):
        return [Path(part).expanduser() for part in shlex.split(text)]
    return [whole]


def save_file(hub: HubClient, attachment: JsonObject, folder: Path) -> Path:
    """Puts a file of an answer into a folder, beside what is there; gives its path.

    Raises CommandError for a file that the hub does not keep, or that cannot be written.
    """
    name = _plain_name(str(attachment["name"]))
    if attachment["file_id"] is None:
        # An address that a bot made up must not make this machine ask whatever it can reach.
        raise CommandError(f"{name} is not saved: it is not on this hub.", f"It is at {attachment['url']}")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        path = _free_path(folder, name)
        try:
            with path.open("xb") as file:
                hub.download_file(_link_on_hub(attachment["url"]), file)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"{name} cannot be saved in {folder}: {reason}.", "Choose another folder.") from None
    return path


def _link_on_hub(url: str) -> str:
    # The hub may be known to others by another address than the one that leads there from here.
    parts = urlsplit(url)
    return f"{parts.path[parts.path.index('/files/') :]}?{parts.query}"


def _plain_name(name: str) -> str:
    plain = safe_line(name).replace("\\", "/").rpartition("/")[2].lstrip(".")
    return plain or "file"


def _free_path(folder: Path, name: str) -> Path:
    path = folder / name
    for number in range(2, MOST_NAMES):
        if not path.exists() and not path.is_symlink():
            break
        stem, dot, ending = name.rpartition(".")
        path = folder / (f"{stem} ({number}).{ending}" if dot else f"{name} ({number})")
    return path
