"""Settings of the hub: name, default, unit and meaning; the only reader of the environment on the hub's side.

Every field can be set as `ROOKERY_<NAME>` in the environment (or handed to `HubSettings` by the command line).
Bots' variables (`POE_ACCESS_KEY`, `ROOKERY_URL`) are not read here: they belong to bot processes.
"""

from __future__ import annotations

from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from platformdirs import user_data_dir
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from rookery.protocol import limits

LOOPBACK_NAMES = frozenset({"localhost", "localhost.localdomain", "ip6-localhost"})


class HubSettings(BaseSettings):
    """All settings of one hub process."""

    model_config = SettingsConfigDict(env_prefix="ROOKERY_", frozen=True, extra="forbid")

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: int = Field(default=8080, ge=0, le=65535)
    """Port to listen on; 0 takes a free one."""
    public_url: str | None = None
    """Base URL under which people and bots reach the hub, for links to files; unset: the address it listens on."""
    data_dir: Path = Field(default_factory=lambda: Path(user_data_dir("rookery", appauthor=False)))
    """Folder of the database and the hub's secret; made when it is missing, readable by its owner only. Unset: the
    user's own data folder."""
    database_url: str | None = None
    """SQLAlchemy URL; unset means SQLite in the data folder."""
    files_url: str | None = None
    """Where files are kept: a URL such as `s3://bucket/folder` or `file:///folder`; unset: a folder in the data
    folder."""

    max_bot_calls: int = Field(default=limits.BOT_CALLS, ge=0)
    """Calls between bots below one message of a person, all bots together."""
    max_call_depth: int = Field(default=limits.CALL_DEPTH, ge=0)
    """Deepest level of calls; the bot that a person talks to has depth 0."""
    first_byte_s: float = Field(default=limits.FIRST_BYTE_S, gt=0)
    """Seconds until a bot's first byte."""
    reply_s: float = Field(default=limits.REPLY_S, gt=0)
    """Seconds for a whole answer with everything it calls."""
    reply_characters: int = Field(default=limits.REPLY_CHARACTERS, gt=0)
    """Characters of one answer."""
    reply_events: int = Field(default=limits.REPLY_EVENTS, gt=0)
    """Events of one answer."""
    history_messages: int = Field(default=limits.HISTORY_MESSAGES, gt=0)
    """Messages of history sent to a bot."""
    max_body_bytes: int = Field(default=32 * 1024 * 1024, gt=0)
    """Bytes of one request to the hub."""

    file_bytes: int = Field(default=limits.FILE_BYTES, gt=0)
    """Bytes of one file."""
    file_link_s: int = Field(default=7 * 24 * 3600, ge=limits.FILE_LINK_S, le=100 * 366 * 24 * 3600)
    """Seconds for which a link to a file is good; bots need at least ten minutes."""
    file_grace_s: float = Field(default=7 * 24 * 3600, ge=0)
    """Seconds for which a file is kept that no message refers to."""
    parse_s: float = Field(default=20.0, gt=0, le=3600)
    """Seconds, by the clock and of processor time, for reading one attached file."""
    parse_memory_mb: int = Field(default=1024, ge=64, le=1_048_576)
    """Mebibytes that a process which reads attached files may take for one file."""
    parse_workers: int = Field(default=2, ge=1, le=64)
    """Processes that read attached files at the same time; they end when there is nothing to read."""

    settings_pull_interval_s: float = Field(default=1.0, ge=0)
    """Least seconds between two automatic pulls of one bot's settings."""
    retry_pause_s: float = Field(default=0.5, ge=0)
    """Seconds before the one repetition of a query that failed before anything was shown."""
    journal_interval_s: float = Field(default=0.1, gt=0)
    """Seconds between two writes of the journal: what a killed hub may lose of a running answer."""
    query_days: float = Field(default=30, gt=0, le=36_500)
    """Days for which exchanges (requests, events, notes) are kept for the inspector; messages of chats stay."""
    query_keep_max: int = Field(default=10_000, gt=0)
    """Exchanges kept for each person, one for each message with everything below it; the oldest go first."""
    keep_alive_s: float = Field(default=15.0, gt=0)
    """Seconds of silence after which a comment line is sent on an open stream."""
    stand_in_pause_s: float = Field(default=0.015, ge=0)
    """Seconds between two words of a stand-in."""
    suggestion_bot: str | None = None
    """Name of the bot that suggests replies for bots which ask for that (`meta.suggested_replies`); unset: nobody."""
    vision_bot: str | None = None
    """Name of the bot that describes pictures for bots with `enable_image_comprehension`; unset: their format, size
    and colours are told."""
    allow_private_urls: bool | None = None
    """Whether bots may live at private or loopback addresses; unset: yes while the hub itself listens on loopback."""

    @property
    def private_urls_allowed(self) -> bool:
        """The value of `allow_private_urls` with its default filled in (design 3.3)."""
        if self.allow_private_urls is not None:
            return self.allow_private_urls
        # Behind a proxy the hub listens on loopback and serves others all the same.
        public_host = urlsplit(self.public_url).hostname if self.public_url else None
        return is_loopback(self.host) and (public_host is None or is_loopback(public_host))

    @property
    def sqlalchemy_url(self) -> str:
        """The database's URL with its default filled in."""
        return self.database_url or f"sqlite:///{(self.data_dir / 'rookery.db').absolute()}"

    def limits(self) -> limits.Limits:
        """The limits that hold for one answer."""
        return limits.Limits(
            first_byte_s=self.first_byte_s,
            reply_s=self.reply_s,
            reply_characters=self.reply_characters,
            reply_events=self.reply_events,
            history_messages=self.history_messages,
            bot_calls=self.max_bot_calls,
            call_depth=self.max_call_depth,
        )


def is_loopback(host: str) -> bool:
    """Tells whether a host name or address can only be reached from this machine."""
    if host.lower() in LOOPBACK_NAMES:
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False
