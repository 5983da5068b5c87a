"""Lists of 20 among 1,000,000 jobs: every filter and order, first page and far along by cursor.

    python -m bench.list_jobs [--jobs 1000000] [--rounds 100] [--only search] [--dsn DSN]

Without --dsn it starts a throw-away embedded server. The time is that of the two or three statements that
`jobs.page_of` and `documents.page_of` send (rows, total, estimate), as a client on the Unix socket sees them: planning,
execution, transfer, and making values of the rows. Nine tenths of the jobs belong to the organization that asks.
"""

import argparse
import asyncio
import math
import shutil
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.support.postgres import new_data_folder

from docurift.model.document import DocumentStatus
from docurift.model.failure import FailureCode
from docurift.model.ids import OrganizationId
from docurift.model.job import DocumentType, JobStatus
from docurift.storage import documents, jobs, organizations
from docurift.storage.database import Connection, connect
from docurift.storage.embedded import EmbeddedServer
from docurift.storage.listing import (
    DocumentFilter,
    DocumentOrder,
    DocumentSort,
    JobFilter,
    JobOrder,
    JobSort,
    Listing,
    Window,
)
from docurift.storage.migrate import migrate
from docurift.storage.terms import terms_of

OURS = organizations.DEFAULT
LIMIT_MILLISECONDS = 20.0
NEWEST = datetime(2026, 1, 1, tzinfo=UTC)
DEEP_PARTS = 30

HEADS = ("invoice_", "scan ", "Lieferschein-", "statement of account ", "IMG_")
TAILS = (".pdf", ".PDF", ".jpg")

MAKE = """
create temporary table made as
select n, case when n % 10 = 9 then 'org_other' || n % 100 / 10 else '{ours}' end as organization_id,
       'job_' || lpad(n::text, 26, '0') as id, 'doc_' || lpad(n::text, 26, '0') as document_id,
       timestamptz '2026-01-01' - make_interval(secs => ({jobs} - n) * 10) as created_at,
       case when n > {jobs} - 2000 then 'pending' when n > {jobs} - 2100 then 'processing'
            when n % 50 = 0 then 'failed' else 'completed' end as status,
       (array['generic', 'generic', 'generic', 'invoice', 'receipt', 'contract'])[1 + n % 6] as document_type,
       (array[{heads}])[1 + n % 5] || lpad((n::bigint * 7919 % 1000003)::text, 7, '0')
           || (array[{tails}])[1 + n % 3] as file_name,
       jsonb_build_object('customer', 'c' || n % 1000, 'channel', (array['web', 'mail'])[1 + n % 2],
                          'order', n::text) as metadata
  from generate_series(1, {jobs}) as n
"""
LOAD_DOCUMENTS = """
insert into documents (id, organization_id, file_name, media_type, size_bytes, sha256, page_count, newest_job_id,
                       status, document_type, confidence, created_at, processed_at, folded_name)
select document_id, organization_id, file_name, 'application/pdf', 1000, encode(sha256(id::bytea), 'hex'), 3, id,
       case status when 'pending' then 'queued' else status end, document_type,
       case when status = 'completed' then (n * 31 % 1000) / 1000.0 end, created_at,
       case when status in ('completed', 'failed') then created_at + interval '3 seconds' end,
       lower(file_name)
  from made
"""
LOAD_JOBS = """
insert into jobs (id, organization_id, document_id, status, stage, progress, attempt, tries, lease_until,
                  document_type, priority, options, file_name, callback_metadata, page_count, pages_processed,
                  confidence, result_sha256, error_code, error_message, error_retryable, error_stage, created_at,
                  updated_at, started_at, completed_at, folded_name)
select id, organization_id, document_id, status, case when status = 'pending' then 'queued' else 'done' end,
       case when status = 'completed' then 100 else 0 end, 1, 1, case when status = 'processing' then now() end,
       document_type, 'normal', jsonb_build_object('document_type', document_type), file_name, metadata, 3, 3,
       case when status = 'completed' then 0.5 end, case when status = 'completed' then repeat('0', 64) end,
       case when status = 'failed' then (array['FILE_CORRUPT', 'PROCESSING_TIMEOUT'])[1 + n / 50 % 2] end,
       case when status = 'failed' then 'message' end, case when status = 'failed' then false end,
       case when status = 'failed' then 'load' end, created_at, created_at + make_interval(secs => n % 100),
       case when status <> 'pending' then created_at end,
       case when status in ('completed', 'failed') then created_at + interval '3 seconds' end,
       lower(file_name)
  from made
"""
TERMS_INDEX = "create index job_terms_by_term on job_terms using gin (terms)"

