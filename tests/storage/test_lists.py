"""Lists answer what their filters ask for, in order, whole and once, by page and by cursor."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from tests.support.submissions import CORRUPT, ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.finish import fail
from docurift.model.document import Document, DocumentStatus
from docurift.model.failure import FailureCode
from docurift.model.job import DocumentType, Job, JobOptions, JobStatus
from docurift.storage import documents, jobs
from docurift.storage.listing import (
    DocumentFilter,
    DocumentOrder,
    DocumentSort,
    InvalidCursorError,
    JobFilter,
    JobOrder,
    JobSort,
    Listing,
    PageTooDeepError,
    Window,
)

pytestmark = pytest.mark.committed

NAMES = ["Invoice 2024-01.pdf", "invoice 2024-02.pdf", "Rechnung_Müller.PDF", "x", "50% off.pdf", "scan_0001.tif"]
EVER = datetime(2000, 1, 1, tzinfo=UTC)


async def _some_jobs(store: Store) -> list[Job]:
    """Twelve jobs in all states, oldest first, and one of another organization."""
    await store.submit(name="Invoice of theirs.pdf", organization=OTHER_ORGANIZATION, metadata={"order": "A-1"})
    made = list[Job]()
    for number in range(12):
        options = JobOptions(document_type=DocumentType.INVOICE if number % 3 == 0 else DocumentType.GENERIC)
        metadata = {"order": f"A-{number % 2}", "count": number, "urgent": number % 4 == 0}
        job = (await store.submit(name=NAMES[number % 6], options=options, metadata=metadata)).job
        if number % 4 > 0:
            lease = await store.taken(job.id)
            if number % 4 == 2:
                await store.complete(lease)
            if number % 4 == 3:
                await fail(store.db, lease, CORRUPT)
        made.append(job)
    async with store.db.reading() as conn:
        found = [await jobs.by_id(conn, organization_id=ORGANIZATION, job_id=job.id) for job in made]
    return [job for job in found if job is not None]


async def _list(
    store: Store, filter_: JobFilter | None = None, order: JobOrder | None = None, window: Window | None = None
) -> Listing[Job]:
    async with store.db.reading() as conn:
        return await jobs.page_of(
            conn,
            organization_id=ORGANIZATION,
            filter=filter_ or JobFilter(),
            order=order or JobOrder(),
            window=window or Window(limit=100),
        )


async def test_every_job_filter_finds_what_it_names(store: Store) -> None:
    made = await _some_jobs(store)
    middle = made[5].created_at
    cases: list[tuple[JobFilter, Callable[[Job], bool]]] = [
        (JobFilter(), lambda _: True),
        *((JobFilter(status=status), lambda job, s=status: job.status is s) for status in JobStatus),
        (JobFilter(created_from=middle), lambda job: job.created_at >= middle),
        (JobFilter(created_before=middle), lambda job: job.created_at < middle),
        (
            JobFilter(document_type=DocumentType.INVOICE),
            lambda job: job.options.document_type is DocumentType.INVOICE,
        ),
        (JobFilter(document_id=made[3].document_id), lambda job: job.id == made[3].id),
        (JobFilter(batch_id="batch_x"), lambda _: False),
        (JobFilter(error_code=FailureCode.FILE_CORRUPT), lambda job: job.failure is not None),
        (JobFilter(error_code=FailureCode.WORKER_LOST), lambda _: False),
        *(
            (JobFilter(search=text), lambda job, t=text: t.lower() in job.file_name.lower())
            for text in ("INVOICE", "müller", "x", "e", "%", "_", "2024-0", "nvoice 2024-02.pdf", "nothing", "00", "\\")
        ),
        (
            JobFilter(metadata=(("order", "A-1"),)),
            lambda job: (job.callback_metadata or {})["order"] == "A-1",
        ),
        (JobFilter(metadata=(("count", "7"),)), lambda job: job.id == made[7].id),
        (
            JobFilter(metadata=(("urgent", "true"), ("order", "A-0"))),
            lambda job: (job.callback_metadata or {})["urgent"] is True,
        ),
        (JobFilter(metadata=(("order", "A-9"),)), lambda _: False),
        (
            JobFilter(status=JobStatus.COMPLETED, search="rechnung", metadata=(("order", "A-0"),)),
            lambda job: job.status is JobStatus.COMPLETED and job.file_name.startswith("Rechnung"),
        ),
    ]

    for filter_, wanted in cases:
        listed = await _list(store, filter_)

        expected = [job.id for job in reversed(made) if wanted(job)]
        assert [job.id for job in listed.items] == expected, filter_
        assert (listed.total, listed.total_is_estimate) == (len(expected), False), filter_


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", list(JobSort))
async def test_jobs_walked_by_cursor_or_page_are_whole_and_in_order(
    store: Store, by: JobSort, *, descending: bool
) -> None:
    made = await _some_jobs(store)
    order = JobOrder(by=by, descending=descending)
    expected = sorted(made, key=lambda job: (job.created_at if by is JobSort.CREATED_AT else job.updated_at, job.id))
    ids = [job.id for job in (reversed(expected) if descending else expected)]

    walked, window = list[str](), Window(limit=5)
    while True:
        part = await _list(store, order=order, window=window)
        walked += [job.id for job in part.items]
        if part.next_cursor is None:
            break
        window = Window(limit=5, cursor=part.next_cursor)
    paged = [await _list(store, order=order, window=Window(limit=5, page=page)) for page in (1, 2, 3, 4)]

    assert walked == ids
    assert part.page == 3
    assert [job.id for one in paged for job in one.items] == ids
    assert [len(one.items) for one in paged] == [5, 5, 2, 0]


async def test_a_job_that_comes_while_walking_does_not_shift_the_walk(store: Store) -> None:
    made = await _some_jobs(store)
    first = await _list(store, window=Window(limit=6))
    await store.submit()

    rest = await _list(store, window=Window(limit=6, cursor=first.next_cursor))

    assert [job.id for job in first.items + rest.items] == [job.id for job in reversed(made)]


async def test_a_cursor_serves_only_the_list_it_came_from(store: Store) -> None:
    await _some_jobs(store)
    cursor = (await _list(store, window=Window(limit=2))).next_cursor
    assert cursor is not None
    window = Window(limit=2, cursor=cursor)

    with pytest.raises(InvalidCursorError):
        await _list(store, JobFilter(status=JobStatus.FAILED), window=window)
    with pytest.raises(InvalidCursorError):
        await _list(store, order=JobOrder(descending=False), window=window)
    for damaged in (cursor[:-1], cursor + "A", "", "!", cursor.swapcase(), "é"):
        with pytest.raises(InvalidCursorError):
            await _list(store, window=Window(limit=2, cursor=damaged))
    async with store.db.reading() as conn:
        with pytest.raises(InvalidCursorError):
            await jobs.page_of(
                conn, organization_id=OTHER_ORGANIZATION, filter=JobFilter(), order=JobOrder(), window=window
            )


async def test_pages_beyond_ten_thousand_rows_are_refused(store: Store) -> None:
    assert (await _list(store, window=Window(limit=100, page=100))).items == ()

    with pytest.raises(PageTooDeepError):
        await _list(store, window=Window(limit=100, page=101))


async def test_statistics_count_what_the_filter_finds(store: Store) -> None:
    made = await _some_jobs(store)

    async with store.db.reading() as conn:
        everything = await jobs.stats(conn, organization_id=ORGANIZATION, filter=JobFilter())
        invoices = await jobs.stats(
            conn, organization_id=ORGANIZATION, filter=JobFilter(document_type=DocumentType.INVOICE)
        )

    assert everything.by_status == dict.fromkeys(JobStatus, 3)
    assert everything.by_document_type == {"generic": 8, "invoice": 4}
    assert everything.total == len(made)
    assert everything.oldest_pending_seconds is not None
    assert 0 <= everything.oldest_pending_seconds < 60
    assert everything.pages_per_minute == 3 * 2 / 5
    assert invoices.by_document_type == {"invoice": 4}


async def _list_documents(
    store: Store,
    filter_: DocumentFilter | None = None,
    order: DocumentOrder | None = None,
    window: Window | None = None,
) -> Listing[Document]:
    async with store.db.reading() as conn:
        return await documents.page_of(
            conn,
            organization_id=ORGANIZATION,
            filter=filter_ or DocumentFilter(),
            order=order or DocumentOrder(),
            window=window or Window(limit=100),
        )


async def test_every_document_filter_finds_what_it_names(store: Store) -> None:
    await _some_jobs(store)
    made = (await _list_documents(store)).items
    middle = made[5].created_at
    cases: list[tuple[DocumentFilter, Callable[[Document], bool]]] = [
        *((DocumentFilter(status=status), lambda one, s=status: one.status is s) for status in DocumentStatus),
        (
            DocumentFilter(created_from=middle, created_before=middle + timedelta(days=1)),
            lambda d: d.created_at >= middle,
        ),
        (DocumentFilter(document_type=DocumentType.INVOICE), lambda one: one.document_type == "invoice"),
        (DocumentFilter(search="invoice"), lambda one: "invoice" in one.file_name.lower()),
        (DocumentFilter(search=made[4].id), lambda one: one.id == made[4].id),
    ]

    for filter_, wanted in cases:
        expected = [one.id for one in made if wanted(one)]
        assert [one.id for one in (await _list_documents(store, filter_)).items] == expected, filter_
        assert expected


@pytest.mark.parametrize("descending", [True, False])
@pytest.mark.parametrize("by", list(DocumentSort))
async def test_documents_walked_by_cursor_are_whole_and_in_order(
    store: Store, by: DocumentSort, *, descending: bool
) -> None:
    await _some_jobs(store)
    made = (await _list_documents(store)).items
    keys: dict[DocumentSort, Callable[[Document], tuple[object, str]]] = {
        DocumentSort.CREATED_AT: lambda one: (one.created_at, one.id),
        DocumentSort.PROCESSED_AT: lambda one: (one.processed_at or EVER, one.id),
        DocumentSort.FILE_NAME: lambda one: (one.file_name.encode(), one.id),
        DocumentSort.CONFIDENCE: lambda one: (-1 if one.confidence is None else one.confidence, one.id),
    }
    expected = [one.id for one in sorted(made, key=keys[by], reverse=descending)]  # type: ignore[arg-type]

    walked, window = list[str](), Window(limit=5)
    while True:
        part = await _list_documents(store, order=DocumentOrder(by=by, descending=descending), window=window)
        walked += [one.id for one in part.items]
        if part.next_cursor is None:
            break
        window = Window(limit=5, cursor=part.next_cursor)

    assert walked == expected
