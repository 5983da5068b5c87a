"""Bytes without a row and rows without bytes: what crashes and restored backups leave behind (reliability.md, F2, F27).

Both are looked for in one walk through the blob store, a piece at a time. Bytes may stand before their row does, so
young ones are left alone; and whoever puts a row on bytes looks for them under the lock that their removal holds.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby
from typing import Final

from docurift.actions.delete import sweep
from docurift.model.ids import OrganizationId
from docurift.storage import documents
from docurift.storage.blobs import BlobMissingError, Blobs, Found
from docurift.storage.database import Database
from docurift.telemetry import BLOBS_MISSING, ORPHANS_REMOVED, log

_PIECE: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Walked:
    """One piece of the walk: where the next one begins, None at the end; what was seen, removed and found missing."""

    after: Found | None
    seen: int = 0
    removed: int = 0
    missing: int = 0


async def walk_on(
    db: Database, blobs: Blobs, *, after: Found | None, grace_seconds: float, piece: int = _PIECE
) -> Walked:
    """The blobs behind `after` that are older than the grace and that no row needs are gone; documents whose bytes
    should lie there and do not are told in the log and counted.

    Raises:
        Unavailable: the database cannot answer.
        BlobError: the blob store cannot.
    """
    found = await blobs.listed(after=after, limit=piece)
    last = found[-1] if len(found) == piece else None
    removed = 0
    old = [one for one in found if one.age_seconds >= grace_seconds]
    for organization_id, theirs in groupby(old, lambda one: one.organization_id):
        removed += await _remove(db, blobs, OrganizationId(organization_id), {one.sha256 for one in theirs})
    missing = await _missing(db, blobs, found, after=after, last=last)
    ORPHANS_REMOVED.inc(removed)
    BLOBS_MISSING.inc(missing)
    return Walked(after=last, seen=len(found), removed=removed, missing=missing)


async def _remove(db: Database, blobs: Blobs, organization_id: OrganizationId, hashes: set[str]) -> int:
    async with db.reading() as conn:  # without locks: most blobs are needed
        unneeded = await documents.unreferenced(conn, organization_id=organization_id, hashes=hashes)
    if unneeded:
        await sweep(db, blobs, organization_id=organization_id, hashes=set(unneeded))
        log.info("orphans.removed", organization_id=organization_id, count=len(unneeded))
    return len(unneeded)


async def _missing(
    db: Database, blobs: Blobs, found: Iterable[Found], *, after: Found | None, last: Found | None
) -> int:
    there = {(one.organization_id, one.sha256) for one in found}
    async with db.reading() as conn:
        wanted = await documents.stored_between(
            conn,
            after=("", "") if after is None else (after.organization_id, after.sha256),
            to=("~", "") if last is None else (last.organization_id, last.sha256),
        )
    return sum([await _is_missing(blobs, *one) for one in wanted if one not in there])


async def _is_missing(blobs: Blobs, organization_id: OrganizationId, sha256: str) -> bool:
    """Whether it is still not there: it may have been put since the store was listed."""
    try:
        await blobs.size(organization_id, sha256)
    except BlobMissingError:
        log.error("blob.missing", organization_id=organization_id, sha256=sha256)
        return True
    return False
