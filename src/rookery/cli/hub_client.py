"""The hub's HTTP API as methods, one per route; every trouble becomes a `CommandError` with a sentence and a remedy.

Bodies stay plain JSON objects: they are shown or printed, not computed with. Shapes: the hub's `*/routes.py`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import TracebackType
from typing import Any, BinaryIO, Self, TypeAlias
from urllib.parse import quote, urlencode

import httpx

from rookery.cli.addresses import is_this_machine
from rookery.cli.credentials import KEY_VARIABLE, Credential
from rookery.cli.errors import CommandError, HubRefusal, HubUnreachable, SignInNeeded
from rookery.protocol.sse import Frame, FrameTooLarge, SseDecoder
from rookery.version import __version__

JsonObject: TypeAlias = dict[str, Any]

CONNECT_S = 5.0
ANSWER_S = 60.0
"""Seconds for a plain answer; the longest is a settings pull, during which the hub waits for a bot."""
SILENCE_S = 60.0
"""Seconds without a byte on a followed reply; the hub sends a comment line every 15 s (`keep_alive_s`)."""
EVENTS_PAGE = 1000
"""Events of a query in one answer, the most that the hub gives."""
IDLE_CONNECTION_S = 4.0
"""Below the 5 s after which uvicorn closes an idle connection, so that a dying one is not picked up."""


class HubClient:
    """A connection to one hub for one person. Close it, or use it in a `with` statement."""

    def __init__(self, url: str, credential: Credential | None) -> None:
        self.url = url
        self._credential = credential
        headers = {"User-Agent": f"rookery/{__version__}", "Accept": "application/json"}
        if credential is not None:
            headers["Authorization"] = f"Bearer {credential.api_key}"
        self._http = httpx.Client(
            base_url=url,
            headers=headers,
            timeout=httpx.Timeout(ANSWER_S, connect=CONNECT_S),
            limits=httpx.Limits(keepalive_expiry=IDLE_CONNECTION_S),
            # Without TLS no certificates are needed, and loading them takes longer than everything else at the start.
            verify=url.startswith("https:"),
            trust_env=not is_this_machine(url),  # a proxy of the environment does not lead to this machine
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    # --- bots ------------------------------------------------------------------------------------------------------

    def list_bots(self) -> list[JsonObject]:
        """Gives all bots, by name."""
        bots: list[JsonObject] = self._send("GET", "/api/bots")["bots"]
        return bots

    def get_bot(self, name: str) -> JsonObject:
        """Gives one bot; raises HubRefusal when there is none of that name."""
        bot: JsonObject = self._send("GET", _bot_path(name))["bot"]
        return bot

    def create_bot(self, draft: Mapping[str, Any]) -> JsonObject:
        """Registers a bot; gives {bot, access_key, settings_error, warnings, stand_ins}."""
        return self._send("POST", "/api/bots", draft)

    def edit_bot(self, name: str, changes: Mapping[str, Any]) -> JsonObject:
        """Changes a bot of the person's; gives it."""
        bot: JsonObject = self._send("PATCH", _bot_path(name), changes)["bot"]
        return bot

    def list_settings_changes(self, name: str) -> list[JsonObject]:
        """Gives how a bot's settings changed, newest first: {changed_at, source, differences}."""
        changes: list[JsonObject] = self._send("GET", f"{_bot_path(name)}/settings/changes")["changes"]
        return changes

    def sync_bot(self, name: str) -> JsonObject:
        """Has the hub read a bot's settings; gives {bot, is_changed, warnings, stand_ins}."""
        return self._send("POST", f"{_bot_path(name)}/sync")

    def delete_bot(self, name: str) -> None:
        """Deletes a bot."""
        self._send("DELETE", _bot_path(name))

    # --- keys ------------------------------------------------------------------------------------------------------

    def list_keys(self) -> list[JsonObject]:
        """Gives the person's API keys, newest first."""
        keys: list[JsonObject] = self._send("GET", "/api/keys")["keys"]
        return keys

    def create_key(self, draft: Mapping[str, Any]) -> JsonObject:
        """Makes an API key; gives its record with the key itself as `key`."""
        return self._send("POST", "/api/keys", draft)

    def revoke_key(self, reference: str) -> JsonObject:
        """Revokes a key by id, name or shown prefix; gives its record."""
        return self._send("DELETE", f"/api/keys/{quote(reference, safe='')}")

    # --- people ----------------------------------------------------------------------------------------------------

    def list_people(self) -> list[JsonObject]:
        """Gives everybody on the hub, oldest account first; for its owner only."""
        people: list[JsonObject] = self._send("GET", "/api/people")["people"]
        return people

    def create_person(self, name: str) -> JsonObject:
        """Lets somebody in; gives {person, link: {url, token, expires_at}}."""
        return self._send("POST", "/api/people", {"name": name})

    def remove_person(self, person_id: str) -> None:
        """Removes a member."""
        self._send("DELETE", f"/api/people/{quote(person_id, safe='')}")

    def create_sign_in_link(self, person_id: str) -> JsonObject:
        """Makes a link by which the person signs in once; gives {url, token, expires_at}."""
        return self._send("POST", f"/api/people/{quote(person_id, safe='')}/sign-in-link")

    def get_me(self) -> JsonObject:
        """Gives who is asking: {person, session, key}."""
        return self._send("GET", "/api/me")

    def set_password(self, password: str, current: str | None) -> None:
        """Sets one's own password; `current` is needed when there is one already."""
        self._send("PUT", "/api/me/password", {"password": password, "current_password": current})

    # --- chats -----------------------------------------------------------------------------------------------------

    def create_chat(self, bot: str) -> JsonObject:
        """Begins a chat with a bot; gives it."""
        chat: JsonObject = self._send("POST", "/api/chats", {"bot": bot})["chat"]
        return chat

    def send_message(self, chat_id: str, body: Mapping[str, Any]) -> JsonObject:
        """Sends a message: {content, attachments, parameters}; gives {message, answer, query_id}.

        The answer is to be followed.
        """
        return self._send("POST", f"/api/chats/{quote(chat_id, safe='')}/messages", body)

    def get_message(self, message_id: str) -> JsonObject:
        """Gives a message of a chat, with fresh links to its files."""
        message: JsonObject = self._send("GET", f"/api/messages/{quote(message_id, safe='')}")["message"]
        return message

    def regenerate(self, message_id: str) -> JsonObject:
        """Asks for another answer in the place of one; gives {answer, query_id}."""
        return self._send("POST", f"/api/messages/{quote(message_id, safe='')}/regenerate", {})

    def upload_file(self, name: str, file: BinaryIO, content_type: str) -> JsonObject:
        """Sends a file's bytes; gives {id, name, content_type, size, url, expires_at}."""
        return self._send("POST", "/api/files", files={"file": (name, file, content_type)})

    def download_file(self, link: str, file: BinaryIO) -> None:
        """Writes a file of the hub into another; `link` is path and query of its signed link."""
        try:
            with self._http.stream("GET", link, headers={"Accept": "*/*"}) as response:
                if not response.is_success:
                    response.read()
                    raise self._refusal(response)
                for chunk in response.iter_bytes():
                    file.write(chunk)
        except httpx.TransportError as error:
            raise self._unreachable(error) from None

    # --- queries ---------------------------------------------------------------------------------------------------

    def get_query(self, query_id: str) -> JsonObject:
        """Gives a query with its state and its text so far."""
        return self._send("GET", f"{_query_path(query_id)}?events_limit=0")

    def inspect_query(self, query_id: str) -> JsonObject:
        """Gives a query with its exchange, all of its events, and the calls below it."""
        path = _query_path(query_id)
        query = self._send("GET", f"{path}?events_limit={EVENTS_PAGE}")
        events: list[JsonObject] = query["events"]
        page = events
        while len(page) == EVENTS_PAGE:
            page = self._send("GET", f"{path}?events_limit={EVENTS_PAGE}&events_after={page[-1]['number']}")["events"]
            events.extend(page)
        return query

    def list_queries(self, limit: int, bot: str | None) -> JsonObject:
        """Gives {queries, next_before}: the person's own messages to bots, newest first."""
        wanted = {"limit": str(limit)} | ({"bot": bot} if bot is not None else {})
        return self._send("GET", f"/api/queries?{urlencode(wanted)}")

    def get_exchange(self, query_id: str) -> JsonObject:
        """Gives an ended query as a test, in the format of `rookery.testing`."""
        return self._send("GET", f"{_query_path(query_id)}/exchange")

    def stop_query(self, query_id: str) -> JsonObject:
        """Stops a query and everything below it; gives it as it is then."""
        return self._send("POST", f"{_query_path(query_id)}/stop")

    def iter_events(self, query_id: str, after: int) -> Iterator[list[Frame]]:
        """Yields the events above a number in the pieces in which they arrive, until the hub closes the stream.

        Raises HubUnreachable when the connection breaks.
        """
        decoder = SseDecoder()
        path = f"{_query_path(query_id)}/events"
        timeout = httpx.Timeout(SILENCE_S, connect=CONNECT_S)
        headers = {"Accept": "text/event-stream"}
        try:
            with self._http.stream("GET", path, params={"after": after}, headers=headers, timeout=timeout) as response:
                if not response.is_success:
                    response.read()
                    raise self._refusal(response)
                for chunk in response.iter_bytes():
                    if frames := decoder.feed(chunk):
                        yield frames
        except httpx.TransportError as error:
            raise self._unreachable(error) from None
        except FrameTooLarge as error:
            raise CommandError(f"The hub at {self.url} sent something unreadable: {error}.") from None

    # --- sending, and what can go wrong ----------------------------------------------------------------------------

    def _send(
        self,
        method: str,
        path: str,
        body: Mapping[str, Any] | None = None,
        files: Mapping[str, tuple[str, BinaryIO, str]] | None = None,
    ) -> JsonObject:
        try:
            response = self._http.request(method, path, json=body, files=files)
        except httpx.TransportError as error:
            raise self._unreachable(error) from None
        if not response.is_success:
            raise self._refusal(response)
        if response.status_code == httpx.codes.NO_CONTENT:
            return {}
        parsed = _read_object(response)
        if parsed is None:
            raise self._no_hub(response)
        return parsed

    def _unreachable(self, error: httpx.TransportError) -> HubUnreachable:
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout):
            if is_this_machine(self.url):
                remedy = "Start one with: rookery up (or: rookery dev main.py)"
            else:
                remedy = "Check the address (--hub or ROOKERY_URL), or start one with: rookery up"
            cause = "" if "refused" in str(error).lower() else f" ({error})"
            return HubUnreachable(f"No hub answers at {self.url}{cause if str(error) else ''}.", remedy)
        if isinstance(error, httpx.TimeoutException):
            return HubUnreachable(f"The hub at {self.url} did not answer in time.", "Try again, or look at its log.")
        return HubUnreachable(f"The connection to the hub at {self.url} broke.", "Try again, or look at its log.")

    def _refusal(self, response: httpx.Response) -> CommandError:
        body = _read_object(response)
        error = body.get("error") if body is not None else None
        if not isinstance(error, dict) or not isinstance(error.get("message"), str):
            return self._no_hub(response)
        if response.status_code == httpx.codes.UNAUTHORIZED:
            return self._sign_in_needed(str(error.get("code", "")))
        remedy = error.get("remedy")
        return HubRefusal(
            response.status_code,
            str(error.get("code", "")),
            error["message"],
            remedy if isinstance(remedy, str) else "",
        )

    def _sign_in_needed(self, code: str) -> SignInNeeded:
        if self._credential is None:
            message = f"The hub at {self.url} asks who you are, and this machine has no API key for it."
            remedy = f"Set {KEY_VARIABLE}; a key is made with 'rookery keys create' where the hub was started."
        else:
            message = f"The hub at {self.url} does not accept the API key in {self._credential.source}."
            remedy = f"It is unknown there, expired or revoked: set {KEY_VARIABLE} to a valid one."
        return SignInNeeded(httpx.codes.UNAUTHORIZED, code, message, remedy)

    def _no_hub(self, response: httpx.Response) -> CommandError:
        remedy = "Name the hub's address with --hub or ROOKERY_URL."
        if response.is_redirect:
            return CommandError(f"{self.url} sends on to {response.headers['location']}.", remedy)
        if response.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
            return CommandError(f"The hub at {self.url} failed (HTTP status {response.status_code}).", "See its log.")
        return CommandError(f"What answers at {self.url} is not a Rookery hub.", remedy)


def _bot_path(name: str) -> str:
    if not name.strip("./") or "/" in name:
        # Such a name would become another path, and thereby another command.
        raise CommandError(f"'{name}' cannot be a bot's name.", "See: rookery bots list")
    return f"/api/bots/{quote(name, safe='')}"


def _query_path(query_id: str) -> str:
    if not query_id.strip("./") or "/" in query_id:
        raise CommandError(f"'{query_id}' cannot be the id of a query.", "See: rookery trace --list")
    return f"/api/queries/{quote(query_id, safe='')}"


def _read_object(response: httpx.Response) -> JsonObject | None:
    try:
        body = response.json()
    except ValueError:
        return None
    return body if isinstance(body, dict) else None
