"""Walks a table in one order, a window at a time: the part that all lists share.

Filters vary, so their conditions are joined here; each piece is a literal of the module that asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from psycopg.sql import SQL, Composable

from docurift.storage.database import Connection
from docurift.storage.listing import COUNTED_ROWS, Listing, Position, Window, cursor_of, position_of

T = TypeVar("T")

_PAGE: Final = SQL(
    "select * from {table} where {where} order by {key} {direction}, id {direction} limit %(_limit)s offset %(_offset)s"
)
_BEHIND: Final = SQL("({key}, id) {comparison} ({value}, %(_after_id)s)")
_COUNT: Final = SQL("select count(*) as total from (select from {table} where {where} limit %(_counted)s) as counted")
_ESTIMATE: Final = SQL("explain (format json) select from {table} where {where}")


@dataclass(frozen=True, slots=True)
class SortKey:
    """An indexed expression to sort by: `value` turns the parameter `_after` into what it is compared with, and
    `column` is where a row tells its value.
    """

    key: SQL
    value: SQL
    column: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A list: which rows of which table, in which order; cursors are bound to `binding`."""

    table: SQL
    where: Composable
    asked: Mapping[str, object]
    sort: SortKey
    descending: bool
    binding: bytes


async def window_of(
    conn: Connection, walk: Walk, window: Window, row_to_item: Callable[[Mapping[str, Any]], T]
) -> Listing[T]:
    """The rows in the window, and how many there are all told.

    Raises:
        InvalidCursorError: the cursor is not one of this list.
        PageTooDeepError: the page is out of reach.
    """
    position = None if window.cursor is None else position_of(window.cursor, walk.binding)
    rows = await _rows(conn, walk, position, limit=window.limit, offset=0 if position else window.offset)
    shown, page = rows[: window.limit], position.page if position else window.page
    more = len(rows) > window.limit
    total, is_estimate = await _total(conn, walk)
    return Listing(
        items=tuple(row_to_item(row) for row in shown),
        page=page,
        total=total,
        total_is_estimate=is_estimate,
        next_cursor=cursor_of(_behind(shown[-1], walk, page + 1), walk.binding) if more else None,
    )


async def _rows(
    conn: Connection, walk: Walk, position: Position | None, *, limit: int, offset: int
) -> list[dict[str, Any]]:
    """One row more than asked for, which tells whether the list goes on."""
    asked = {**walk.asked, "_limit": limit + 1, "_offset": offset}
    where = walk.where
    if position is not None:
        comparison = SQL("<") if walk.descending else SQL(">")
        behind = _BEHIND.format(key=walk.sort.key, comparison=comparison, value=walk.sort.value)
        where, asked = SQL(" and ").join([where, behind]), {**asked, "_after": position.value, "_after_id": position.id}
    direction = SQL("desc") if walk.descending else SQL("asc")
    query = _PAGE.format(table=walk.table, where=where, key=walk.sort.key, direction=direction)
    # Never prepared: a generic plan cannot know how rare the asked value is.
    cursor = await conn.execute(query, asked, prepare=False)
    return await cursor.fetchall()


async def _total(conn: Connection, walk: Walk) -> tuple[int, bool]:
    """The exact number up to `COUNTED_ROWS`, above it the planner's estimate (and then True)."""
    asked = {**walk.asked, "_counted": COUNTED_ROWS + 1}
    cursor = await conn.execute(_COUNT.format(table=walk.table, where=walk.where), asked, prepare=False)
    row = await cursor.fetchone()
    total = int(row["total"]) if row else 0
    if total <= COUNTED_ROWS:
        return total, False
    cursor = await conn.execute(_ESTIMATE.format(table=walk.table, where=walk.where), walk.asked, prepare=False)
    row = await cursor.fetchone()
    estimate = int(row["QUERY PLAN"][0]["Plan"]["Plan Rows"]) if row else 0
    return max(estimate, total), True


def _behind(row: Mapping[str, Any], walk: Walk, page: int) -> Position:
    value = row[walk.sort.column]
    return Position(value.isoformat() if isinstance(value, datetime) else value, row["id"], page)
