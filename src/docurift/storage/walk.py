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
# Walking to 21 rows that are rarer reads more than looking all of them up: both cost 7 ms here, of a million.
_COMMON_SHARE: Final = 1 / 1000
# Rows that are sooner asked one by one than found by an index that may name as many.
_SMALL_LIST: Final = 30_000

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
_FEW: Final = SQL(
    "with few as materialized (select * from {table} where {few})"
    " select *, (select count(*) from few) as _total from few where {where}"
    " order by {key} {direction}, id {direction} limit %(_limit)s offset %(_offset)s"
)


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
    part = _Part(position, window.limit, 0 if position else window.offset)
    if walk.search is None:
        rows, total, is_estimate = await _rows(conn, walk, part), *await _total(conn, walk)
    else:
        rows, total, is_estimate = await _searched(conn, walk, walk.search, part)
    shown, page = rows[: window.limit], position.page if position else window.page
    more = len(rows) > window.limit
    return Listing(
        items=tuple(row_to_item(row) for row in shown),
        page=page,
        total=total,
        total_is_estimate=is_estimate,
        next_cursor=cursor_of(_behind(shown[-1], walk, page + 1), walk.binding) if more else None,
    )


@dataclass(frozen=True, slots=True)
class _Part:
    position: Position | None
    limit: int
    offset: int


async def _searched(
    conn: Connection, walk: Walk, search: Search, part: _Part
) -> tuple[list[dict[str, Any]], int, bool]:
    """The rows, how many there are all told, and whether that is an estimate; a sample of the list decides the way.

    The planner cannot decide it: it takes pieces of a name for independent, and expects one row where half of them
    match.
    """
    asked = {**walk.asked, "_sampled": _SAMPLED_ROWS}
    sample = _SAMPLE.format(
        table=walk.table, where=walk.where, probe=search.probe, key=walk.sort.key, direction=walk.direction
    )
    counted = await _one(conn, sample, asked)
    seen, found = int(counted["seen"]), int(counted["found"])
    probed = replace(walk, where=SQL(" and ").join([walk.where, search.probe]))
    if seen < _SAMPLED_ROWS:
        return await _rows(conn, probed, part), found, False
    listed = await _estimate(conn, walk)
    if found >= seen * _COMMON_SHARE:
        return await _rows(conn, probed, part), round(listed * found / seen), True
    if listed > _SMALL_LIST:
        probed = replace(probed, where=SQL(" and ").join([probed.where, search.candidates]))
    return await _few(conn, probed, part)


async def _few(conn: Connection, walk: Walk, part: _Part) -> tuple[list[dict[str, Any]], int, bool]:
    """As `_searched`, from all rows at once, which are few."""
    behind, asked = _bounds(walk, part)
    query = _FEW.format(
        table=walk.table, few=walk.where, where=behind or SQL("true"), key=walk.sort.key, direction=walk.direction
    )
    cursor = await conn.execute(query, asked, prepare=False)
    rows = await cursor.fetchall()
    if rows:
        return rows, int(rows[0]["_total"]), False
    return rows, *await _total(conn, walk)


async def _rows(conn: Connection, walk: Walk, part: _Part) -> list[dict[str, Any]]:
    """One row more than asked for, which tells whether the list goes on."""
    behind, asked = _bounds(walk, part)
    where = walk.where if behind is None else SQL(" and ").join([walk.where, behind])
    query = _ROWS.format(table=walk.table, where=where, key=walk.sort.key, direction=walk.direction)
    # Never prepared: a generic plan cannot know how rare the asked value is.
    cursor = await conn.execute(query, asked, prepare=False)
    return await cursor.fetchall()


def _bounds(walk: Walk, part: _Part) -> tuple[Composed | None, dict[str, object]]:
    asked: dict[str, object] = {**walk.asked, "_limit": part.limit + 1, "_offset": part.offset}
    if part.position is None:
        return None, asked
    comparison = SQL("<") if walk.descending else SQL(">")
    behind = _BEHIND.format(key=walk.sort.key, comparison=comparison, value=walk.sort.value)
    return behind, {**asked, "_after": part.position.value, "_after_id": part.position.id}


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
