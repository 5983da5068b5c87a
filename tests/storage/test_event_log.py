"""The log is read on from a number, by pages; what is not kept any more is told, never left out."""

import pytest
from tests.support.submissions import ORGANIZATION, OTHER_ORGANIZATION, Store

from docurift.actions.telling import tell_all
from docurift.model.event import EventType
from docurift.model.ids import OrganizationId
from docurift.storage import event_log
from docurift.storage.event_log import EventsExpiredError, LogPage
from docurift.storage.events import NewEvent

pytestmark = pytest.mark.committed


async def _tell(store: Store, *types: EventType, organization: OrganizationId = ORGANIZATION) -> None:
    async with store.db.transaction() as tx:
        await tell_all(tx, [NewEvent(type=one, organization_id=organization, data={}) for one in types])


async def _page(store: Store, after: int | None, limit: int = 100, type_: EventType | None = None) -> LogPage:
    async with store.db.reading() as conn:
        return await event_log.page(conn, organization_id=ORGANIZATION, after=after, limit=limit, type_=type_)


async def test_an_empty_log_begins_at_its_first_number(store: Store) -> None:
    page = await _page(store, None)

    assert page == LogPage(events=(), next_after=0, first_sequence=1, last_sequence=0)
    assert not page.has_more


async def test_pages_follow_each_other_without_gap(store: Store) -> None:
    await _tell(store, *[EventType.API_KEY_CREATED] * 5)

    first, second = await _page(store, 0, limit=3), await _page(store, 3, limit=3)

    assert [event.sequence for event in first.events] == [1, 2, 3]
    assert (first.next_after, first.has_more) == (3, True)
    assert [event.sequence for event in second.events] == [4, 5]
    assert (second.next_after, second.has_more) == (5, False)
    assert (await _page(store, 5)).next_after == 5


async def test_a_filter_passes_over_others_and_says_how_far_it_looked(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_log, "WINDOW", 4)
    await _tell(store, *[EventType.API_KEY_CREATED] * 5, EventType.API_KEY_REVOKED, EventType.API_KEY_CREATED)

    nothing = await _page(store, 0, type_=EventType.API_KEY_REVOKED)
    found = await _page(store, nothing.next_after, type_=EventType.API_KEY_REVOKED)

    assert (nothing.events, nothing.next_after, nothing.has_more) == ((), 4, True)
    assert [event.sequence for event in found.events] == [6]
    assert (found.next_after, found.has_more) == (7, False)


async def test_what_is_not_kept_any_more_is_told_with_the_first_number_that_is(store: Store) -> None:
    await _tell(store, *[EventType.API_KEY_CREATED] * 5)
    await store.one("delete from events where sequence <= 3 returning 1")

    with pytest.raises(EventsExpiredError) as told:
        await _page(store, 2)

    assert told.value.first_sequence == 4
    assert [event.sequence for event in (await _page(store, 3)).events] == [4, 5]
    assert [event.sequence for event in (await _page(store, None)).events] == [4, 5]


async def test_a_log_of_which_nothing_is_kept_begins_at_its_next_number(store: Store) -> None:
    await _tell(store, *[EventType.API_KEY_CREATED] * 5)
    await store.one("delete from events returning 1")

    page = await _page(store, 5)

    assert (page.first_sequence, page.last_sequence, page.next_after) == (6, 5, 5)
    assert (await _page(store, None)).next_after == 5
    with pytest.raises(EventsExpiredError):
        await _page(store, 4)


async def test_a_log_shows_nothing_of_another_organization(store: Store) -> None:
    await _tell(store, *[EventType.API_KEY_CREATED] * 5, organization=OTHER_ORGANIZATION)

    assert await _page(store, 0) == LogPage(events=(), next_after=0, first_sequence=1, last_sequence=0)
