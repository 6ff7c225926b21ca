"""An answer as a value: what is shown, remembered and printed as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rookery.cli.errors import CommandError
from rookery.cli.hub_client import JsonObject
from rookery.protocol.reduce import Reply


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that has ended, well or not."""

    query: JsonObject
    """The query as the hub gave it when it began."""
    state: str
    """`done`, `failed`, `stopped`, `interrupted`; `running` when the hub was lost and the answer may go on there."""
    reply: Reply
    notices: tuple[str, ...] = ()
    error: str | None = None
    """One sentence, unless the state is `done`."""
    remedy: str = ""
    is_stopped_here: bool = False
    """Stopped by Ctrl-C in this terminal."""
    saved: tuple[Path, ...] | None = None
    """Where its files were put; None when that was not asked for."""
    unsaved: tuple[CommandError, ...] = ()
    """Why some of them were not."""

    def as_json(self) -> dict[str, Any]:
        """Gives the object that `--json` prints."""
        return {
            "bot": self.query["bot"],
            "query_id": self.query["query_id"],
            "message_id": self.query["message_id"],
            "conversation_id": self.query["conversation_id"],
            "state": self.state,
            "text": self.reply.text,
            "suggested_replies": list(self.reply.suggested_replies),
            "files": [
                {
                    "name": file.file_name,
                    "content_type": file.content_type,
                    "url": file.url,
                    "inline_ref": file.inline_ref,
                }
                for file in self.reply.files
            ],
            "error": self.error,
            **({"saved": [str(path) for path in self.saved]} if self.saved is not None else {}),
        }
