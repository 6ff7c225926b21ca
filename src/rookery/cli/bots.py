"""`rookery bots`: the registry from a terminal."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer

from rookery.cli.addresses import DEFAULT_HUB
from rookery.cli.bot_changes import PromptVisibility, Visibility, read_text, settings, share, shown
from rookery.cli.bot_sheet import calls_text, kind_text, list_changes, settings_age, short_calls_text, show_bot
from rookery.cli.errors import CommandError
from rookery.cli.options import BotArgument, HubOption, JsonOption, open_hub
from rookery.cli.output import print_json, print_line, print_table, safe_line

HOW_TO_CREATE = """No bots yet. Create one:
  rookery bots create NAME --url URL                    a bot server that runs somewhere
  rookery bots create NAME --model openai:…             a provider's model
  rookery bots create NAME --stand-in eliza             a bot that answers by a local rule
  rookery bots create NAME --base-bot BOT --prompt "…"  another bot of the hub, with a prompt before it
  rookery dev main.py                                   a bot file, with reload on save"""

app = typer.Typer(add_completion=False, no_args_is_help=True, help="The hub's bots.")


@app.command("list")
def list_bots(hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """List the bots of the hub that you may use."""
    with open_hub(hub) as client:
        bots = client.list_bots()
    if as_json:
        print_json({"bots": bots})
    elif not bots:
        print_line(HOW_TO_CREATE)
    else:
        print_table(
            ("name", "kind", "may call", "settings read", "description"),
            [_row(bot) for bot in bots],
        )


def _row(bot: dict[str, Any]) -> tuple[str, ...]:
    calls = short_calls_text(bot) if sys.stdout.isatty() else calls_text(bot)
    return bot["name"], kind_text(bot), calls, settings_age(bot), safe_line(bot.get("description") or "")


@app.command("show")
def show(name: BotArgument, hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """Show everything about one bot."""
    with open_hub(hub) as client:
        bot = client.get_bot(name)
    if as_json:
        print_json(bot)
    else:
        show_bot(bot)


@app.command("create")
def create(
    name: BotArgument,
    url: Annotated[
        str | None, typer.Option("--url", metavar="URL", help="Where the bot's server takes queries.")
    ] = None,
    access_key: Annotated[
        str | None,
        typer.Option("--access-key", metavar="KEY", help="The bot's own key, 32 characters; made when left out."),
    ] = None,
    model: Annotated[
        str | None,
        typer.Option(
            "--model",
            metavar="PROVIDER:MODEL",
            help="Instead of --url: a provider's model, such as openai:gpt-4o-mini; its key stays with the hub.",
        ),
    ] = None,
    stand_in: Annotated[
        str | None,
        typer.Option("--stand-in", metavar="RULE", help="Instead of --url: answer by a local rule, such as eliza."),
    ] = None,
    base_bot: Annotated[
        str | None,
        typer.Option("--base-bot", metavar="BOT", help="Instead of --url: have this bot answer, with a --prompt."),
    ] = None,
    prompt: Annotated[
        str | None,
        typer.Option(
            "--prompt",
            metavar="TEXT|@FILE",
            help="What the base bot is told first; with {user_prompt} in it, the words around a person's message.",
        ),
    ] = None,
    prompt_visibility: Annotated[
        PromptVisibility,
        typer.Option("--prompt-visibility", help="Who may read the prompt: you, or everybody who may use the bot."),
    ] = PromptVisibility.PRIVATE,
    introduction: Annotated[
        str | None, typer.Option("--introduction", metavar="TEXT", help="A prompt bot's first words in a new chat.")
    ] = None,
    description: Annotated[str | None, typer.Option("--description", metavar="TEXT", help="What the bot is.")] = None,
    visibility: Annotated[
        Visibility | None,
        typer.Option("--visibility", help="Who may use the bot. Default: you only; everybody for the hub's owner."),
    ] = None,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Create a server bot (--url), a prompt bot (--base-bot), a model bot (--model) or a stand-in.

    An access key is shown this once.
    """
    if sum(given is not None for given in (url, model, stand_in, base_bot)) != 1:
        raise typer.BadParameter("give one of --url URL, --base-bot BOT, --model PROVIDER:MODEL and --stand-in RULE.")
    if url is None and access_key is not None:
        raise typer.BadParameter("only a server bot (--url) has an --access-key.")
    if (base_bot is None) != (prompt is None):
        raise typer.BadParameter("a prompt bot has both --base-bot and --prompt.")
    if base_bot is None and introduction is not None:
        raise typer.BadParameter("only a prompt bot (--base-bot) has an --introduction here.")
    draft: dict[str, Any] = {"name": name, "visibility": visibility, "description": description or ""}
    if url is not None:
        draft |= {"kind": "server", "url": url, "access_key": access_key}
    elif model is not None:
        draft |= {"kind": "model", "model": model}
    elif prompt is not None:
        draft |= {"kind": "prompt", "base_bot": base_bot, "prompt": read_text(prompt)}
        draft |= {"prompt_visibility": prompt_visibility, "introduction": introduction or ""}
    else:
        draft |= {"kind": "stand-in", "rule": stand_in}
    with open_hub(hub) as client:
        created = client.create_bot(draft)
    if as_json:
        print_json({"name": created["bot"]["name"], "kind": created["bot"]["kind"], **created})
    else:
        _tell_created(created)


