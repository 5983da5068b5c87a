import asyncio
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from tests.support.postgres import Postgres

from docurift.storage.migrate import MigrationChangedError, migrate, migrations
from docurift.storage.queue import SCHEMA


@pytest.fixture
def empty_dsn(postgres: Postgres) -> Iterator[str]:
    name = postgres.create()
    yield postgres.dsn(name)
    postgres.drop(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write(tmp_path, "0002_pre_second", "insert into steps values ('0002_pre'); insert into steps values ('again')")
    write(tmp_path, "0001_post_first", "insert into steps values ('0001_post')")
    write(tmp_path, "0001_pre_first", "create table steps (name text); insert into steps values ('0001_pre 100%')")
    return tmp_path


def write(folder: Path, name: str, text: str) -> None:
    (folder / f"{name}.sql").write_text(text)


async def names(dsn: str, query: str) -> list[str]:
    async with await psycopg.AsyncConnection.connect(dsn, autocommit=True) as connection:
        cursor = await connection.execute(query)
        return [row[0] for row in await cursor.fetchall()]


def test_every_migration_of_this_release_is_named_by_the_rule() -> None:
    found = migrations()

    assert len({(migration.number, migration.phase) for migration in found}) == len(found)


async def test_files_are_applied_by_number_and_pre_before_post(empty_dsn: str, folder: Path) -> None:
    applied = await migrate(empty_dsn, folder=folder)

    assert applied == ["0001_pre_first", "0001_post_first", "0002_pre_second", SCHEMA]
    assert await names(empty_dsn, "select name from steps") == ["0001_pre 100%", "0001_post", "0002_pre", "again"]


async def test_a_second_run_applies_nothing(empty_dsn: str, folder: Path) -> None:
    await migrate(empty_dsn, folder=folder)

    assert await migrate(empty_dsn, folder=folder) == []


async def test_phases_are_applied_apart(empty_dsn: str, folder: Path) -> None:
    before = await migrate(empty_dsn, phase="pre", folder=folder)
    after = await migrate(empty_dsn, phase="post", folder=folder)

    assert before == ["0001_pre_first", "0002_pre_second", SCHEMA]
    assert after == ["0001_post_first"]


async def test_processes_at_the_same_time_apply_each_file_once(empty_dsn: str, folder: Path) -> None:
    applied = await asyncio.gather(*(migrate(empty_dsn, folder=folder) for _ in range(4)))

    assert sorted(len(one) for one in applied) == [0, 0, 0, 4]


async def test_a_file_changed_after_it_was_applied_is_refused(empty_dsn: str, folder: Path) -> None:
    await migrate(empty_dsn, folder=folder)
    write(folder, "0001_post_first", "select 1")
    write(folder, "0003_pre_third", "insert into steps values ('0003')")

    with pytest.raises(MigrationChangedError, match="0001_post_first"):
        await migrate(empty_dsn, folder=folder)

    assert "0003" not in await names(empty_dsn, "select name from steps")


async def test_a_file_that_fails_leaves_nothing_of_itself_and_stops_the_run(empty_dsn: str, folder: Path) -> None:
    write(folder, "0003_pre_bad", "insert into steps values ('bad'); select 1 / 0")
    write(folder, "0004_pre_later", "insert into steps values ('later')")

    with pytest.raises(psycopg.errors.DivisionByZero):
        await migrate(empty_dsn, folder=folder)

    assert not {"bad", "later"} & set(await names(empty_dsn, "select name from steps"))
    write(folder, "0003_pre_bad", "select 1")
    assert await migrate(empty_dsn, folder=folder) == ["0003_pre_bad", "0004_pre_later", SCHEMA]


async def test_a_statement_that_runs_in_no_transaction_is_run_in_none(empty_dsn: str, folder: Path) -> None:
    write(
        folder, "0003_pre_index", "-- no-transaction\ncreate index concurrently if not exists by_name on steps (name)"
    )

    await migrate(empty_dsn, folder=folder)

    assert "by_name" in await names(empty_dsn, "select indexname from pg_indexes")


async def test_a_file_of_another_name_is_refused(empty_dsn: str, folder: Path) -> None:
    write(folder, "0003_first", "select 1")

    with pytest.raises(ValueError, match="0003_first"):
        await migrate(empty_dsn, folder=folder)


async def test_the_queue_has_its_tables(empty_dsn: str, folder: Path) -> None:
    await migrate(empty_dsn, folder=folder)

    assert "pgqueuer" in await names(empty_dsn, "select tablename::text from pg_tables where schemaname = 'public'")
