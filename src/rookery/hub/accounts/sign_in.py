"""Rules of signing in: one-time links, passwords, and the sessions that both begin.

    link (24 h, once) ─┐
                       ├─► session: a cookie with a random token, 30 days since it was last used
    name + password  ──┘

Tokens are random (256 bits) and kept as keyed hashes. A refusal never tells whether a name exists.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from rookery.hub.accounts.attempts import SignInAttempts
from rookery.hub.accounts.model import Actor, Person, Session, SignInWay
from rookery.hub.accounts.names import name_key
from rookery.hub.accounts.passwords import Passwords
from rookery.hub.accounts.store import SignInStore
from rookery.hub.clock import Clock
from rookery.hub.errors import Conflict, NotAllowed, NotFound, NotSignedIn
from rookery.hub.vault import Vault, new_identifier, new_sign_in_token

LINK_LIFETIME = timedelta(hours=24)
SESSION_LIFETIME = timedelta(days=30)
SEEN_STEP = timedelta(hours=1)
"""How exactly it is kept when a session was last used: a write an hour, not one a request."""
FRESH_LINK = timedelta(hours=1)
"""After signing in by a link a forgotten password can be replaced for this long."""
AGENT_CHARACTERS = 200
ADDRESS_CHARACTERS = 64
CACHED_SESSIONS = 10_000


class SignInService:
    """Links, passwords and sessions.

    Good sessions are remembered in memory like keys; ending one forgets it at once (one process, decision 0003).
    """

    def __init__(self, store: SignInStore, vault: Vault, clock: Clock, passwords: Passwords) -> None:
        self._store = store
        self._vault = vault
        self._clock = clock
        self._passwords = passwords
        self._attempts = SignInAttempts(clock)
        self._actors: dict[str, Actor] = {}
        self._endings = 0
        # Browsers keep cookies by host, not by port: two hubs on one machine must not overwrite each other's.
        self.cookie_name = f"rookery_{vault.hash_credential('name of the session cookie')[:8]}"

    async def start(self) -> None:
        """Forgets what expired while the hub was away."""
        await self._store.delete_expired(self._clock.now())

    def close(self) -> None:
        """Ends the threads that hash passwords."""
        self._passwords.close()

    # --- beginning a session ---------------------------------------------------------------------------------------

    async def create_link(self, person: Person) -> tuple[str, datetime]:
        """Makes a sign-in link; gives its token, which is stored nowhere, and when it expires. Raises NotFound."""
        token, now = new_sign_in_token(), self._clock.now()
        expires_at = now + LINK_LIFETIME
        if not await self._store.save_link(person.id, self._vault.hash_credential(token), now, expires_at):
            raise NotFound("unknown_person", f"The account of '{person.name}' has been removed.")
        return token, expires_at

    async def by_link(self, token: str, *, agent: str, address: str) -> tuple[Person, str]:
        """Uses up a link; gives the person and the new session's token.

        Raises NotSignedIn when it is unknown, used or expired, TooMany after many failures from this address.
        """
        attempt = self._attempts.begin(address)
        session, session_token = self._new_session("", "link", agent, address)
        person = await self._store.begin_by_link(
            self._vault.hash_credential(token), session, self._vault.hash_credential(session_token)
        )
        if person is None:
            raise NotSignedIn(
                "link_not_accepted",
                "This sign-in link is unknown, used or expired: each works once, for 24 hours.",
                "Ask the hub's owner for another: rookery users link NAME",
            )
        attempt.succeeded()
        return person, session_token

    async def by_password(self, name: str, password: str, *, agent: str, address: str) -> tuple[Person, str]:
        """Gives the person and the new session's token.

        Raises NotSignedIn for any name and password that do not fit, TooMany after many failures.
        """
        key = name_key(name)
        attempt = self._attempts.begin(address, key)
        found = await self._store.find_password(key)
        person, password_hash = found if found is not None else (None, None)
        if await self._passwords.verify(password, password_hash) and person is not None and password_hash is not None:
            session, session_token = self._new_session(person.id, "password", agent, address)
            token_hash = self._vault.hash_credential(session_token)
            present = await self._store.begin_by_password(session, token_hash, password_hash)
            if present is not None:
                attempt.succeeded()
                return present, session_token
        raise NotSignedIn(
            "not_accepted",
            "This name and password do not fit.",
            "Check both, or ask the hub's owner for a sign-in link: rookery users link NAME",
        )

    def _new_session(self, person_id: str, way: SignInWay, agent: str, address: str) -> tuple[Session, str]:
        now = self._clock.now()
        session = Session(
            id=new_identifier("s"),
            person_id=person_id,
            began_by=way,
            created_at=now,
            seen_at=now,
            expires_at=now + SESSION_LIFETIME,
            agent=_printable(agent)[:AGENT_CHARACTERS],
            address=_printable(address)[:ADDRESS_CHARACTERS],
        )
        return session, new_sign_in_token()

    # --- using and ending sessions ---------------------------------------------------------------------------------

    async def find_actor(self, token: str) -> Actor | None:
        """Gives who a session's token belongs to; None for an unknown, ended or expired one."""
        token_hash = self._vault.hash_credential(token)
        actor = self._actors.get(token_hash)
        endings = self._endings
        if actor is None:
            actor = await self._store.find_session(token_hash)
        now = self._clock.now()
        session = actor.session if actor is not None else None
        if actor is None or session is None or session.expires_at <= now:
            self._actors.pop(token_hash, None)
            return None
        is_due = now - session.seen_at >= SEEN_STEP
        if is_due:
            session = replace(session, seen_at=now, expires_at=now + SESSION_LIFETIME)
            actor = replace(actor, session=session)
        # What ended while the store was read must not be remembered as good.
        if endings == self._endings and (len(self._actors) < CACHED_SESSIONS or token_hash in self._actors):
            self._actors[token_hash] = actor
        if is_due:
            await self._store.extend_session(session)
        return actor

    async def list_sessions(self, person: Person) -> list[Session]:
        """Gives a person's sessions, last used first."""
        return await self._store.list_sessions(person.id, self._clock.now())

    async def end_session(self, person: Person, session_id: str) -> None:
        """Ends one of the person's sessions; raises NotFound."""
        known = await self._store.delete_session(person.id, session_id)
        self._forget(lambda actor: actor.session is not None and actor.session.id == session_id)
        if not known:
            raise NotFound("unknown_session", "You have no such session.", "See: GET /api/me/sessions")

    def forget(self, person_id: str) -> None:
        """Drops what is remembered of a person, because the store says something else now."""
        self._forget(lambda actor: actor.person.id == person_id)

    def _forget(self, is_meant: Callable[[Actor], bool]) -> None:
        self._endings += 1
        self._actors = {token: actor for token, actor in self._actors.items() if not is_meant(actor)}

    # --- passwords -------------------------------------------------------------------------------------------------

    async def set_password(self, actor: Actor, password: str, current: str | None, *, address: str) -> None:
        """Sets the actor's own password, and ends every session and link of theirs.

        The current one is asked for, unless there is none or the actor has just signed in by a link. Raises BadInput
        for a bad length, NotAllowed when the current one does not fit, TooMany, Conflict when it changed meanwhile.
        """
        person = actor.person
        stored = await self._store.get_password(person.id)
        if stored is not None and not self._came_by_link(actor):
            attempt = self._attempts.begin(address, person.name_key)
            if not await self._passwords.verify(current or "", stored):
                raise NotAllowed(
                    "wrong_password",
                    "The current password does not fit.",
                    "Forgotten? Sign in with a new link (rookery users link NAME), then set one within the hour.",
                )
            attempt.succeeded()
        if not await self._store.save_password(person.id, await self._passwords.hash(password), stored):
            raise Conflict("password_changed", "The password was changed somewhere else meanwhile.", "Try again.")
        self.forget(person.id)

    def _came_by_link(self, actor: Actor) -> bool:
        session = actor.session
        return (
            session is not None and session.began_by == "link" and self._clock.now() - session.created_at < FRESH_LINK
        )

    async def begin_again(self, actor: Actor, *, agent: str, address: str) -> str | None:
        """Gives a new session's token to somebody signed in whose sessions a new password has just ended.

        None for somebody who came by a key: they had no session.
        """
        if actor.session is None:
            return None
        password_hash = await self._store.get_password(actor.person.id)
        session, token = self._new_session(actor.person.id, "password", agent, address)
        if password_hash is None:
            return None
        begun = await self._store.begin_by_password(session, self._vault.hash_credential(token), password_hash)
        return token if begun is not None else None


def _printable(text: str) -> str:
    return "".join(character for character in text if character.isprintable())