JOB_FILTERS: dict[str, JobFilter] = {
    "no filter": JobFilter(),
    **{f"status {status}": JobFilter(status=status) for status in JobStatus},
    "startDate, one day": JobFilter(
        created_from=NEWEST - timedelta(days=31), created_before=NEWEST - timedelta(days=30)
    ),
    "documentType invoice": JobFilter(document_type=DocumentType.INVOICE),
    "documentType air_waybill (none)": JobFilter(document_type=DocumentType.AIR_WAYBILL),
    "errorCode": JobFilter(error_code=FailureCode.FILE_CORRUPT),
    "status failed, type invoice": JobFilter(status=JobStatus.FAILED, document_type=DocumentType.INVOICE),
    "status failed, 100 days ago": JobFilter(status=JobStatus.FAILED, created_before=NEWEST - timedelta(days=100)),
    "batchId (none)": JobFilter(batch_id="batch_x"),
    "search pdf (2 of 3)": JobFilter(search="pdf"),
    "search statement of account (1 of 5)": JobFilter(search="statement of account"),
    "search 0012 (about 1 in 500)": JobFilter(search="0012"),
    "search 0012345 (one)": JobFilter(search="0012345"),
    "search _00123 (about 1 in 30,000)": JobFilter(search="_00123"),
    "search 7": JobFilter(search="7"),
    "search q (none)": JobFilter(search="q"),
    "search no such name": JobFilter(search="no such name"),
    "search scan, status failed": JobFilter(search="scan", status=JobStatus.FAILED),
    "metadata.channel (1 of 2)": JobFilter(metadata=(("channel", "web"),)),
    "metadata.customer (1 in 1,000)": JobFilter(metadata=(("customer", "c17"),)),
    "metadata.order (one)": JobFilter(metadata=(("order", "500000"),)),
    "metadata.order (none)": JobFilter(metadata=(("order", "x"),)),
}
JOB_ORDERS: dict[str, JobOrder] = {
    "createdAt asc": JobOrder(descending=False),
    "updatedAt desc": JobOrder(by=JobSort.UPDATED_AT),
    "updatedAt asc": JobOrder(by=JobSort.UPDATED_AT, descending=False),
}
DOCUMENT_FILTERS: dict[str, DocumentFilter] = {
    **{f"documents, status {status}": DocumentFilter(status=status) for status in DocumentStatus},
    "documents, documentType receipt": DocumentFilter(document_type=DocumentType.RECEIPT),
    "documents, search 0012 (about 1 in 500)": DocumentFilter(search="0012"),
    "documents, search invoice (1 of 5)": DocumentFilter(search="invoice"),
    "documents, search (id)": DocumentFilter(search=f"doc_{500_000:026d}"),
}

Ask = Callable[[Connection, Window], Awaitable[Listing[Any]]]


def asked() -> dict[str, Ask]:
    """Every list that is timed."""
    lists: dict[str, Ask] = {name: _jobs(filter_, JobOrder()) for name, filter_ in JOB_FILTERS.items()}
    lists |= {f"sort {name}": _jobs(JobFilter(), order) for name, order in JOB_ORDERS.items()}
    updated = JobOrder(by=JobSort.UPDATED_AT)
    lists["sort updatedAt, status failed"] = _jobs(JobFilter(status=JobStatus.FAILED), updated)
    lists["sort updatedAt, status processing"] = _jobs(JobFilter(status=JobStatus.PROCESSING), updated)
    lists |= {name: _documents(filter_, DocumentOrder()) for name, filter_ in DOCUMENT_FILTERS.items()}
    return lists | {f"documents, sort {by}": _documents(DocumentFilter(), DocumentOrder(by=by)) for by in DocumentSort}


def _jobs(filter_: JobFilter, order: JobOrder) -> Ask:
    return lambda conn, window: jobs.page_of(conn, organization_id=OURS, filter=filter_, order=order, window=window)


def _documents(filter_: DocumentFilter, order: DocumentOrder) -> Ask:
    return lambda conn, window: documents.page_of(
        conn, organization_id=OURS, filter=filter_, order=order, window=window
    )


