"""The user's own configuration folder, and files in it that nobody else may read.

<folder>/hubs/127.0.0.1_8080.json   credentials, one file per hub    folder 0700
<folder>/chat-history               lines typed in `rookery chat`    files 0600
"""

from __future__ import annotations

import os
import secrets
from contextlib import suppress
from pathlib import Path

import typer

FOLDER_VARIABLE = "ROOKERY_CONFIG_DIR"
FOLDER_MODE = 0o700
FILE_MODE = 0o600


def config_folder() -> Path:
    """Gives the folder: `ROOKERY_CONFIG_DIR`, else the platform's usual place (`~/.config/rookery` on Linux)."""
    chosen = os.environ.get(FOLDER_VARIABLE)
    return Path(chosen).expanduser() if chosen else Path(typer.get_app_dir("rookery"))


def make_private_folder(folder: Path) -> None:
    """Makes the folder and the missing ones above it, 0700; one that exists keeps its mode. Raises OSError."""
    missing = []
    while not folder.is_dir():
        missing.append(folder)
        folder = folder.parent
    for each in reversed(missing):
        with suppress(FileExistsError):
            each.mkdir(mode=FOLDER_MODE)


def write_private(path: Path, text: str) -> None:
    """Writes a file, 0600, in one step: a reader sees the old text or the new one. Raises OSError."""
    make_private_folder(path.parent)
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise


def open_private(path: Path) -> None:
    """Makes sure that the file exists, 0600, for a library that writes it by name. Raises OSError."""
    make_private_folder(path.parent)
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, FILE_MODE))
    os.chmod(path, FILE_MODE)
