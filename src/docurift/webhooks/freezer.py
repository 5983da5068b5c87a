"""Composes the bytes of an event once, however many endpoints of this process are about to be sent them."""

import asyncio

from docurift.actions.deliver import frozen, frozen_before, still_stands
from docurift.actions.event_form import body_of
from docurift.model.ids import OrganizationId
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.turns import Claimed


class Freezer:
    """One a process; between processes the database decides which bytes stand."""

    def __init__(self, db: Database, blobs: Blobs) -> None:
        self._db, self._blobs = db, blobs
        self._at_work: dict[tuple[OrganizationId, int], asyncio.Event] = {}

    async def body_of(self, claimed: Claimed) -> bytes | None:
        """The bytes that are sent for this delivery; None: it was cancelled.

        Raises:
            Unavailable: the database cannot answer.
            BlobStoreUnavailableError: the result cannot be read now.
        """
        key = claimed.event.organization_id, claimed.event.sequence
        if (other := self._at_work.get(key)) is not None:
            await other.wait()
            # Asked of the database, not of the other one: this delivery may have been cancelled meanwhile.
            body = await frozen_before(self._db, claimed.id)
            if body is not None:
                return body
        done = self._at_work[key] = asyncio.Event()
        try:
            composed = await body_of(self._db, self._blobs, claimed.event)
            return await frozen(self._db, claimed.id, composed)
        finally:
            done.set()
            if self._at_work.get(key) is done:
                del self._at_work[key]

    async def still_stands(self, claimed: Claimed) -> bool:
        """Whether the bytes that were claimed or frozen may still be sent.

        Raises:
            Unavailable: the database cannot answer.
        """
        return await still_stands(self._db, claimed.id)
