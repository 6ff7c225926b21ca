"""`rookery trace`: a query's tree, its exchange, and saving it as a test."""

from __future__ import annotations

import itertools

from tests.cli.running import Cli, Outcome
from tests.cli.world import Home
from tests.support.scripted_bot import Exchange, Script

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

    async def run() -> str:
        body = {"bot": bot, "query": [{"role": "user", "content": text}]}
        async with home.hub.http.post(f"{home.url}/api/queries", json=body, headers=home.hub.auth()) as response:
            query_id: str = (await response.json())["query_id"]
        live = home.hub.hub.relay.find_live(query_id)
        if live is not None and live.task is not None:
            await live.task
        return query_id

    return home.world.run(run())


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
    print("\n".join(shown))
    assert max(len(line) for line in shown) <= 80
    assert shown[0].startswith(f"{bot}  done in ")
    assert query_id in shown[1]
    rows = [line for line in shown if "●" in line or "✗ Claude-3" in line]
    assert [row.split()[0] for row in rows] == [bot, "├─", "└─"]
    assert "refused" in rows[2]
    text = "\n".join(shown)
    assert "✗ undeclared_call:" in text
    assert "user        tell me" in text
    assert "done" in shown[-1] or "settings" in text