async def load(conn: Connection, count: int) -> None:
    """A database with `count` jobs and as many documents, as autovacuum would have left it."""
    heads, tails = (", ".join(f"'{text}'" for text in texts) for texts in (HEADS, TAILS))
    await conn.execute("set synchronous_commit = off")
    await conn.execute("set maintenance_work_mem = '256MB'")
    for number in range(10):
        await conn.execute("insert into organizations (id, name) values (%s, 'other')", (f"org_other{number}",))
    await conn.execute(MAKE.format(ours=OURS, jobs=count, heads=heads, tails=tails).encode())
    for statement in (LOAD_DOCUMENTS, LOAD_JOBS, "drop index job_terms_by_term"):
        await conn.execute(statement.encode())
    rows = await (
        await conn.execute("select id, document_id, organization_id, file_name, metadata from made")
    ).fetchall()
    async with conn.cursor().copy("copy job_terms from stdin") as copy:
        for row in _term_rows(rows):
            await copy.write_row(row)
    await conn.execute(TERMS_INDEX.encode())
    for table in ("documents", "jobs", "job_terms"):
        await conn.execute(f"vacuum (analyze) {table}".encode())


def _term_rows(rows: list[dict[str, Any]]) -> Iterator[tuple[str, str, str]]:
    for row in rows:
        terms = terms_of(OrganizationId(row["organization_id"]), row["file_name"], row["metadata"])
        yield row["id"], row["document_id"], "{" + ",".join(map(str, terms)) + "}"


async def measure(conn: Connection, ask: Ask, rounds: int) -> tuple[list[float], list[float], int]:
    """Milliseconds of the first page and of parts far along, and the total that was answered."""
    await ask(conn, Window())  # what a list reads for the first time is the disk's matter
    first = [await _timed(conn, ask, Window()) for _ in range(rounds)]
    deep, cursor, total = list[float](), None, 0
    for _ in range(DEEP_PARTS):
        listing = await ask(conn, Window(limit=20, cursor=cursor))
        total, cursor = listing.total, listing.next_cursor
        if cursor is None:
            return first, deep, total
    deep = [await _timed(conn, ask, Window(limit=20, cursor=cursor)) for _ in range(rounds)]
    return first, deep, total


async def _timed(conn: Connection, ask: Ask, window: Window) -> float:
    begun = time.perf_counter()
    await ask(conn, window)
    return (time.perf_counter() - begun) * 1000


def row_of(name: str, first: list[float], deep: list[float], total: int) -> str:
    """One line of the table."""
    worst = max(_p99(first), _p99(deep) if deep else 0.0)
    cells = [f"{statistics.median(first):.1f}", f"{_p99(first):.1f}"]
    cells += [f"{statistics.median(deep):.1f}", f"{_p99(deep):.1f}"] if deep else ["-", "-"]
    verdict = "" if worst < LIMIT_MILLISECONDS else " **over**"
    return f"| {name} | {total:,} | {' | '.join(cells)}{verdict} |"


def _p99(times: list[float]) -> float:
    return sorted(times)[math.ceil(len(times) * 0.99) - 1]


async def run(dsn: str, arguments: argparse.Namespace) -> None:
    """Load if the database is empty, then print the table."""
    await migrate(dsn)
    async with await connect(dsn) as conn:
        if await (await conn.execute("select from jobs limit 1")).fetchone() is None:
            begun = time.perf_counter()
            await load(conn, arguments.jobs)
            print(f"{arguments.jobs:,} jobs loaded in {time.perf_counter() - begun:.0f} s\n", file=sys.stderr)
        print("| list | total | first page p50 ms | p99 | part 31 by cursor p50 | p99 |")
        print("|---|---|---|---|---|---|")
        for name, ask in asked().items():
            if arguments.only in name:
                print(row_of(name, *await measure(conn, ask, arguments.rounds)), flush=True)


async def main() -> None:
    """Run on the database that was named, or on one of our own."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=100)
    parser.add_argument("--only", default="")
    parser.add_argument("--dsn")
    arguments = parser.parse_args()
    if arguments.dsn:
        await run(arguments.dsn, arguments)
        return
    folder = new_data_folder()
    server = EmbeddedServer(folder)
    try:
        await run(await server.start(), arguments)
    finally:
        await server.stop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    asyncio.run(main())
