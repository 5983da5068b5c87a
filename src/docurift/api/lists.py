"""Lists: windows asked for, pages answered (contract section 1)."""

from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from starlette.responses import Response

from docurift.api.answers import Wire, success
from docurift.api.jobs.wire import Pagination
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.storage.listing import DEEPEST_ROW, InvalidCursorError, Listing, PageTooDeepError, Window

DEFAULT_LIMIT: Final = 20

T = TypeVar("T")


def window(*, page: int | None, limit: int, cursor: str | None) -> Window:
    """The part of a list that is asked for.

    Raises:
        Problem: `VALIDATION_ERROR` for a page beside a cursor, which would be ignored silently.
    """
    if cursor is not None and page is not None:
        raise invalid("page", "should not stand beside `cursor`, which tells the page itself")
    return Window(limit=limit, page=page or 1, cursor=cursor)


@contextmanager
def walking() -> Generator[None]:
    """Tells what storage says of a window in the words of the contract."""
    try:
        yield
    except InvalidCursorError as error:
        raise Problem(ErrorCode.INVALID_CURSOR) from error
    except PageTooDeepError as error:
        message = f"should reach no further than item {DEEPEST_ROW}; walk on with `nextCursor`"
        raise invalid("page", message) from error


def listed(name: str, items: Sequence[Wire], listing: Listing[Any], limit: int) -> Response:
    """`{<name>: […], "pagination": {…}}`."""
    return success({name: items, "pagination": pagination(listing, limit)})


def pagination(listing: Listing[Any], limit: int) -> Pagination:
    """Where in its list `listing` stands."""
    return Pagination(
        page=listing.page,
        limit=limit,
        total=listing.total,
        total_pages=-(-listing.total // limit),
        has_next=listing.next_cursor is not None,
        has_prev=listing.page > 1,
        next_cursor=listing.next_cursor,
        total_is_estimate=listing.total_is_estimate,
    )
