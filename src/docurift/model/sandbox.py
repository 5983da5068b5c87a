"""The layers of the sandbox, and what probes found of them from inside (security.md section 4.2)."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import IntEnum, StrEnum
from typing import Final

PROBE_DOCUMENT: Final = b"the document of a self-test"


class Layer(StrEnum):
    """One wall around a process that opens documents. Each stands without the others."""

    LIMITS = "limits"
    PROCESS = "process"
    CAPABILITIES = "capabilities"
    NO_NEW_PRIVS = "no_new_privs"
    MDWE = "mdwe"
    LANDLOCK = "landlock"
    SECCOMP = "seccomp"


class Level(IntEnum):
    """How much of the sandbox holds, as one number."""

    LIMITS_AND_KILL = 0  # neither Landlock nor seccomp
    PARTIAL = 1  # one of them
    JAILED = 2  # both, but another layer is missing
    FULL = 3


class Expected(StrEnum):
    """What a probe should find."""

    REFUSED = "refused"
    WORKS = "works"
    TRUE = "true"


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """What one probe found. `layer` is the one that it proves; None for what must go on working inside of all."""

    name: str
    layer: Layer | None
    expected: Expected
    observed: str
    as_expected: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ProbeOrder:
    """Try the walls from inside; `hidden` is a folder that should be out of reach."""

    hidden: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Probed:
    """What all probes found."""

    observations: tuple[Observation, ...]


def holding(observations: Iterable[Observation]) -> frozenset[Layer]:
    """The layers that were probed and of which every probe found what it should."""
    found = tuple(observations)
    amiss = {one.layer for one in found if not one.as_expected}
    return frozenset(one.layer for one in found if one.layer is not None and one.layer not in amiss)


def level(layers: Iterable[Layer]) -> Level:
    """How much of the sandbox it is that these layers hold."""
    held = frozenset(layers)
    if held == frozenset(Layer):
        return Level.FULL
    return Level(len(held & {Layer.LANDLOCK, Layer.SECCOMP}))
