"""Brings a database to this release's schema.

A migration is a file `migrations/NNNN_{pre,post}_what.sql`. A `pre` file is safe while the previous release still runs
(it adds), a `post` file once the previous release is gone (it removes). Files are applied by number, `pre` before
`post`, each in a transaction of its own. A file whose first line is `-- no-transaction` holds one statement that cannot
run in one (`create index concurrently if not exists …`) and that may be repeated.
"""

import hashlib
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final, Literal, LiteralString, cast

from docurift.storage import queue
from docurift.storage.database import Connection, connect, session_options

Phase = Literal["pre", "post", "all"]
MIGRATIONS: Final[Traversable] = files("docurift.storage") / "migrations"

_NAME: Final = re.compile(r"(?P<number>\d{4})_(?P<phase>pre|post)_(?P<what>[a-z0-9_]+)\.sql")
_NO_TRANSACTION: Final = "-- no-transaction"
# One lock for every DocuRift on a database; the number is "DocuRift" in ASCII.
_LOCK: Final = 0x446F63755269_6674
# A migration that waits for a lock makes all later queries on that table wait behind it.
_LOCK_SECONDS: Final = 10

_CREATE_TABLE: Final = """
    create table if not exists schema_migrations (
        name text primary key,
        sha256 text not null,
        applied_at timestamptz not null default now()
    )
"""


class MigrationChangedError(Exception):
    """A migration was edited after it had been applied; the database and the files no longer agree."""

    def __init__(self, name: str) -> None:
        super().__init__(f"migration {name} was changed after it had been applied: write a new one instead")
        self.name = name


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One file."""

    name: str
    number: int
    phase: Literal["pre", "post"]
    text: str

    @property
    def sha256(self) -> str:
        """Hash of the file, hexadecimal."""
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def in_transaction(self) -> bool:
        """Whether it runs in a transaction."""
        return not self.text.startswith(_NO_TRANSACTION)


async def migrate(dsn: str, *, phase: Phase = "all", folder: Traversable = MIGRATIONS) -> list[str]:
    """Apply what is missing of `phase`, and the queue's own schema, one process at a time; answers their names.

    Raises:
        MigrationChangedError: a file differs from what was applied under its name. Nothing is applied then.
        Unavailable: the database could not be reached.
    """
    wanted = [migration for migration in migrations(folder) if phase in ("all", migration.phase)]
    async with _alone(dsn) as connection:
        await connection.execute(_CREATE_TABLE)
        applied = await _applied(connection)
        _refuse_changed(wanted, applied)
        missing = [migration for migration in wanted if migration.name not in applied]
        for migration in missing:
            await _apply(connection, migration)
        names = [migration.name for migration in missing]
        if phase != "post" and queue.SCHEMA not in applied:
            await _install_queue(connection, dsn)
            names.append(queue.SCHEMA)
    return names


def migrations(folder: Traversable = MIGRATIONS) -> list[Migration]:
    """Every migration in `folder`, this release's unless told otherwise, in the order of application.

    Raises:
        ValueError: a file's name has not the form `NNNN_{pre,post}_what.sql`.
    """
    found = [_parse(entry.name, entry.read_text("utf-8")) for entry in folder.iterdir() if entry.name.endswith(".sql")]
    return sorted(found, key=lambda migration: (migration.number, migration.phase == "post", migration.name))


def _parse(name: str, text: str) -> Migration:
    match = _NAME.fullmatch(name)
    if match is None:
        raise ValueError(f"{name} is not named NNNN_pre_what.sql or NNNN_post_what.sql")
    phase: Literal["pre", "post"] = "pre" if match["phase"] == "pre" else "post"
    return Migration(name=name.removesuffix(".sql"), number=int(match["number"]), phase=phase, text=text)


@asynccontextmanager
async def _alone(dsn: str) -> AsyncGenerator[Connection]:
    """A connection that holds the advisory lock; others wait for it as long as it takes."""
    async with await connect(dsn, options=session_options(statement_seconds=0, lock_seconds=0)) as connection:
        await connection.execute("select pg_advisory_lock(%s)", (_LOCK,))
        await connection.execute("select set_config('lock_timeout', %s, false)", (f"{_LOCK_SECONDS}s",))
        yield connection


async def _applied(connection: Connection) -> dict[str, str]:
    cursor = await connection.execute("select name, sha256 from schema_migrations")
    return {row["name"]: row["sha256"] for row in await cursor.fetchall()}


def _refuse_changed(wanted: list[Migration], applied: dict[str, str]) -> None:
    for migration in wanted:
        if applied.get(migration.name, migration.sha256) != migration.sha256:
            raise MigrationChangedError(migration.name)


async def _apply(connection: Connection, migration: Migration) -> None:
    # The files are part of this package. Without parameters psycopg sends the text as it is.
    text = cast("LiteralString", migration.text)
    if migration.in_transaction:
        async with connection.transaction():
            await connection.execute(text)
            await _record(connection, migration.name, migration.sha256)
    else:
        await connection.execute(text)
        await _record(connection, migration.name, migration.sha256)


async def _install_queue(connection: Connection, dsn: str) -> None:
    await queue.install(dsn)
    await _record(connection, queue.SCHEMA, "")


async def _record(connection: Connection, name: str, sha256: str) -> None:
    await connection.execute("insert into schema_migrations (name, sha256) values (%s, %s)", (name, sha256))
