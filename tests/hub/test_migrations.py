"""Migrations on data of earlier versions, on both kinds of database."""

from __future__ import annotations

from collections.abc import Callable

from alembic import command
from alembic.config import Config
from sqlalchemy import create_engine, inspect, text
from sqlalchemy.engine import Connection
from sqlalchemy.ext.asyncio import create_async_engine

from rookery.hub.storage.sql.accounts import SqlAccountStore
from rookery.hub.storage.sql.database import MIGRATIONS, Database

OLD_HUB = (
    "INSERT INTO persons (id, name, role, created_at) VALUES ('p-1', 'owner', 'owner', 1)",
    "INSERT INTO api_keys (id, person_id, name, shown_prefix, key_hash, created_at)"
    " VALUES ('key-1', 'p-1', 'laptop', 'rk-abc', 'hash', 1)",
)


async def run(url: str, work: Callable[[Connection], object]) -> None:
    if url.startswith("sqlite:"):
        sqlite = create_engine(url)
        with sqlite.begin() as connection:
            work(connection)
        sqlite.dispose()
        return
    engine = create_async_engine(url)
    async with engine.begin() as opened:
        await opened.run_sync(work)
    await engine.dispose()


def migrate(connection: Connection, to: Callable[[Config, str], None], revision: str) -> None:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.attributes["connection"] = connection
    to(config, revision)


async def test_a_hub_of_the_first_release_keeps_its_owner_and_keys(database_url: str) -> None:
    def first_release(connection: Connection) -> None:
        migrate(connection, command.upgrade, "0001")
        for statement in OLD_HUB:
            connection.execute(text(statement))

    await run(database_url, first_release)
    database = Database(database_url)
    await database.start()
    store = SqlAccountStore(database)
    owner, actor = await store.find_by_name("owner"), await store.find_by_hash("hash")
    await database.aclose()
    assert owner is not None
    assert actor is not None
    assert (owner.id, owner.has_password, owner.signed_in_at) == ("p-1", False, None)
    assert actor.person == owner


async def test_the_step_to_people_can_be_taken_back(database_url: str) -> None:
    def there_and_back(connection: Connection) -> None:
        migrate(connection, command.upgrade, "0001")
        for statement in OLD_HUB:
            connection.execute(text(statement))
        before = {column["name"] for column in inspect(connection).get_columns("persons")}
        migrate(connection, command.upgrade, "0002")
        migrate(connection, command.downgrade, "0001")
        assert {column["name"] for column in inspect(connection).get_columns("persons")} == before
        assert not inspect(connection).has_table("sessions")
        assert connection.execute(text("SELECT name FROM api_keys")).scalar_one() == "laptop"

    await run(database_url, there_and_back)
