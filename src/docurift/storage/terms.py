"""What lists search by: pieces of a file name and pairs of metadata, as terms of one index (table `job_terms`).

PostgreSQL's own trigram index is an extension that not every server has; arrays of numbers under a GIN index are in
all. A term is a hash that the organization is part of, so that no organization's names slow another's search; a hash
that two terms share costs a look at a row, never a wrong answer, since the row is asked again.
"""

import hashlib
from collections.abc import Iterable, Mapping
from typing import Final

import msgspec

from docurift.model.ids import OrganizationId
from docurift.model.result import Json

_PIECE: Final = 3
_ASKED_PIECES: Final = 8
_HASH_BYTES: Final = 8


def folded(text: str) -> str:
    """`text` as names are compared."""
    return text.lower()


def terms_of(organization_id: OrganizationId, file_name: str, metadata: Mapping[str, Json] | None) -> list[int]:
    """Every term under which a job is found."""
    name = folded(file_name)
    pieces = {name[at : at + size] for size in range(1, _PIECE + 1) for at in range(len(name) - size + 1)}
    pairs = ((key, _as_text(value)) for key, value in (metadata or {}).items())
    term = _Hash(organization_id)
    return sorted(
        {term.of_piece(piece) for piece in pieces} | {term.of_pair(k, text) for k, text in pairs if text is not None}
    )


def asked_terms(
    organization_id: OrganizationId, *, search: str | None, metadata: Iterable[tuple[str, str]]
) -> list[int]:
    """Terms that a job must have to be an answer; whether it is one, its name and metadata say."""
    term = _Hash(organization_id)
    pieces = [] if search is None else _asked_pieces(folded(search))
    return [term.of_piece(piece) for piece in pieces] + [term.of_pair(key, text) for key, text in metadata]


def _asked_pieces(name: str) -> list[str]:
    """Some pieces of a long name, evenly spread: more would cost more to look up than they exclude."""
    if len(name) <= _PIECE:
        return [name]
    last = len(name) - _PIECE
    places = {round(last * step / (_ASKED_PIECES - 1)) for step in range(_ASKED_PIECES)}
    return [name[at : at + _PIECE] for at in sorted(places)]


class _Hash:
    def __init__(self, organization_id: OrganizationId) -> None:
        self._begun = hashlib.blake2b(organization_id.encode(), digest_size=_HASH_BYTES)

    def of_piece(self, piece: str) -> int:
        return self._of(b"\0n" + piece.encode("utf-8", "surrogatepass"))

    def of_pair(self, key: str, text: str) -> int:
        return self._of(b"\0m" + msgspec.json.encode([key, text]))

    def _of(self, what: bytes) -> int:
        state = self._begun.copy()
        state.update(what)
        return int.from_bytes(state.digest(), signed=True)


def _as_text(value: Json) -> str | None:
    """A scalar as it is written in a query; objects, lists and null are not asked for."""
    if isinstance(value, str):
        return value
    return msgspec.json.encode(value).decode() if isinstance(value, bool | int | float) else None
