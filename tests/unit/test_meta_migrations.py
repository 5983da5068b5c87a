"""A `pre` migration runs while the previous release still does: it adds, and takes nothing away (F24)."""

import re
from collections.abc import Iterator
from importlib.resources.abc import Traversable

import pytest

from docurift.storage.migrate import MIGRATIONS, migrations

# What may break the release that still runs. Of tables that the same file makes, nothing does.
HARMFUL = {
    "removes": r"^drop (?!column|constraint|default|expression|identity|not null)|^truncate\b|^delete\b",
    "renames": r"\brename\b",
    "removes a part of a table": r"\bdrop (?:column|constraint|default|expression|identity)\b",
    "lets nulls in, which it may not expect": r"\bdrop not null\b",
    "refuses nulls that it writes": r"\bset not null\b",
    "changes a type": r"\balter (?:column )?\w+ (?:set data )?type\b",
    "adds a column that it does not fill": (
        r"\badd (?:column )?(?!constraint|check|unique|foreign|primary|exclude)\w+ "
        r"(?!.*\bdefault\b).*(?<!is )not null\b"
    ),
    "adds a rule that it may break": r"\badd constraint\b|\badd (?:check|unique|foreign key|primary key|exclude)\b",
    "makes unique what it may repeat": r"^create unique index\b",
    "has rows changed or refused": r"^create (?:or replace )?(?:constraint )?trigger\b|^create rule\b",
}
UNRELEASED = "nobody has run a release without it"
ALLOWED = {
    ("0002_pre_events_webhooks_batches", "jobs", "adds a rule that it may break"): UNRELEASED,
    ("0002_pre_events_webhooks_batches", "jobs", "makes unique what it may repeat"): UNRELEASED,
    ("0002_pre_events_webhooks_batches", "documents", "adds a rule that it may break"): UNRELEASED,
    ("0002_pre_events_webhooks_batches", "documents", "lets nulls in, which it may not expect"): UNRELEASED,
    ("0002_pre_events_webhooks_batches", "idempotency_keys", "adds a rule that it may break"): UNRELEASED,
    ("0002_pre_events_webhooks_batches", "idempotency_keys", "lets nulls in, which it may not expect"): UNRELEASED,
    ("0004_pre_kept_answers", "idempotency_keys", "removes a part of a table"): "the rule comes again, wider",
    ("0004_pre_kept_answers", "idempotency_keys", "adds a rule that it may break"): "what it writes is in it",
}


def statements(text: str) -> Iterator[str]:
    """In small letters and on one line each, without comments and bodies of functions."""
    plain = re.sub(r"\$(\w*)\$.*?\$\1\$", "''", re.sub(r"--[^\n]*", "", text), flags=re.DOTALL)
    for one in plain.split(";"):
        if words := " ".join(one.lower().split()):
            yield words


def table_of(statement: str) -> str:
    """What it changes, if it says so."""
    name = r" (?:if not exists |if exists |only )*([a-z_.]+)"
    found = re.search(r"^(?:alter|create|drop) table" + name, statement) or re.search(r"\bon" + name, statement)
    return found[1] if found else ""


def clauses(statement: str) -> list[str]:
    """The changes of an `alter table`, each for itself; another statement is one."""
    return re.split(r", (?=(?:add|alter|drop|rename)\b)", statement)


def harms(text: str) -> Iterator[tuple[str, str]]:
    """Table and harm of each change that may break the release that still runs."""
    made = {table_of(one) for one in statements(text) if one.startswith("create table")}
    for one in statements(text):
        if (table := table_of(one)) in made:
            continue
        for clause in clauses(one):
            yield from ((table, harm) for harm, pattern in HARMFUL.items() if re.search(pattern, clause))


@pytest.mark.parametrize("name", [migration.name for migration in migrations() if migration.phase == "pre"])
def test_a_pre_migration_takes_nothing_away(name: str) -> None:
    file: Traversable = MIGRATIONS / f"{name}.sql"
    found = {(name, table, harm) for table, harm in harms(file.read_text("utf-8"))}

    assert found - set(ALLOWED) == set(), "make it a `post` file, or say in ALLOWED why the old release bears it"


def test_every_exception_is_still_needed() -> None:
    found = {(one.name, *harm) for one in migrations() if one.phase == "pre" for harm in harms(one.text)}

    assert set(ALLOWED) - found == set()


@pytest.mark.parametrize(
    ("statement", "harm"),
    [
        ("drop table if exists jobs", "removes"),
        ("drop trigger a_job_never_goes_back on jobs", "removes"),
        ("alter table jobs rename to works", "renames"),
        ("ALTER TABLE jobs\n  RENAME COLUMN stage TO phase", "renames"),
        ("alter table jobs drop column stage", "removes a part of a table"),
        ("alter table jobs add column a text, drop constraint x", "removes a part of a table"),
        ("alter table jobs alter column stage set not null", "refuses nulls that it writes"),
        ("alter table jobs alter column stage drop not null", "lets nulls in, which it may not expect"),
        ("alter table jobs alter column stage type bytea", "changes a type"),
        ("alter table jobs alter stage set data type bytea", "changes a type"),
        ("alter table jobs add column a text not null", "adds a column that it does not fill"),
        ("alter table jobs add a int default 0, add b int not null", "adds a column that it does not fill"),
        ("alter table jobs add a int not null, add b int default 0", "adds a column that it does not fill"),
        ("alter table jobs add constraint x check (a is not null)", "adds a rule that it may break"),
        ("alter table jobs add unique (stage)", "adds a rule that it may break"),
        ("create unique index x on jobs (stage)", "makes unique what it may repeat"),
        ("create trigger x before update on jobs for each row execute function f()", "has rows changed or refused"),
    ],
)
def test_what_takes_away_is_found(statement: str, harm: str) -> None:
    assert list(harms(statement + ";")) == [("jobs", harm)]


@pytest.mark.parametrize(
    "statement", ["drop index jobs_by_type", "drop function f", "truncate jobs", "delete from jobs"]
)
def test_what_removes_is_found_whatever_it_is(statement: str) -> None:
    assert [harm for _, harm in harms(statement)] == ["removes"]


@pytest.mark.parametrize(
    "text",
    [
        "create table works (id text not null unique); create unique index x on works (id); drop table works;",
        "alter table jobs add column a text, add column b integer not null default 0;",
        "create index jobs_by_a on jobs (a);",
        "-- drop table jobs\ncreate function f() returns trigger language plpgsql as $$ drop table jobs; end; $$;",
        "alter table jobs alter column a set default 1; alter table jobs set (fillfactor = 70);",
    ],
)
def test_what_only_adds_is_not(text: str) -> None:
    assert list(harms(text)) == []
