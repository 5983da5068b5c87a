"""Walks a table in one order, a window at a time: the part that all lists share.

Filters vary, so their conditions are joined here; each piece is a literal of the module that asks.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Final, TypeVar

from psycopg.sql import SQL, Composable, Composed

from docurift.storage.database import Connection
from docurift.storage.listing import COUNTED_ROWS, Listing, Position, Window, cursor_of, position_of

T = TypeVar("T")

_SAMPLED_ROWS: Final = 10_000
_COMMON_SHARE: Final = 1 / 500

_ROWS: Final = SQL(
    "select * from {table} where {where} order by {key} {direction}, id {direction} limit %(_limit)s offset %(_offset)s"
)
_BEHIND: Final = SQL("({key}, id) {comparison} ({value}, %(_after_id)s)")
_COUNT: Final = SQL("select count(*) as total from (select from {table} where {where} limit %(_counted)s) as counted")
_ESTIMATE: Final = SQL("explain (format json) select from {table} where {where}")
_SAMPLE: Final = SQL(
    "select count(*) as seen, count(*) filter (where {probe}) as found"
    " from (select * from {table} where {where}"
    " order by {key} {direction}, id {direction} limit %(_sampled)s) as sample"
)
_FOUND: Final = SQL("select count(*) as total from {table} where {where}")


@dataclass(frozen=True, slots=True)
class SortKey:
    """An indexed expression to sort by: `value` turns the parameter `_after` into what it is compared with, and
    `column` is where a row tells its value.
    """

    key: SQL
    value: SQL
    column: str


@dataclass(frozen=True, slots=True)
class Search:
    """A condition that no index of the list's order serves: `probe` asks it of a row, `candidates` is a condition that
    an index of its own answers for all rows, and that is cheap only when it is true of few.
    """

    probe: Composable
    candidates: Composable


@dataclass(frozen=True, slots=True, kw_only=True)
class Walk:
    """A list: which rows of which table, in which order; cursors are bound to `binding`."""

    table: SQL
    where: Composable
    asked: Mapping[str, object]
    sort: SortKey
    descending: bool
    binding: bytes
    search: Search | None = None

    @property
    def direction(self) -> SQL:
        """The order's direction."""
        return SQL("desc") if self.descending else SQL("asc")


async def window_of(
    conn: Connection, walk: Walk, window: Window, row_to_item: Callable[[Mapping[str, Any]], T]
) -> Listing[T]:
    """The rows in the window, and how many there are all told.

    Raises:
        InvalidCursorError: the cursor is not one of this list.
        PageTooDeepError: the page is out of reach.
    """
    position = None if window.cursor is None else position_of(window.cursor, walk.binding)
    offset = 0 if position else window.offset
    if walk.search is None:
        where, total, is_estimate = walk.where, *await _total(conn, walk)
    else:
        where, total, is_estimate = await _searched(conn, walk, walk.search)
    rows = await _rows(conn, replace(walk, where=where), position, limit=window.limit, offset=offset)
    shown, page = rows[: window.limit], position.page if position else window.page
    more = len(rows) > window.limit
    return Listing(
        items=tuple(row_to_item(row) for row in shown),
        page=page,
        total=total,
        total_is_estimate=is_estimate,
        next_cursor=cursor_of(_behind(shown[-1], walk, page + 1), walk.binding) if more else None,
    )


async def _searched(conn: Connection, walk: Walk, search: Search) -> tuple[Composable, int, bool]:
    """How best to find the rows, which a sample of the list decides, and how many they are.

    The planner cannot decide it: it takes pieces of a name for independent, and expects one row where half of them
    match.
    """
    asked = {**walk.asked, "_sampled": _SAMPLED_ROWS}
    sample = _SAMPLE.format(
        table=walk.table, where=walk.where, probe=search.probe, key=walk.sort.key, direction=walk.direction
    )
    counted = await _one(conn, sample, asked)
    seen, found = int(counted["seen"]), int(counted["found"])
    probed = SQL(" and ").join([walk.where, search.probe])
    if seen < _SAMPLED_ROWS:
        return probed, found, False
    if found >= seen * _COMMON_SHARE:
        return probed, round(await _estimate(conn, walk) * found / seen), True
    chosen = SQL(" and ").join([walk.where, search.candidates, search.probe])
    total = await _one(conn, _FOUND.format(table=walk.table, where=chosen), walk.asked)
    return chosen, int(total["total"]), False


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
    query = _ROWS.format(table=walk.table, where=where, key=walk.sort.key, direction=walk.direction)
    # Never prepared: a generic plan cannot know how rare the asked value is.
    cursor = await conn.execute(query, asked, prepare=False)
    return await cursor.fetchall()


async def _total(conn: Connection, walk: Walk) -> tuple[int, bool]:
    """The exact number up to `COUNTED_ROWS`, above it the planner's estimate (and then True)."""
    asked = {**walk.asked, "_counted": COUNTED_ROWS + 1}
    counted = await _one(conn, _COUNT.format(table=walk.table, where=walk.where), asked)
    total = int(counted["total"])
    return (total, False) if total <= COUNTED_ROWS else (max(await _estimate(conn, walk), total), True)


async def _estimate(conn: Connection, walk: Walk) -> int:
    explained = await _one(conn, _ESTIMATE.format(table=walk.table, where=walk.where), walk.asked)
    return int(explained["QUERY PLAN"][0]["Plan"]["Plan Rows"])


async def _one(conn: Connection, query: Composed, asked: Mapping[str, object]) -> dict[str, Any]:
    cursor = await conn.execute(query, asked, prepare=False)
    row = await cursor.fetchone()
    if row is None:
        raise AssertionError("a count answers a row")
    return row


def _behind(row: Mapping[str, Any], walk: Walk, page: int) -> Position:
    value = row[walk.sort.column]
    return Position(value.isoformat() if isinstance(value, datetime) else value, row["id"], page)
