"""Questions of many kinds. What is looked for is what the answer to the plain question did not have: a server that
never sends `done` breaks one rule, not ten.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from rookery.conformance.answers import describe_cut, describe_error, describe_seconds, read_reply, shown
from rookery.conformance.bench import Bench
from rookery.conformance.bodies import USER_ID, build_message, build_report, build_request
from rookery.conformance.checks.answer import could_not_be_judged
from rookery.conformance.exchange import Exchange
from rookery.conformance.verdicts import Finding, broken, not_tried, passed, warned

LONG_CHARACTERS = 100_000
HISTORY_MESSAGES = 50
QUERIES_AT_ONCE = 10

NON_LATIN = "Grüße, Привет, 你好, こんにちは, שלום, 🐦"
SEPARATORS = "one\u2028two\u2029three\u0085four"

_RAW_SEPARATORS = {"U+2028": b"\xe2\x80\xa8", "U+2029": b"\xe2\x80\xa9", "U+0085": b"\xc2\x85"}
_EXPECTED_ERRORS = ("user_message_too_long", "user_caused_error")


async def judge(bench: Bench, ask: Callable[[], Awaitable[Exchange]], *, may_fail: bool = False) -> Finding:
    """Asks and compares with the plain question. `may_fail`: an error event is a fitting answer."""
    await bench.plain_events()
    answer = await ask()
    faults = await bench.new_faults(answer)
    if faults:
        detail = "; ".join(fault.sentence for fault in faults[:3])
        return broken(f"{detail[0].upper()}{detail[1:]}.")
    if answer.is_cut:
        return not_tried(describe_cut(answer))
    error = read_reply(answer).error
    if error is None:
        return passed(f"It was answered after {describe_seconds(answer.total_s)}.")
    if await bench.plain_error() is not None:
        return not_tried(await could_not_be_judged(bench, error))
    detail = f"The bot answered with an error: {describe_error(error)}."
    return passed(detail) if may_fail or error.error_type in _EXPECTED_ERRORS else warned(detail)


async def check_keys_unknown(bench: Bench) -> Finding:
    return await judge(bench, lambda: bench.query(fields={"rookery_check": {"of": ["unknown", "fields"]}}))


async def check_message_keys_unknown(bench: Bench) -> Finding:
    return await judge(bench, lambda: bench.query(rookery_check={"of": ["unknown", "fields"]}))


async def check_roles_unknown(bench: Bench) -> Finding:
    history = (build_message("A hint.", role="narrator"),)
    return await judge(bench, lambda: bench.query(history=history))


async def check_content_types_unknown(bench: Bench) -> Finding:
    return await judge(bench, lambda: bench.query(content_type="text/x-rookery-check"))


async def check_feedback_unknown(bench: Bench) -> Finding:
    history = (build_message("Hello", feedback=[{"type": "applause", "reason": None}], number=1),)
    finding = await judge(bench, lambda: bench.query(history=history))
    if finding.kind != "passed":
        return finding
    seen = await bench.post(build_report("report_feedback", feedback_type="applause"))
    if seen.status is None:
        return broken(f"Asked with report_feedback, the server {seen.failure}.")
    if seen.status >= 500 and seen.status != 501:
        return broken(f"A report_feedback of an unknown kind was answered with {seen.status}.")
    return passed("It was tolerated in a message and in a report.")


async def check_empty(bench: Bench) -> Finding:
    return await judge(bench, lambda: bench.query(""), may_fail=True)


async def check_long(bench: Bench) -> Finding:
    text = (f"{bench.message} ".replace("\n", " ") * LONG_CHARACTERS)[:LONG_CHARACTERS]
    return await judge(bench, lambda: bench.query(text))


async def check_non_latin(bench: Bench) -> Finding:
    answers: list[Exchange] = []
    finding = await judge(bench, lambda: _keep(answers, bench.query(NON_LATIN)))
    if finding.kind != "passed":
        return finding
    text = read_reply(answers[0]).text
    for word in NON_LATIN.split(", "):
        if word.encode().decode("latin-1") in text or "�" in text:
            return broken(f"The answer has mangled letters: '{shown(text)}'.")
    return finding


async def check_line_separators(bench: Bench) -> Finding:
    answers: list[Exchange] = []
    finding = await judge(bench, lambda: _keep(answers, bench.query(SEPARATORS)))
    raw = [name for name, data in _RAW_SEPARATORS.items() if answers and data in answers[0].body]
    if finding.kind == "passed" and raw:
        return warned(f"The stream holds {', '.join(raw)} unescaped; readers such as fastapi_poe cut the event there.")
    return finding


async def _keep(answers: list[Exchange], asking: Awaitable[Exchange]) -> Exchange:
    answers.append(await asking)
    return answers[-1]


async def check_history(bench: Bench) -> Finding:
    history = tuple(
        build_message(f"Message {number}", role="bot" if number % 2 == 0 else "user", number=number)
        for number in range(1, HISTORY_MESSAGES)
    )
    return await judge(bench, lambda: bench.query(history=history))


async def check_parameters(bench: Bench) -> Finding:
    parameters = {"style": "ANIME", "count": 3, "is_fast": True, "nested": {"of": [1, None, "two"]}}
    return await judge(bench, lambda: bench.query(parameters=parameters))


async def check_attachments(bench: Bench) -> Finding:
    attachments = [
        {
            "url": "https://files.example/notes.txt",
            "content_type": "text/plain",
            "name": "notes.txt",
            "inline_ref": None,
            "parsed_content": "alpha\nbeta",
        },
        {
            "url": "https://files.example/bird.png",
            "content_type": "image/png",
            "name": "bird.png",
            "inline_ref": "bird",
            "parsed_content": "bird.png***A small bird.",
        },
    ]
    return await judge(bench, lambda: bench.query(attachments=attachments))


async def check_at_once(bench: Bench) -> Finding:
    await bench.plain_events()
    answers = await asyncio.gather(*(bench.query(fields={"user_id": USER_ID}) for _ in range(QUERIES_AT_ONCE)))
    faults = [faults[0].sentence for answer in answers if (faults := await bench.new_faults(answer))]
    slowest = describe_seconds(max(answer.total_s for answer in answers))
    if faults:
        return broken(f"{len(faults)} of {QUERIES_AT_ONCE} failed; the first: {faults[0]}.")
    if cut := next((answer for answer in answers if answer.is_cut), None):
        return not_tried(describe_cut(cut))
    errors = sum(read_reply(answer).error is not None for answer in answers)
    if errors and await bench.plain_error() is None:
        return warned(f"{errors} of {QUERIES_AT_ONCE} were answered with an error of the bot.")
    return passed(f"The slowest was answered after {slowest}.")


async def check_disconnect(bench: Bench) -> Finding:
    await bench.plain_events()
    left = await bench.query(leaves_early=True)
    if left.status != 200:
        return not_tried("The query to leave was not answered.")
    if (await bench.settings()).status == 200:
        settings = await bench.post(build_request("settings"))
        if settings.status != 200:
            fault = f"the server {settings.failure}" if settings.status is None else f"answered with {settings.status}"
            return broken(f"A settings request after that: {fault}.")
    finding = await judge(bench, bench.query)
    return passed("It went on answering.") if finding.kind == "passed" else finding


CHECKS: Mapping[str, Callable[[Bench], Awaitable[Finding]]] = {
    "keys-unknown": check_keys_unknown,
    "message-keys-unknown": check_message_keys_unknown,
    "roles-unknown": check_roles_unknown,
    "content-types-unknown": check_content_types_unknown,
    "feedback-unknown": check_feedback_unknown,
    "text-empty": check_empty,
    "text-long": check_long,
    "text-non-latin": check_non_latin,
    "text-line-separators": check_line_separators,
    "history": check_history,
    "parameters": check_parameters,
    "attachments": check_attachments,
    "queries-at-once": check_at_once,
    "disconnect": check_disconnect,
}
