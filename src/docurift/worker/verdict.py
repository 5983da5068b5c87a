"""Why a child ended without an outcome of its own, as the user reads it (security.md section 4.1)."""

import signal
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from docurift.model.failure import FailureCode
from docurift.model.work import Limits
from docurift.worker.control import Ended, Raised

_NEARLY: Final = 0.8  # a refused allocation ends a process below its limit
_CPU_SLACK_SECONDS: Final = 0.5


class Fault(StrEnum):
    """How a conversation with a child ended, other than by its last word."""

    SILENCE = "silence"
    LIE = "lie"
    TOO_LONG = "too_long"
    TOO_MUCH = "too_much"


@dataclass(frozen=True, slots=True, kw_only=True)
class Killed:
    """The child came to no outcome; `detail` is for the log. `may_differ`: a fresh child may fare better."""

    code: FailureCode
    detail: str
    may_differ: bool


def judge(fault: Fault | Raised, ended: Ended, limits: Limits) -> Killed:
    """The verdict on a child that ended as `ended` says, after `fault`."""
    return Killed(code=_code(fault, ended, limits), detail=_detail(fault, ended), may_differ=_may_differ(fault, ended))


def is_crash(fault: Fault | None, ended: Ended, limits: Limits) -> bool:
    """Whether the child came to a bad end of its own, or told a lie; not where it ran out of time, or was ended after
    its last word (`fault` is None), for not leaving. Each crash may be an attempt to learn the layout that its zygote's
    children share; a child that takes its time learns nothing.
    """
    for_its_time = fault in {None, Fault.TOO_LONG} or ended.over_ceiling
    ended_by_us = (for_its_time and ended.status == -signal.SIGKILL) or _out_of_cpu_time(ended, limits)
    return ended.status != 0 and not ended_by_us


def cpu_limit_seconds(limits: Limits) -> int:
    """The CPU time that the kernel grants a child: its longest wall time and a second."""
    return int(limits.ceiling_seconds) + 1


def _code(fault: Fault | Raised, ended: Ended, limits: Limits) -> FailureCode:
    if fault is Fault.TOO_LONG or ended.over_ceiling or _out_of_cpu_time(ended, limits):
        return FailureCode.PROCESSING_TIMEOUT
    if fault is Fault.TOO_MUCH:
        return FailureCode.OUTPUT_TOO_LARGE
    if fault is Fault.SILENCE and ended.status < 0 and ended.peak_rss_bytes >= limits.memory_bytes * _NEARLY:
        return FailureCode.OUT_OF_MEMORY
    return FailureCode.PARSER_CRASHED


def _may_differ(fault: Fault | Raised, ended: Ended) -> bool:
    """Not for a child that was taken over: it lied, or asked the kernel for what no parser asks."""
    return fault not in {Fault.LIE, Fault.TOO_MUCH} and ended.status != -signal.SIGSYS


def _out_of_cpu_time(ended: Ended, limits: Limits) -> bool:
    killed = ended.status in {-signal.SIGKILL, -signal.SIGXCPU}
    return killed and ended.cpu_seconds >= cpu_limit_seconds(limits) - _CPU_SLACK_SECONDS


def _detail(fault: Fault | Raised, ended: Ended) -> str:
    if isinstance(fault, Raised):
        return f"{fault.kind} at {' < '.join(reversed(fault.where))}"
    if ended.status < 0:
        return f"{fault}, ended by signal {-ended.status}"
    return f"{fault}, ended with status {ended.status}"
