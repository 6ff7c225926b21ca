"""Files that go with a message: from this machine to the hub, with a progress bar for large ones."""

from __future__ import annotations

import mimetypes
import sys
from pathlib import Path

from rich.progress import wrap_file

from rookery.cli.errors import CommandError
from rookery.cli.hub_client import HubClient, JsonObject
from rookery.cli.output import console

LARGE_BYTES = 4 * 1024 * 1024
"""From here on an upload may take more than a second."""


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
                file, size, description=f"Sending {path.name}", console=console(stderr=True), transient=True
            ) as shown:
                return hub.upload_file(path.name, shown, kind)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise CommandError(f"The file {path} cannot be read: {reason}.", "Check the path.") from None
