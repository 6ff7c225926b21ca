"""The rules, as data, in the order in which they are tried and shown; `checks` tries each, found by its id.

Sections are those of the protocol reference. `must`: a platform, or the bot's own safety, depends on it. `should`: a
bot server is better off with it, or will be when the protocol grows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from rookery.protocol.limits import FIRST_BYTE_S

Severity = Literal["must", "should"]

SERVER = "Server"
ACCESS_KEY = "Access key"
SETTINGS = "Settings"
WRONG_REQUESTS = "Wrong requests"
NEWER_REQUESTS = "Newer requests"
ANSWER = "Answer to a query"
MESSAGES = "Messages of many kinds"
REPORTS = "Reports"
ENDURANCE = "Endurance"

_BAD_BODY = "Check the body before using it and answer 400 with a sentence; fastapi_poe 0.0.83 answers 500 by itself."
_UNKNOWN = "Skip what the server does not know; the protocol grows, and old servers are to go on answering."


@dataclass(frozen=True, slots=True)
class Rule:
    """One sentence that holds for a conforming bot server."""

    id: str
    group: str
    title: str
    section: str
    """Section of the protocol."""
    severity: Severity
    remedy: str
    """What to do where it does not hold."""


RULES: tuple[Rule, ...] = (
    Rule("reachable", SERVER, "The server can be reached", "3.1", "must",
         "Start the server, and check address, port, firewall and certificate."),
    Rule("page", SERVER, "A browser sees a page (GET answered with 200)", "3.1", "should",
         "Answer GET at the bot's path with a small page that says that the server runs."),
    Rule("key-accepted", ACCESS_KEY, "The right access key is accepted", "2.2", "must",
         "Compare with the key after 'Bearer ' in the Authorization header, and check which key the server was given."),
    Rule("key-missing", ACCESS_KEY, "A request without an access key is refused with 401", "3.1", "must",
         "Answer 401 to every POST without an Authorization header; else anybody may use the bot."),
    Rule("key-wrong", ACCESS_KEY, "A request with a wrong access key is refused with 401", "3.1", "must",
         "Compare the whole key, in constant time, and answer 401 when it differs."),
    Rule("key-scheme", ACCESS_KEY, "The word Bearer is accepted in any case", "3.1", "must",
         "Compare the scheme of the Authorization header without regard to case, as HTTP demands."),
    Rule("key-not-echoed", ACCESS_KEY, "No answer contains the access key", "2.2", "must",
         "Never write the access key into answers, settings or error texts; make a new key, this one has been shown."),
    Rule("settings-answered", SETTINGS, "A settings request is answered with 200", "3.5", "must",
         "Answer 200 with a JSON object, {} at the least, to requests of the type 'settings'."),
    Rule("settings-in-time", SETTINGS, f"Settings begin to arrive within {FIRST_BYTE_S:g} s", "2.5", "must",
         "Work nothing out while settings are asked for; a server that sleeps must wake up faster."),
    Rule("settings-object", SETTINGS, "The settings are a JSON object", "3.5", "must",
         "Answer one JSON object and nothing around it."),
    Rule("settings-valid", SETTINGS, "The settings are valid", "4.1", "must",
         "Correct each place that is named; a platform keeps the old settings as long as one is wrong."),
    Rule("settings-sensible", SETTINGS, "The settings say nothing that has no effect", "4.1", "should",
         "Change or remove what is named."),
    Rule("type-unknown", WRONG_REQUESTS, "An unknown request type is answered with 501", "2.3", "must",
         "Answer 501 to any 'type' that the server does not know; more types may come."),
    Rule("body-not-json", WRONG_REQUESTS, "A body that is not JSON is answered with 4xx", "3.1", "must", _BAD_BODY),
    Rule("type-missing", WRONG_REQUESTS, "A request without a type is answered with 4xx", "3.1", "must", _BAD_BODY),
    Rule("fields-missing", WRONG_REQUESTS, "A query without its fields is answered with 4xx", "3.2", "must", _BAD_BODY),
    Rule("types-wrong", WRONG_REQUESTS, "Fields of wrong types are answered with 4xx", "3.2", "must", _BAD_BODY),
    Rule("body-limit", WRONG_REQUESTS, "An announced body of 1 GiB is refused unread", "3.1", "should",
         "Limit request bodies, here or in a proxy before it (client_max_body_size in nginx); 64 MiB is ample."),
    Rule("keys-unknown", NEWER_REQUESTS, "Unknown fields of a query are ignored", "2.3", "must", _UNKNOWN),
    Rule("message-keys-unknown", NEWER_REQUESTS, "Unknown fields of a message are ignored", "2.3", "must", _UNKNOWN),
    Rule("roles-unknown", NEWER_REQUESTS, "Messages of unknown roles are skipped", "3.3", "should", _UNKNOWN),
    Rule("content-types-unknown", NEWER_REQUESTS, "Unknown content types are tolerated", "2.4", "should", _UNKNOWN),
    Rule("feedback-unknown", NEWER_REQUESTS, "Unknown feedback is tolerated", "3.6", "should", _UNKNOWN),
    Rule("query-answered", ANSWER, "A query is answered with 200", "3.9", "must",
         "Answer 200 and tell failures of the bot by an 'error' event inside the stream."),
    Rule("event-stream", ANSWER, "The answer is text/event-stream", "3.9", "must",
         "Set the header Content-Type: text/event-stream and stream Server-Sent Events."),
    Rule("first-byte", ANSWER, f"The first byte arrives within {FIRST_BYTE_S:g} s", "2.5", "must",
         "Begin the stream at once, with a comment line such as ': open', before the answer is worked out."),
    Rule("events-objects", ANSWER, "The data of every event is a JSON object", "3.10", "must",
         "Write 'data: ' and a JSON object on one line, {} where there is nothing to say, then an empty line."),
    Rule("events-known", ANSWER, "Every event has a name of the protocol", "3.10", "must",
         "Use the names of the protocol; every event needs its own 'event: ' line."),
    Rule("events-fields", ANSWER, "Every event has its fields with the right types", "3.9", "must",
         "Send the fields that the protocol gives for the event; 'text' is a string, never null."),
    Rule("meta-first", ANSWER, "A meta event comes first", "3.9.1", "must",
         "Send 'meta' before any other event, or not at all; a later one is ignored."),
    Rule("file-before-reference", ANSWER, "A file comes before the text that refers to it", "3.9.5", "must",
         "Send the 'file' event first, then the text with ![title][inline_ref]."),
    Rule("one-terminator", ANSWER, "Nothing comes after the event that ends the answer", "3.10", "must",
         "End with 'done', or with 'error', and close the stream."),
    Rule("done", ANSWER, "The answer ends with done", "3.9.9", "must",
         "Send the event 'done' with {} as the last, on every way out, followed by an empty line."),
    Rule("answer-not-empty", ANSWER, "The answer is not empty", "3.10", "must",
         "Send some text, or an 'error' event with a sentence for the person."),
    Rule("answer-in-limits", ANSWER, "The answer keeps the limits of its length", "2.5", "must",
         "Stay below 512 000 characters and 10 000 events; send longer texts as a file, and more words in each event."),
    Rule("keep-alive", ANSWER, "Comments keep a silent stream open", "3.9", "should",
         "Send a comment line (': ping') after every 15 s of silence, or proxies close the connection."),
    Rule("text-empty", MESSAGES, "An empty message is answered", "3.3", "must",
         "Treat an empty text as a message like any other; it comes with attachments."),
    Rule("text-long", MESSAGES, "A message of 100 kB is answered", "2.5", "must",
         "Raise the limit for request bodies; refuse texts by an 'error' event of the type user_message_too_long."),
    Rule("text-non-latin", MESSAGES, "Text beyond Latin letters survives", "3.3", "must",
         "Read and write UTF-8 everywhere."),
    Rule("text-line-separators", MESSAGES, "Text with U+2028 survives", "3.9", "must",
         "Escape U+0085, U+2028 and U+2029 in JSON: some readers take them for line ends and cut the event."),
    Rule("history", MESSAGES, "A history of 50 messages is answered", "2.5", "must",
         "Accept up to 1 000 messages of history; leave out the oldest where the model cannot take them."),
    Rule("parameters", MESSAGES, "A message with parameters is answered", "4.5", "must",
         "Accept any object in 'parameters' and check its values before using them."),
    Rule("attachments", MESSAGES, "A message with attachments is answered", "3.3", "must",
         "Accept 'attachments', also where the bot has no use for them."),
    Rule("report-reaction", REPORTS, "report_reaction is answered with 2xx", "3.7", "must",
         "Answer 200 with {} to requests of the type 'report_reaction'."),
    Rule("report-feedback", REPORTS, "report_feedback is answered with 2xx", "3.6", "must",
         "Answer 200 with {} to requests of the type 'report_feedback'."),
    Rule("report-error", REPORTS, "report_error is answered with 2xx", "3.8", "must",
         "Answer 200 with {} to requests of the type 'report_error', and log its message, a fault of the bot."),
    Rule("queries-at-once", ENDURANCE, "Ten queries at once are answered", "3.12", "must",
         "Answer queries side by side: nothing that blocks in async code, and more than one worker elsewhere."),
    Rule("disconnect", ENDURANCE, "The server answers on after a reader left in mid-answer", "3.12", "must",
         "Expect that writing fails when the reader has left, end that answer only, and free what it holds."),
)  # fmt: skip
"""Every rule; a group's rules stand together."""

RULES_BY_ID = {rule.id: rule for rule in RULES}
