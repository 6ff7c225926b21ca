"""`rookery trace`: a query's tree, its exchange, and saving it as a test."""

from __future__ import annotations

import asyncio
import itertools
import threading
from pathlib import Path

from tests.cli.running import ROOKERY, Cli, Outcome, cli_for
from tests.cli.terminal import Terminal
from tests.cli.world import Home
from tests.support.scripted_bot import Exchange, Script, say

_names = itertools.count()


def calling(home: Home, *callees: str) -> Script:
    """A bot that asks others, one after the other, and says what they said."""

    async def script(exchange: Exchange) -> None:
        for callee in callees:
            reply = await home.hub.call(exchange.body, callee, KEY)
            await exchange.text(reply.text or "refused, ")
        await exchange.done()

    return script


KEY = "k" * 31 + "9"


def ask(home: Home, bot: str, text: str = "hi") -> str:
    """Asks a bot and waits for the end; gives the query's id."""

    query_id = begin(home, bot, text)
    home.world.run(home.hub.finished(query_id))
    return query_id


def begin(home: Home, bot: str, text: str = "hi") -> str:
    """Asks a bot; gives the query's id."""
    return home.world.run(home.hub.begin(bot, text))


def wrapper(home: Home, *callees: str, **declared: int) -> str:
    """Makes a bot that calls others; gives its name."""
    name = f"Tracer{next(_names)}"
    bot = home.add_bot(name, calling(home, *callees), server_bot_dependencies=declared)
    home.world.run(home.hub.register(name, bot.url, replace=True, access_key=KEY))
    return name


def lines(outcome: Outcome) -> list[str]:
    assert outcome.code == 0, outcome.err
    return outcome.out.splitlines()


def test_a_query_is_a_tree_of_bars_with_refusals_in_place(home: Home, cli: Cli) -> None:
    home.add_stand_in("EchoT")
    bot = wrapper(home, "EchoT", "Claude-3", EchoT=1)
    query_id = ask(home, bot, "tell me")
    shown = lines(cli.run("trace", query_id))
    assert max(len(line) for line in shown) <= 80
    assert shown[0].startswith(f"{bot}  done in ")
    assert query_id in shown[1]
    rows = [line for line in shown if "●" in line or "✗ Claude-3" in line]
    assert [row.split()[0] for row in rows] == [bot, "├─", "└─"]
    assert "refused" in rows[2]
    text = "\n".join(shown)
    assert "✗ undeclared_call:" in text
    assert "user        tell me" in text
    assert any(line.split()[-1] == "done" for line in shown[-3:])


def test_without_a_query_it_is_the_last_one(home: Home, cli: Cli) -> None:
    bot = home.add_stand_in("EchoLast")
    ids = [ask(home, bot, text) for text in ("one", "two")]
    assert cli.run("trace", "--json").json["query_id"] == ids[1]
    assert cli.run("trace", "--json", "--bot", bot).json["query_id"] == ids[1]


def test_the_list_has_a_line_for_each_message(home: Home, cli: Cli) -> None:
    bot = home.add_stand_in("EchoList")
    ids = [ask(home, bot, f"word {number}") for number in range(3)]
    head, *rows = lines(cli.run("trace", "--list", "--bot", bot, "--limit", "2"))
    assert head.split() == ["query", "bot", "state", "took", "when", "answer"]
    assert [row.split()[0] for row in rows] == [ids[2], ids[1]]
    assert rows[0].endswith("word 2")
    page = cli.run("trace", "--list", "--bot", bot, "--json").json
    assert [query["query_id"] for query in page["queries"]] == ids[::-1]


def test_nothing_to_show_is_a_sentence(empty_home: Home, config_dir: Path) -> None:
    cli = cli_for(empty_home, config_dir)
    nothing = cli.run("trace")
    assert nothing.code == 1
    assert nothing.err == "You have not asked a bot of this hub anything yet. Talk to one: rookery chat BOT\n"
    assert "No queries yet" in cli.run("trace", "--list").out
    assert "There is no query 'bq-nobody'" in cli.run("trace", "bq-nobody").err
    for reference in (".", "a/b"):
        assert "cannot be the id of a query" in cli.run("trace", reference).err
    assert cli.run("trace", "--list", "bq-1").code == 2


def test_all_events_come_in_pages_and_are_folded(home: Home, cli: Cli) -> None:
    home.add_bot("LongTalker", say(*[f"w{number} " for number in range(2500)]))
    query_id = ask(home, "LongTalker")
    events = cli.run("trace", query_id, "--json").json["events"]
    assert [event["number"] for event in events] == list(range(1, 2502))
    shown = "\n".join(lines(cli.run("trace", query_id)))
    assert "text × 2500, 13.9 kB  w0 w1 w2" in shown


def test_follow_waits_for_the_end(home: Home, cli: Cli) -> None:
    go_on = threading.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("slow ")
        await asyncio.to_thread(go_on.wait, 10)
        await say("end")(exchange)

    home.add_bot("SlowTalker", script)
    query_id = begin(home, "SlowTalker")
    running = cli.run("trace", query_id, "--json").json
    assert (running["is_running"], running["state"]) == (True, "running")
    timer = threading.Timer(0.05, go_on.set)
    timer.start()
    shown = lines(cli.run("trace", query_id, "--follow"))
    timer.join()
    assert shown[0].startswith("SlowTalker  done")


def test_what_a_bot_says_cannot_steer_the_terminal(home: Home, cli: Cli) -> None:
    home.add_bot("Rude", say("\x1b]0;owned\x07\x1b[2Jhello"))
    shown = cli.run("trace", ask(home, "Rude", "a\x1b[31mb"))
    assert "\x1b" not in shown.out
    assert "hello" in shown.out


def test_a_terminal_shows_a_running_query_until_it_ends(home: Home, cli: Cli) -> None:
    go_on = threading.Event()

    async def script(exchange: Exchange) -> None:
        await exchange.text("slow ")
        await asyncio.to_thread(go_on.wait, 10)
        await say("end")(exchange)

    home.add_bot("Watched", script)
    query_id = begin(home, "Watched")
    with Terminal([ROOKERY, "trace", query_id, "--follow"], cli.environment()) as terminal:
        terminal.wait_for("Watched  running")
        go_on.set()
        shown = terminal.wait_for("done")
        assert terminal.wait() == 0
    assert "\x1b[32m" in terminal.raw  # done is green
    assert "Watched  done in" in shown + terminal.screen.text