def _tell_created(created: dict[str, Any]) -> None:
    bot = created["bot"]
    name = bot["name"]
    if bot["kind"] != "server":
        what = f"a prompt bot on {bot['base_bot']}" if bot["kind"] == "prompt" else f"a {bot['kind']}"
        print_line(f"Created {name}, {what}. Talk to it: rookery chat {name}")
        return
    print_line(f"Created {name}, which answers at {bot['url']}")
    print_line(f"Access key, shown this once: {created['access_key']}", is_whole=True)
    print_line("The bot's server needs it: as POE_ACCESS_KEY in its environment, or make_app(…, access_key=…).")
    if created["settings_error"]:
        print_line(f"Its settings could not be read yet: {created['settings_error']}", "yellow", stderr=True)
        print_line(f"Once its server runs: rookery bots sync {name}", stderr=True)
    else:
        print_line(f"Its settings were read; it may call {calls_text(bot) or 'no other bots'}.")
    _tell_remarks(created)


def _tell_remarks(outcome: dict[str, Any]) -> None:
    for stand_in in outcome["stand_ins"]:
        print_line(f"Made a stand-in for {stand_in}, which this hub did not have.")
    for warning in outcome["warnings"]:
        print_line(warning, "yellow", stderr=True)


app.command("share")(share)
app.command("settings")(settings)


@app.command("sync")
def sync(name: BotArgument, hub: HubOption = DEFAULT_HUB, as_json: JsonOption = False) -> None:
    """Read a bot's settings now, and say what changed."""
    with open_hub(hub) as client:
        before = client.get_bot(name)
        outcome = client.sync_bot(name)
    bot = outcome["bot"]
    changes = list_changes(before, bot)
    if as_json:
        print_json({**bot, **{key: value for key, value in outcome.items() if key != "bot"}, "changes": changes})
        return
    if bot["kind"] != "server":
        print_line(f"{bot['name']} is a {kind_text(bot)}: it has no settings to read.")
        return
    if not changes:
        print_line(f"Read the settings of {bot['name']}; nothing changed.")
    else:
        print_line(f"Read the settings of {bot['name']}:")
    for change in changes:
        print_line(f"  {change['setting']}: {shown(change['before'])} → {shown(change['after'])}")
    _tell_remarks(outcome)


@app.command("delete")
def delete(
    name: BotArgument,
    is_confirmed: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    hub: HubOption = DEFAULT_HUB,
    as_json: JsonOption = False,
) -> None:
    """Delete a bot from the hub. Its server is left alone."""
    with open_hub(hub) as client:
        bot = client.get_bot(name)
        if not is_confirmed:
            _confirm(f"Delete {safe_line(bot['name'])} ({kind_text(bot)})?")
        client.delete_bot(name)
    if as_json:
        print_json({"name": bot["name"], "kind": bot["kind"], "is_deleted": True})
    else:
        print_line(f"Deleted {bot['name']}.")


def _confirm(question: str) -> None:
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise CommandError("Nothing was deleted: there is no terminal to ask in.", "Add --yes.")
    sys.stderr.write(f"{question} [y/N] ")
    sys.stderr.flush()
    if sys.stdin.readline().strip().lower() not in ("y", "yes"):
        raise CommandError("Nothing was deleted.")
