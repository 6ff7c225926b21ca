"""What a called bot answers: read by the real package's client and by ours (protocol A.2, 9.7.5).

`differs` names the row of docs/compatibility.md that explains a difference; `ours` is then what our client does.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

EVENT_STREAM = "text/event-stream"


@dataclass(frozen=True)
class Reading:
    """What a client made of an answer."""

    messages: tuple[tuple[Any, ...], ...] = ()
    """Class, text, flags, attachment, data, index of each message."""
    error: str | None = None
    """Class of the exception."""
    requests: int = 1
    """How often the bot was asked."""
    reports: tuple[str, ...] = ()
    """Messages of the `report_error` requests it sent, in order."""


@dataclass(frozen=True)
class ClientExchange:
    """One scripted answer."""

    name: str
    frames: str = ""
    """The body: events as `name {json}` lines, turned into SSE; or any text when the content type is another."""
    status: int = 200
    content_type: str = EVENT_STREAM
    breaks: bool = False
    """The connection is cut after the body."""
    differs: str | None = None
    ours: Reading | None = None


def text(content: str, *, replaces: bool = False, suggests: bool = False, index: int | None = None) -> tuple[Any, ...]:
    """Gives a message as `Reading` has it."""
    return ("PartialResponse", content, replaces, suggests, None, None, index)


NO_TEXT = "Bot returned no text in response"
NO_DONE = "Bot exited without sending 'done' event"
FILE = 'file {"url": "u", "content_type": "image/png", "name": "n"}'
FILE_MESSAGE = ("PartialResponse", "", False, False, ("u", "image/png", "n", None), None, None)

CLIENT_EXCHANGES = [
    ClientExchange("text", 'text {"text": "a"}\ntext {"text": "b"}\ndone {}'),
    ClientExchange("line ends of other scripts", 'text {"text": "a\\u2028b\\u0085c"}\ndone {}'),
    ClientExchange("replace and suggest",
                   'text {"text": "a"}\nreplace_response {"text": "b"}\nsuggested_reply {"text": "c"}\ndone {}'),
    ClientExchange("a file with text", f'{FILE}\ntext {{"text": "a"}}\ndone {{}}'),
    ClientExchange("meta first",
                   'meta {"content_type": "text/plain", "linkify": true, "suggested_replies": true}\n'
                   'text {"text": "a"}\ndone {}'),
    ClientExchange("meta late", 'ping {}\nmeta {"linkify": true}\ntext {"text": "a"}\ndone {}'),
    ClientExchange("meta with a wrong value", 'meta {"linkify": "yes"}\ntext {"text": "a"}\ndone {}'),
    ClientExchange("json", 'json {"a": 1}\ntext {"text": "a"}\ndone {}'),
    ClientExchange("an index", 'text {"text": "a", "index": 2}\ndone {}'),
    ClientExchange("after done nothing counts", 'text {"text": "a"}\ndone {}\ntext {"text": "b"}'),
    ClientExchange("only done", "done {}"),
    ClientExchange("end without done", 'text {"text": "a"}'),
    ClientExchange("an unknown event", 'text {"text": "a"}\nconfetti {"b": 1}\ndone {}'),
    ClientExchange("an event without name", 'message {"text": "a"}\ntext {"text": "b"}\ndone {}'),
    ClientExchange("an event without a name line", ' {"text": "a"}\ntext {"text": "b"}\ndone {}'),
    ClientExchange("no JSON", 'text {"text": "a"}\ntext {oops'),
    ClientExchange("no object", "text [1]"),
    ClientExchange("a wrong type", 'text {"text": 1}'),
    ClientExchange("a file with a wrong type", 'file {"url": 1, "content_type": "t", "name": "n"}'),
    ClientExchange("error with retry", 'error {"allow_retry": true, "text": "busy"}'),
    ClientExchange("error without retry", 'error {"allow_retry": false, "text": "no"}'),
    ClientExchange("error after text", 'text {"text": "a"}\nerror {"allow_retry": true, "text": "busy"}'),
    ClientExchange("401 with an error event", 'error {"allow_retry": false, "text": "no"}', status=401),
    ClientExchange("500 with a good stream", 'text {"text": "a"}\ndone {}', status=500),
    ClientExchange("only a file", f"{FILE}\ndone {{}}", differs="answers of files or `json` alone",
                   ours=Reading((FILE_MESSAGE,))),
    ClientExchange("a data event", 'text {"text": "a"}\ndata {"metadata": "m"}\ndone {}',
                   differs="answers of files or `json` alone, `data` events", ours=Reading((text("a"),))),
    ClientExchange("a ping without data", 'text {"text": "a"}\nping\ndone {}',
                   differs="empty `ping`/`done` are not reported as errors", ours=Reading((text("a"),))),
    ClientExchange("text without the key", "text {}", differs="a `text` event without text is `BotErrorNoRetry`",
                   ours=Reading((), "BotErrorNoRetry", 1, ("Expected string in 'text' field for 'text' event",))),
    ClientExchange("401 as JSON", '{"detail": "no"}', status=401, content_type="application/json",
                   differs="HTTP errors become a sentence", ours=Reading((), "BotErrorNoRetry", 1)),
    ClientExchange("HTML", "<h1>hello</h1>", content_type="text/html",
                   differs="HTTP errors become a sentence", ours=Reading((), "BotErrorNoRetry", 1)),
    ClientExchange("a broken connection after text", 'text {"text": "a"}', breaks=True,
                   differs="after a broken stream the retry's first text is a replacement",
                   ours=Reading((text("a"), text("a", replaces=True)), "BotError", 2)),
]  # fmt: skip
