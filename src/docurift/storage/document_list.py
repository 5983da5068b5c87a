"""Lists of documents, by every filter and order of the contract (section 2)."""

from typing import Final

from psycopg.sql import SQL, Composable

from docurift.model.document import Document
from docurift.model.ids import OrganizationId, is_id
from docurift.storage.database import Connection
from docurift.storage.document_rows import document_of
from docurift.storage.listing import DocumentFilter, DocumentOrder, DocumentSort, Listing, Window, fingerprint
from docurift.storage.terms import asked_terms, folded
from docurift.storage.walk import Search, SortKey, Walk, window_of

_KEYS: Final = {
    DocumentSort.CREATED_AT: SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at"),
    DocumentSort.PROCESSED_AT: SortKey(
        SQL("coalesce(processed_at, '-infinity')"),
        SQL("coalesce(%(_after)s::timestamptz, '-infinity')"),
        "processed_at",
    ),
    DocumentSort.FILE_NAME: SortKey(SQL('file_name collate "C"'), SQL("%(_after)s::text"), "file_name"),
    DocumentSort.CONFIDENCE: SortKey(
        SQL("coalesce(confidence, -1)"), SQL("coalesce(%(_after)s::double precision, -1)"), "confidence"
    ),
}
_CONDITIONS: Final = {
    "status": SQL("status = %(status)s"),
    "created_from": SQL("created_at >= %(created_from)s"),
    "created_before": SQL("created_at < %(created_before)s"),
    "document_type": SQL("document_type = %(document_type)s"),
}
_SEARCH: Final = Search(
    probe=SQL("strpos(folded_name, %(_needle)s) > 0"),
    # As an array, so that these rows are looked up by their ids and never sought along the list.
    candidates=SQL("id = any(array(select document_id from job_terms where terms @> %(_terms)s::bigint[]))"),
)


async def page_of(
    conn: Connection,
    *,
    organization_id: OrganizationId,
    filter: DocumentFilter,  # noqa: A002 -- the contract's word
    order: DocumentOrder,
    window: Window,
) -> Listing[Document]:
    """The organization's documents that the filter asks for, in this order; deleted ones are not shown.

    Raises:
        InvalidCursorError: the cursor was made for another filter or order.
        PageTooDeepError: the page is out of reach.
    """
    where, asked = _where(organization_id, filter)
    walk = Walk(
        table=SQL("documents"),
        where=where,
        asked=asked,
        search=_SEARCH if "_needle" in asked else None,
        sort=_KEYS[order.by],
        descending=order.descending,
        binding=fingerprint(organization_id, filter, order),
    )
    return await window_of(conn, walk, window, document_of)


def _where(organization_id: OrganizationId, filter_: DocumentFilter) -> tuple[Composable, dict[str, object]]:
    asked: dict[str, object] = {"organization_id": organization_id}
    conditions: list[Composable] = [SQL("organization_id = %(organization_id)s"), SQL("deleted_at is null")]
    for name, condition in _CONDITIONS.items():
        value: object = getattr(filter_, name)
        if value is not None:
            conditions.append(condition)
            asked[name] = value
    if filter_.search is not None and is_id(filter_.search, "doc"):
        conditions.append(SQL("id = %(search)s"))
        asked["search"] = filter_.search
    elif filter_.search is not None:
        asked["_terms"] = asked_terms(organization_id, search=filter_.search, metadata=())
        asked["_needle"] = folded(filter_.search)
    return SQL(" and ").join(conditions), asked
