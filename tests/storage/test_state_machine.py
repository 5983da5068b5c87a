"""Random lives of jobs on a real database, against a model of what may be true (reliability.md section 4)."""

import asyncio
import shutil
from collections.abc import Coroutine
from typing import Any, ClassVar, TypeVar

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import (
    Bundle,
    MultipleResults,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from hypothesis.strategies import sampled_from
from tests.support.expected_lives import FINAL, Lives
from tests.support.postgres import new_data_folder
from tests.support.submissions import CORRUPT, LEASE_SECONDS, MAX_TRIES, ORGANIZATION, SECRETS, Store, a_file

from docurift.actions.admit import admit
from docurift.actions.batch_submit import AskedItem, BatchOrder, submit_batch
from docurift.actions.cancel import JobAlreadyFinalError, cancel
from docurift.actions.delete import (
    DocumentBusyError,
    DocumentDeletedError,
    JobNotFinalError,
    JobNotFoundError,
    delete_document,
    delete_job,
)
from docurift.actions.finish import fail
from docurift.actions.housekeep import rescue
from docurift.actions.progress import report
from docurift.actions.retry import DocumentGoneError, retry
from docurift.actions.submit import IdempotencyKey, Submitted
from docurift.actions.take import Lease, LeaseLostError, release, renew
from docurift.model.failure import Stage
from docurift.model.ids import DocumentId, JobId
from docurift.model.job import JobOptions, JobStatus
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.shares import WINDOW

_T = TypeVar("_T")
LIFE_SECONDS = 3600
AGED = "update jobs set created_at = created_at - interval '2 seconds' where status = 'pending'"
DOCUMENT_IS_DUE = "update documents set expires_at = now() where expires_at is not null and id = %s"
RESULT_IS_DUE = "update results set expires_at = now() where expires_at is not null and job_id = %s"
NEEDED = (
    "select sha256 from results union select pages_sha256 from results"
    " union select sha256 from documents where deleted_at is null"
)


class JobLives(RuleBasedStateMachine):
    """Workers, users, crashes and housekeeping in any order."""

    loop: ClassVar[asyncio.AbstractEventLoop]
    store: ClassVar[Store]
    jobs = Bundle("jobs")
    leases = Bundle("leases")

    def __init__(self) -> None:
        super().__init__()
        self.expected = Lives()
        self.keys: dict[str, JobId] = {}
        self._run(self._clear())

    @rule(target=jobs)
    def submit(self) -> JobId:
        return self._submitted(self._run(self.store.submit()))

    @rule(target=jobs)
    def submit_what_expires(self) -> JobId:
        options = JobOptions(expires_after_seconds=LIFE_SECONDS)
        return self._submitted(self._run(self.store.submit(options=options)), expires=True)

    @rule(target=jobs)
    def submit_again_under_one_key(self) -> JobId:
        submitted = self._run(self.store.submit(key=IdempotencyKey(key="k", fingerprint=b"f")))
        earlier = self.keys.get("k")
        assert submitted.replayed == (earlier in self.expected.jobs)
        if submitted.replayed:
            assert submitted.job.id == earlier
        else:
            self._submitted(submitted)
        self.keys["k"] = submitted.job.id
        return submitted.job.id

    @rule(target=leases, job_id=jobs)
    def take(self, job_id: JobId) -> Lease | None:
        lease = self._run(self.store.take(job_id))
        job = self.expected.jobs.get(job_id)
        free = job is not None and job.tries < MAX_TRIES and job.status not in FINAL and not job.leased
        assert (lease is not None) == free
        if lease is not None and job is not None:
            job.status, job.leased, job.held = JobStatus.PROCESSING, True, True
            job.attempt, job.tries = job.attempt + 1, job.tries + 1
            assert (lease.attempt, lease.job.tries) == (job.attempt, job.tries)
        return lease

    @rule(lease=leases)
    def the_lease_ends(self, lease: Lease | None) -> None:
        if lease is not None and self._holds(lease):
            self._run(renew(self.store.db, [lease], lease_seconds=-1))
            self.expected.jobs[lease.job.id].leased = False

    @rule(target=leases, lease=leases)
    def it_freezes_and_another_takes_over(self, lease: Lease | None) -> Lease | None:
        self.the_lease_ends(lease)
        return None if lease is None else self.take(lease.job.id)

    @rule(lease=leases)
    def renew(self, lease: Lease | None) -> None:
        if lease is not None:
            holds = self._holds(lease)
            lost = self._run(renew(self.store.db, [lease], lease_seconds=LEASE_SECONDS))
            assert lost == (set() if holds else {lease.job.id})
            if holds:
                self.expected.jobs[lease.job.id].leased = True

    @rule(lease=leases)
    def tell_progress(self, lease: Lease | None) -> None:
        if lease is not None:
            telling = report(
                self.store.db, lease, page_count=4, pages_processed=2, progress=lease.attempt * 10, stage=Stage.READ
            )
            if self._fenced(lease, telling):
                job = self.expected.jobs[lease.job.id]
                job.progress = max(job.progress, lease.attempt * 10)

    @rule(lease=leases)
    def complete(self, lease: Lease | None) -> None:
        if lease is not None and self._fenced(lease, self.store.complete(lease)):
            self.expected.complete(lease.job.id)

    @rule(lease=leases)
    def fail(self, lease: Lease | None) -> None:
        if lease is not None and self._fenced(lease, fail(self.store.db, lease, CORRUPT)):
            self.expected.fail(lease.job.id)

    @rule(lease=leases)
    def leave_in_order(self, lease: Lease | None) -> None:
        if lease is not None and self._fenced(lease, release(self.store.db, lease)):
            job = self.expected.jobs[lease.job.id]
            job.tries, job.leased, job.held = job.tries - 1, False, False

    @rule(target=jobs, job_id=jobs)
    def retry(self, job_id: JobId) -> JobId:
        job = self.expected.jobs.get(job_id)
        if job is None or job.status not in FINAL:
            return job_id
        retrying = retry(self.store.db, organization_id=ORGANIZATION, job_id=job_id)
        if self.expected.is_gone(job.document_id):
            with pytest.raises(DocumentGoneError):
                self._run(retrying)
            return job_id
        return self._submitted(self._run(retrying), expires=job.expires)

    @rule(target=jobs)
    def submit_a_batch(self) -> MultipleResults[JobId]:
        files = [a_file(self.store.blobs.incoming, content) for content in (b"one", b"two")]
        items = [AskedItem(source=file, options=JobOptions(), callback_metadata=None, password=None) for file in files]
        order = BatchOrder(content=items, callback_metadata=None, webhook=None)
        submitting = submit_batch(self.store.db, self.store.blobs, SECRETS, organization_id=ORGANIZATION, order=order)
        batch = self._run(submitting).batch
        rows = self._run(self._rows("select id, document_id, batch_id from jobs"))
        made = {JobId(row["id"]): str(row["document_id"]) for row in rows if row["batch_id"] == batch.id}
        for job_id, document_id in made.items():
            self.expected.begin(job_id, document_id)
        return multiple(*made)

    @rule(job_id=jobs)
    def cancel(self, job_id: JobId) -> None:
        job = self.expected.jobs.get(job_id)
        cancelling = cancel(self.store.db, organization_id=ORGANIZATION, job_id=job_id)
        if job is None or job.status in FINAL:
            with pytest.raises((JobAlreadyFinalError, JobNotFoundError)):
                self._run(cancelling)
            return
        self._run(cancelling)
        if job.status is JobStatus.PENDING:
            self.expected.fail(job_id)

    @rule(job_id=jobs)
    def delete(self, job_id: JobId) -> None:
        job = self.expected.jobs.get(job_id)
        deleting = delete_job(self.store.db, self.store.blobs, organization_id=ORGANIZATION, job_id=job_id)
        if job is not None and job.status in FINAL:
            self._run(deleting)
            del self.expected.jobs[job_id]
        else:
            with pytest.raises((JobNotFinalError, JobNotFoundError)):
                self._run(deleting)

    @rule(job_id=jobs)
    def delete_its_document(self, job_id: JobId) -> None:
        job = self.expected.jobs.get(job_id)
        if job is None:
            return
        document_id = job.document_id
        deleting = delete_document(
            self.store.db, self.store.blobs, organization_id=ORGANIZATION, document_id=DocumentId(document_id)
        )
        if self.expected.is_gone(document_id) or self.expected.is_busy(document_id):
            with pytest.raises((DocumentBusyError, DocumentDeletedError)):
                self._run(deleting)
            return
        self._run(deleting)
        self.expected.bury(document_id)

    @rule(job_id=jobs)
    def its_time_comes(self, job_id: JobId) -> None:
        """Of its result, and of its document if the newest job's time has begun."""
        job = self.expected.jobs.get(job_id)
        if job is None:
            return
        self._run(self._execute(DOCUMENT_IS_DUE, job.document_id))
        self._run(self._execute(RESULT_IS_DUE, job_id))
        self.expected.its_time_comes(job_id)

    @rule()
    def lose_the_hints(self) -> None:
        self._run(self._execute("delete from pgqueuer"))

    @rule()
    def keep_house(self) -> None:
        self._run(self._execute(AGED))
        self._run(rescue(self.store.db, self.store.blobs, max_tries=MAX_TRIES))
        self.expected.keep_house(max_tries=MAX_TRIES)
        backlog = self._run(self._backlog())
        waiting = self.expected.waiting() - backlog
        assert waiting <= self._run(self._entries()), "every job that waits in the queue has a hint"

    @rule(most=sampled_from((0, 2)))
    def admit(self, most: int) -> None:
        self._run(admit(self.store.db, most_running=most))
        pending = [job_id for job_id, job in self.expected.jobs.items() if job.status is JobStatus.PENDING]
        backlog = self._run(self._backlog())
        assert not backlog or most or len(pending) - len(backlog) >= WINDOW, "there is room in the queue"

    @invariant()
    def the_rows_are_as_expected(self) -> None:
        rows = self._run(self._rows("select id, status, attempt, tries, progress from jobs"))
        found = {row["id"]: (row["status"], row["attempt"], row["tries"], row["progress"]) for row in rows}
        assert found == {
            job_id: (job.status, job.attempt, job.tries, job.progress) for job_id, job in self.expected.jobs.items()
        }

    @invariant()
    def each_final_job_told_its_end_once_and_completed_ones_have_a_result_until_it_expires(self) -> None:
        ends = self._run(
            self._rows(
                "select jobs.id, jobs.status, count(events) as ends, count(distinct results) as results from jobs"
                " left join results on results.job_id = jobs.id"
                " left join events on events.job_id = jobs.id and events.type in"
                " ('document.processing.completed', 'document.processing.failed') group by jobs.id"
            )
        )
        for row in ends:
            assert row["ends"] == (row["status"] in FINAL)
            assert row["results"] == self.expected.jobs[JobId(row["id"])].has_result

    @invariant()
    def what_is_gone_stays_gone_and_was_told_once(self) -> None:
        rows = self._run(
            self._rows(
                "select id, deleted_at is not null as gone, (select count(*) from events"
                " where document_id = documents.id and type = 'document.deleted') as told,"
                " (select count(*) from results where document_id = documents.id) as results from documents"
            )
        )
        assert {row["id"]: row["gone"] for row in rows} == {
            document_id: document.is_gone for document_id, document in self.expected.documents.items()
        }
        assert [row for row in rows if row["told"] != row["gone"] or (row["gone"] and row["results"])] == []

    @invariant()
    def the_bytes_of_what_is_left_are_there(self) -> None:
        rows = self._run(self._rows(NEEDED))
        root = self.store.blobs.incoming.parent / ORGANIZATION
        assert [row for row in rows if not (root / row["sha256"][:2] / row["sha256"]).exists()] == []

    @invariant()
    def each_batch_is_told_complete_once_its_jobs_are_final(self) -> None:
        rows = self._run(
            self._rows(
                "select batches.completed_at is not null as complete, open_items,"
                " (select count(*) from jobs where batch_id = batches.id and completed_at is null) as open,"
                " (select count(*) from events where type = 'batch.completed' and data ->> 'batchId' = batches.id)"
                " as told from batches"
            )
        )
        for row in rows:
            assert row["open_items"] == row["open"]
            assert row["complete"] == (row["open"] == 0) == (row["told"] == 1)

    @invariant()
    def events_have_no_gaps(self) -> None:
        row = self._run(self._rows("select count(*) as n, coalesce(max(sequence), 0) as last from events"))[0]
        assert row["n"] == row["last"]

    @invariant()
    def one_attempt_at_most_is_open(self) -> None:
        rows = self._run(
            self._rows("select job_id from attempts where outcome is null group by job_id having count(*) > 1")
        )
        assert rows == []

    def _submitted(self, submitted: Submitted, *, expires: bool = False) -> JobId:
        return self.expected.begin(submitted.job.id, submitted.document.id, expires=expires)

    def _holds(self, lease: Lease) -> bool:
        job = self.expected.jobs.get(lease.job.id)
        return job is not None and job.status is JobStatus.PROCESSING and job.held and job.attempt == lease.attempt

    def _fenced(self, lease: Lease, doing: Coroutine[Any, Any, object]) -> bool:
        """Whether it was done, which it must be if, and only if, the lease is the newest."""
        if self._holds(lease):
            self._run(doing)
            return True
        with pytest.raises(LeaseLostError):
            self._run(doing)
        return False

    async def _clear(self) -> None:
        await self._execute(
            "truncate jobs, documents, events, event_bodies, idempotency_keys, attempts, results, pages, job_terms,"
            " batches, shares"
        )
        await self._execute("delete from pgqueuer")
        await self._execute("update organizations set event_sequence = 0")

    async def _execute(self, statement: str, *values: str) -> None:
        async with self.store.db.reading() as conn:
            await conn.execute(statement.encode(), values)

    async def _rows(self, query: str) -> list[dict[str, Any]]:
        async with self.store.db.reading() as conn:
            return await (await conn.execute(query.encode())).fetchall()

    async def _backlog(self) -> set[JobId]:
        return {
            row["id"] for row in await self._rows("select id from jobs where status = 'pending' and start_tag is null")
        }

    async def _entries(self) -> set[str]:
        return {row["dedupe_key"] for row in await self._rows("select dedupe_key from pgqueuer")}

    def _run(self, doing: Coroutine[Any, Any, _T]) -> _T:
        return self.loop.run_until_complete(doing)


@pytest.mark.committed
def test_no_order_of_events_breaks_a_job(database_dsn: str) -> None:
    loop = asyncio.new_event_loop()
    db = loop.run_until_complete(Database.open(database_dsn, min_size=1, max_size=4, timeout_seconds=10))
    folder = new_data_folder()
    try:
        JobLives.loop, JobLives.store = loop, Store(db, Blobs.open(folder / "blobs"))
        run_state_machine_as_test(
            JobLives,
            settings=settings(
                max_examples=50,
                stateful_step_count=30,
                deadline=None,
                suppress_health_check=list(HealthCheck),
                database=None,
            ),
        )
    finally:
        shutil.rmtree(folder)
        loop.run_until_complete(db.close())
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()
