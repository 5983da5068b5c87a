"""Who gets which words: the surest first, and no word twice."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from docurift.model.result import Json
from docurift.pipeline.extract.found import Found, Span
from docurift.schemas.wanted import Wanted

# Another value for the same property that is nearly as likely: one of the two is wrong.
_RIVAL_SHARE = 0.93
_RIVAL_FACTOR = 0.75
_REPEATED_FACTOR = 1.03
_SUREST = 0.985
_LEAST = 0.3


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A value that a property may have. `unit` are the words of its unit; `open_words` may be shared with others."""

    owner: int
    wanted: Wanted
    value: Json
    confidence: float
    span: Span
    unit: Span | None = None

    def found(self) -> Found:
        """The value as extraction tells it."""
        return Found(value=self.value, confidence=round(min(self.confidence, _SUREST), 4), span=self.span)

    @property
    def key(self) -> tuple[int, tuple[int, ...]]:
        """Where it stands."""
        return (self.span.page, self.span.words)


def chosen(candidates: Iterable[Candidate]) -> dict[int, Candidate]:
    """The candidate of each owner that has one."""
    ordered = sorted(candidates, key=lambda one: -one.confidence)
    by_owner: dict[int, list[Candidate]] = {}
    for one in ordered:
        by_owner.setdefault(one.owner, []).append(one)
    taken: set[tuple[int, int]] = set()
    found: dict[int, Candidate] = {}
    for one in ordered:
        words = {(one.span.page, word) for word in one.span.words}
        if one.owner in found or one.confidence < _LEAST or words & taken:
            continue
        found[one.owner] = _weighed(one, by_owner[one.owner])
        taken |= words
    return found


def _weighed(best: Candidate, all_of_it: Sequence[Candidate]) -> Candidate:
    """Surer where another place says the same, less sure where it says something else."""
    others = [one for one in all_of_it if one.key != best.key and one.confidence >= _RIVAL_SHARE * best.confidence]
    if any(one.value != best.value for one in others):
        return replace(best, confidence=best.confidence * _RIVAL_FACTOR)
    if others:
        return replace(best, confidence=best.confidence * _REPEATED_FACTOR)
    return best
