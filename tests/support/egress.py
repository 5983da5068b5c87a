"""Guards for tests: no name is looked up outside, and nothing but the loopback is reached."""

from collections.abc import Mapping, Sequence

from docurift.egress.guard import EgressPolicy, Guard

LOOPBACK = "127.0.0.0/8"


class Names:
    """A resolver that knows the names it is given; the n-th lookup of one gets its n-th answer, the last one repeats.
    `asked` are the lookups.
    """

    def __init__(self, answers: Mapping[str, Sequence[Sequence[str]]] | None = None) -> None:
        self._answers, self.asked = dict(answers or {}), list[str]()

    async def __call__(self, host: str) -> Sequence[str]:
        answers = self._answers.get(host, [[]])
        nth = self.asked.count(host)
        self.asked.append(host)
        return answers[min(nth, len(answers) - 1)]


def a_guard(allow: str = LOOPBACK, **names: Sequence[Sequence[str]]) -> Guard:
    """A guard that lets through to `allow`; `names` are known by their names with `_` for `.`."""
    return Guard(EgressPolicy.of(allow), Names({name.replace("_", "."): found for name, found in names.items()}))
