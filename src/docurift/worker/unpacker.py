"""One archive of a batch, from taking it until its files are jobs. Knows nothing of the queue that hinted at it.

The archive is opened in the sandbox only; what comes out are bytes and names, which are stored and shown.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

from docurift.actions.batch import NewItem
from docurift.actions.unpack import UnpackLease, UnpackLostError, discard, fail, fill, release, renew, take
from docurift.model.archive import Unpacked, UnpackOrder
from docurift.model.failure import Failure, FailureCode, Stage
from docurift.model.ids import BatchId
from docurift.model.work import Refused
from docurift.storage.blobs import BlobCorruptError, BlobError, BlobMissingError, Blobs, BlobStoreUnavailableError
from docurift.storage.database import Database, Unavailable
from docurift.storage.secrets import Secrets
from docurift.telemetry import log
from docurift.worker.child import Sandbox
from docurift.worker.forks import ZygoteLostError
from docurift.worker.item_shelf import ItemShelf

_TRIALS: Final = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class UnpackTerms:
    """Under which a worker takes archives."""

    lease_seconds: float
    renew_seconds: float
    max_tries: int
    order: UnpackOrder
    most_running: int = 0


@dataclass(slots=True, eq=False)
class Unpacker:
    """Unpacks archives, several at a time if it is asked to."""

    db: Database
    blobs: Blobs
    secrets: Secrets
    sandbox: Sandbox
    terms: UnpackTerms
    _held: dict[UnpackLease, asyncio.Task[None]] = field(default_factory=dict[UnpackLease, asyncio.Task[None]])

    async def run(self, batch_id: BatchId) -> None:
        """The archive is unpacked, or was not to be had, or is somebody else's; after an error of our own its lease
        runs out, and it is tried again.
        """
        terms = self.terms
        try:
            lease = await take(self.db, batch_id, lease_seconds=terms.lease_seconds, max_tries=terms.max_tries)
        except Unavailable as error:
            log.warning("archive.not_taken", batch_id=batch_id, reason=str(error))
            return
        if lease is not None and await self._hold_until_done(lease):
            await self._discard(lease)

    async def give_back(self) -> None:
        """Stop whatever is being unpacked; it waits in the queue again, its tries uncounted."""
        held = dict(self._held)
        for work in held.values():
            work.cancel()
        await asyncio.gather(*held.values(), return_exceptions=True)
        for lease in held:
            try:
                await release(self.db, lease)
            except UnpackLostError:
                continue  # it was finished in the last moment
            except Unavailable:
                log.warning("archive.not_given_back", batch_id=lease.archive.batch_id)

    async def _hold_until_done(self, lease: UnpackLease) -> bool:
        """Unpack while the lease stands, which a cancelled batch or another worker ends; whether it came to an end."""
        batch_id = lease.archive.batch_id
        work = asyncio.create_task(self._work(lease), name=batch_id)
        keeping = asyncio.create_task(self._keep(lease))
        self._held[lease] = work
        try:
            await asyncio.wait([work, keeping], return_when=asyncio.FIRST_COMPLETED)
        finally:
            del self._held[lease]
            for task in (work, keeping):
                task.cancel()
            ended, lost = await asyncio.gather(work, keeping, return_exceptions=True)
        if ended is None:  # then there is no lease left that could have been renewed
            return True
        _log_end(lease, lost if isinstance(lost, UnpackLostError) else ended)
        return False

    async def _discard(self, lease: UnpackLease) -> None:
        """The archive's bytes are gone; what fails here is done by housekeeping later."""
        try:
            await discard(self.db, self.blobs, lease.archive)
        except (Unavailable, BlobError) as error:
            log.warning("archive.not_discarded", batch_id=lease.archive.batch_id, reason=str(error))

    async def _keep(self, lease: UnpackLease) -> None:
        """Renew the lease; ends when it cannot be, by the end that this machine's own clock knows."""
        ends = time.monotonic() + self.terms.lease_seconds
        while time.monotonic() < ends:
            await asyncio.sleep(self.terms.renew_seconds)
            asked = time.monotonic()
            try:
                await renew(self.db, lease, lease_seconds=self.terms.lease_seconds)
            except Unavailable as error:
                log.warning("archive.not_renewed", batch_id=lease.archive.batch_id, reason=str(error))
                continue
            ends = asked + self.terms.lease_seconds

    async def _work(self, lease: UnpackLease) -> None:
        begun = time.monotonic()
        batch_id = lease.archive.batch_id
        try:
            async with _copied(self.blobs, lease) as archive:
                ended = await self._unpack(lease, archive)
        except BlobMissingError:
            ended = Failure.of(FailureCode.BLOB_MISSING, stage=Stage.LOAD)
        except BlobCorruptError:
            ended = Failure.of(FailureCode.BLOB_CORRUPT, stage=Stage.LOAD)
        seconds = round(time.monotonic() - begun, 3)
        if isinstance(ended, Failure):
            await fail(self.db, lease, ended)
            log.info("archive.refused", batch_id=batch_id, attempt=lease.attempt, code=ended.code, seconds=seconds)
        else:
            refused = sum(item.failure is not None for item in ended)
            log.info("archive.unpacked", batch_id=batch_id, items=len(ended), refused=refused, seconds=seconds)

    async def _unpack(self, lease: UnpackLease, archive: int) -> list[NewItem] | Failure:
        """The files, which are jobs now; or why the archive as a whole has none. A child or a zygote that was lost is
        replaced, and so is a file that a deletion of equal bytes removed in between.
        """
        for left in reversed(range(_TRIALS)):
            try:
                async with ItemShelf.opened(self.blobs, lease.archive.organization_id) as shelf:
                    verdict = await self.sandbox.unpack(self.terms.order, archive, shelf)
                    if isinstance(verdict, Unpacked):
                        items = await shelf.items()
                        await fill(
                            self.db,
                            self.blobs,
                            lease,
                            items=items,
                            secrets=self.secrets,
                            most_running=self.terms.most_running,
                        )
                        return items
            except (ZygoteLostError, BlobMissingError):
                if not left:
                    raise
                continue
            if isinstance(verdict, Refused) or verdict.code is not FailureCode.PARSER_CRASHED or not left:
                detail = verdict.detail if isinstance(verdict, Refused) else None
                return Failure.of(verdict.code, stage=Stage.LOAD, detail=detail)
        raise AssertionError


@asynccontextmanager
async def _copied(blobs: Blobs, lease: UnpackLease) -> AsyncGenerator[int]:
    """A read-only descriptor of the archive's bytes, checked, in a file of this machine to which no path leads.

    Raises:
        BlobMissingError, BlobCorruptError: the bytes are gone or damaged.
    """
    archive = lease.archive
    path = blobs.incoming / f"{archive.batch_id}-{lease.attempt}"
    await blobs.copy_to_file(archive.organization_id, archive.sha256, path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    finally:
        path.unlink()
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _log_end(lease: UnpackLease, error: BaseException) -> None:
    batch_id, attempt = lease.archive.batch_id, lease.attempt
    match error:
        case UnpackLostError():
            log.warning("archive.lost", batch_id=batch_id, attempt=attempt)
        case Unavailable() | BlobStoreUnavailableError() | ZygoteLostError():
            log.warning("archive.left", batch_id=batch_id, attempt=attempt, reason=str(error))
        case asyncio.CancelledError():
            log.info("archive.given_back", batch_id=batch_id, attempt=attempt)
        case _:
            log.error("archive.broke", batch_id=batch_id, attempt=attempt, exc_info=error)
