"""What lists search by: pieces of a file name and pairs of metadata, as terms of one index (table `job_terms`).

PostgreSQL's own trigram index is an extension that not every server has; arrays of pieces under a GIN index are in all.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from docurift.model.ids import OrganizationId
from docurift.model.result import Json

_PIECE: Final = 3
_ASKED_PIECES: Final = 4
_DIGEST_BYTES: Final = 12


def folded(text: str) -> str:
    """`text` as names are compared."""
    return text.lower()


def terms_of(organization_id: OrganizationId, file_name: str, metadata: Mapping[str, Json] | None) -> list[str]:
    """Every term under which a job is found."""
    name = folded(file_name)
    pieces = {name[at : at + size] for size in range(1, _PIECE + 1) for at in range(len(name) - size + 1)}
    pairs = ((key, _as_text(value)) for key, value in (metadata or {}).items())
    found = {f"n{piece}" for piece in pieces} | {_pair(key, text) for key, text in pairs if text is not None}
    return [_organization(organization_id), *sorted(found)]


def asked_terms(
    organization_id: OrganizationId, *, search: str | None, metadata: Iterable[tuple[str, str]]
) -> list[str]:
    """Terms that a job must have to be an answer; whether it is one, its name and metadata say.

    A few pieces of a long name are enough: the planner multiplies their frequencies as if they were independent, and
    from many it would expect next to nothing where half of the names match.
    """
    terms = [_organization(organization_id), *(_pair(key, text) for key, text in metadata)]
    return terms if search is None else [*terms, *(f"n{piece}" for piece in _asked_pieces(folded(search)))]


def _asked_pieces(name: str) -> list[str]:
    if len(name) <= _PIECE:
        return [name]
    last = len(name) - _PIECE
    places = {round(last * step / (_ASKED_PIECES - 1)) for step in range(_ASKED_PIECES)}
    return [name[at : at + _PIECE] for at in sorted(places)]


def _organization(organization_id: OrganizationId) -> str:
    return f"o{organization_id}"


def _pair(key: str, text: str) -> str:
    digest = hashlib.blake2b(msgspec.json.encode([key, text]), digest_size=_DIGEST_BYTES)
    return f"m{digest.hexdigest()}"


def _as_text(value: Json) -> str | None:
    """A scalar as it is written in a query; objects, lists and null are not asked for."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if isinstance(value, bool | int | float) else None
