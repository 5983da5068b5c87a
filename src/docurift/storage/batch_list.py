"""Lists of batches, newest first (contract section 4)."""

from typing import Final

from psycopg.sql import SQL, Composable

from docurift.model.batch import Batch, BatchStatus
from docurift.model.ids import BatchId, OrganizationId
from docurift.storage import batches
from docurift.storage.database import Connection
from docurift.storage.listing import BatchFilter, Listing, Window, fingerprint
from docurift.storage.walk import SortKey, Walk, window_of

_KEY: Final = SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at")
_HAS_BEGUN: Final = SQL(
    "exists (select from jobs where jobs.organization_id = batches.organization_id and jobs.batch_id = batches.id"
    " and jobs.status <> 'pending')"
)
# The jobs tell an open batch's status; of those there are few, under an index of their own.
_STATUSES: Final[dict[BatchStatus, Composable]] = {
    BatchStatus.PENDING: SQL("completed_at is null and not {begun}").format(begun=_HAS_BEGUN),
    BatchStatus.PROCESSING: SQL("completed_at is null and {begun}").format(begun=_HAS_BEGUN),
    BatchStatus.COMPLETED: SQL("completed_at is not null and error_code is null"),
    BatchStatus.FAILED: SQL("completed_at is not null and error_code is not null"),
}


async def page_of(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    filter: BatchFilter,  # noqa: A002 -- the contract's word
    window: Window,
) -> Listing[Batch]:
    """The organization's batches that the filter asks for, with their counts.

    Raises:
        InvalidCursorError: the cursor was made for another filter.
        PageTooDeepError: the page is out of reach.
    """
    where, asked = _where(organization_id, filter)
    walk = Walk(
        table=SQL("batches"),
        where=where,
        asked=asked,
        sort=_KEY,
        descending=True,
        binding=fingerprint(organization_id, filter, "newest"),
    )
    found = await window_of(conn, walk, window, lambda row: BatchId(row["id"]))
    shown = await batches.by_ids(conn, organization_id=organization_id, batch_ids=found.items)
    return Listing(
        items=tuple(shown[batch_id] for batch_id in found.items),
        page=found.page,
        total=found.total,
        total_is_estimate=found.total_is_estimate,
        next_cursor=found.next_cursor,
    )


def _where(organization_id: OrganizationId, filter_: BatchFilter) -> tuple[Composable, dict[str, object]]:
    asked: dict[str, object] = {"organization_id": organization_id}
    conditions: list[Composable] = [SQL("organization_id = %(organization_id)s")]
    if filter_.status is not None:
        conditions.append(_STATUSES[filter_.status])
    if filter_.created_from is not None:
        conditions.append(SQL("created_at >= %(created_from)s"))
        asked["created_from"] = filter_.created_from
    if filter_.created_before is not None:
        conditions.append(SQL("created_at < %(created_before)s"))
        asked["created_before"] = filter_.created_before
    return SQL(" and ").join(conditions), asked
