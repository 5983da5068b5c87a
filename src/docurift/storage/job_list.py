"""Lists and statistics of jobs, by every filter of the contract (section 3)."""

from dataclasses import dataclass
from typing import Final

from psycopg.sql import SQL, Composable, Placeholder

from docurift.model.ids import OrganizationId
from docurift.model.job import Job, JobStatus
from docurift.storage.database import Connection
from docurift.storage.job_rows import job_of
from docurift.storage.listing import JobFilter, JobOrder, JobSort, Listing, Window, fingerprint
from docurift.storage.sql import statement
from docurift.storage.terms import asked_terms, folded
from docurift.storage.walk import Search, SortKey, Walk, window_of

_PACE_MINUTES: Final = 5
_KEYS: Final = {
    JobSort.CREATED_AT: SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at"),
    JobSort.UPDATED_AT: SortKey(SQL("updated_at"), SQL("%(_after)s::timestamptz"), "updated_at"),
}
_CONDITIONS: Final = {
    "status": SQL("status = %(status)s"),
    "created_from": SQL("created_at >= %(created_from)s"),
    "created_before": SQL("created_at < %(created_before)s"),
    "document_type": SQL("document_type = %(document_type)s"),
    "document_id": SQL("document_id = %(document_id)s"),
    "batch_id": SQL("batch_id = %(batch_id)s"),
    "error_code": SQL("error_code = %(error_code)s"),
}
_NAMED: Final = SQL("strpos(folded_name, %(_needle)s) > 0")
_PAIRED: Final = SQL("callback_metadata ->> {key} = {value}")
# As an array, so that these rows are looked up by their ids and never sought along the list.
_CANDIDATES: Final = SQL("id = any(array(select job_id from job_terms where terms @> %(_terms)s::bigint[]))")


@dataclass(frozen=True, slots=True, kw_only=True)
class JobStats:
    """Counts of jobs, how long the oldest has waited, and how fast pages were read in the last five minutes."""

    by_status: dict[JobStatus, int]
    by_document_type: dict[str, int]
    total: int
    oldest_pending_seconds: float | None
    pages_per_minute: float


async def page_of(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    filter: JobFilter,  # noqa: A002 -- the contract's word
    order: JobOrder,
    window: Window,
) -> Listing[Job]:
    """The organization's jobs that the filter asks for, in this order.

    Raises:
        InvalidCursorError: the cursor was made for another filter or order.
        PageTooDeepError: the page is out of reach.
    """
    where, asked = _where(organization_id, filter)
    search, sought = _search(organization_id, filter)
    walk = Walk(
        table=SQL("jobs"),
        where=where,
        asked=asked | sought,
        search=search,
        sort=_KEYS[order.by],
        descending=order.descending,
        binding=fingerprint(organization_id, filter, order),
    )
    return await window_of(conn, walk, window, job_of)


async def stats(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    filter: JobFilter,  # noqa: A002 -- the contract's word
) -> JobStats:
    """How many jobs of each status and type the filter finds, and how the work goes on."""
    where, asked = _where(organization_id, filter)
    search, sought = _search(organization_id, filter)
    where, asked = where if search is None else SQL(" and ").join([where, search.probe]), asked | sought
    counted = await conn.execute(SQL(statement("jobs/stats")).format(where=where), asked, prepare=False)
    by_status, by_type = dict.fromkeys(JobStatus, 0), dict[str, int]()
    for row in await counted.fetchall():
        by_status[JobStatus(row["status"])] += row["jobs"]
        by_type[row["document_type"]] = by_type.get(row["document_type"], 0) + row["jobs"]
    paced = await conn.execute(SQL(statement("jobs/stats_pace")).format(where=where), asked, prepare=False)
    pace = await paced.fetchone() or {"oldest_pending_seconds": None, "pages_in_five_minutes": 0}
    return JobStats(
        by_status=by_status,
        by_document_type=by_type,
        total=sum(by_status.values()),
        oldest_pending_seconds=pace["oldest_pending_seconds"],
        pages_per_minute=pace["pages_in_five_minutes"] / _PACE_MINUTES,
    )


def _where(organization_id: OrganizationId, filter_: JobFilter) -> tuple[Composable, dict[str, object]]:
    asked: dict[str, object] = {"organization_id": organization_id}
    conditions: list[Composable] = [SQL("organization_id = %(organization_id)s")]
    for name, condition in _CONDITIONS.items():
        value: object = getattr(filter_, name)
        if value is not None:
            conditions.append(condition)
            asked[name] = value
    return SQL(" and ").join(conditions), asked


def _search(organization_id: OrganizationId, filter_: JobFilter) -> tuple[Search | None, dict[str, object]]:
    if filter_.search is None and not filter_.metadata:
        return None, {}
    terms = asked_terms(organization_id, search=filter_.search, metadata=filter_.metadata)
    sought: dict[str, object] = {"_terms": terms}
    probes: list[Composable] = []
    if filter_.search is not None:
        probes.append(_NAMED)
        sought["_needle"] = folded(filter_.search)
    for number, (key, value) in enumerate(filter_.metadata):
        names = f"_key_{number}", f"_value_{number}"
        probes.append(_PAIRED.format(key=Placeholder(names[0]), value=Placeholder(names[1])))
        sought |= zip(names, (key, value), strict=True)
    return Search(SQL(" and ").join(probes), _CANDIDATES), sought
