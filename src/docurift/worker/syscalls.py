"""The system calls that a child has no use for, by architecture, and the seccomp program that refuses them.

security.md section 4.2: sockets, exec, processes, signals to others, mounts and namespaces, kernel interfaces, keys,
identities, and what changes files without opening them. Threads and memory files stay.
"""

import errno
import functools
import struct
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

INSTRUCTION_BYTES: Final = 8
CLONE3: Final = 435

_ALLOW, _REFUSE, _KILL = 0x7FFF0000, 0x00050000, 0x80000000
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_NUMBER_AT, _ARCHITECTURE_AT, _FIRST_ARGUMENT_AT = 0, 4, 16  # offsets in struct seccomp_data, little-endian
_X32_CALLS: Final = 0x40000000
_CLONE_THREAD: Final = 0x10000
_NOBODY: Final = 0xFFFFFFFF  # no process has this number, and no other step of a program this operand


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One architecture: its AUDIT_ARCH number, the calls to refuse, and those that depend on their first argument."""

    audit: int
    has_x32: bool
    refused: tuple[int, ...]
    clone: int
    signal_thread: int  # tgkill: abort() needs it, for this very process
    set_limits: int  # prlimit64: for this very process, which is pid 0


# Numbers since Linux 5.0 are common to all: pidfds, mounts by descriptor, io_uring, process_madvise, fchmodat2.
_COMMON: Final = (424, 425, 426, 427, 428, 429, 430, 431, 432, 433, 434, 438, 440, 442, 452)

TABLES: Final[Mapping[str, Table]] = {
    "x86_64": Table(
        audit=0xC000003E,
        has_x32=True,
        refused=(
            # socket connect accept bind listen accept4; a socketpair leads nowhere, and liteparse's runtime wants one
            *(41, 42, 43, 49, 50, 288),
            *(59, 322, 57, 58),  # execve execveat fork vfork
            *(62, 200, 129, 297),  # kill tkill rt_sigqueueinfo rt_tgsigqueueinfo
            *(101, 310, 311, 312),  # ptrace process_vm_readv process_vm_writev kcmp
            *(165, 166, 155, 272, 308, 161),  # mount umount2 pivot_root unshare setns chroot
            *(321, 298, 323),  # bpf perf_event_open userfaultfd
            *(248, 249, 250),  # add_key request_key keyctl
            *(175, 313, 176, 246, 320, 169, 167, 168),  # modules kexec reboot swap
            *(105, 106, 113, 114, 116, 117, 119, 122, 123, 126, 135),  # set*id setgroups capset personality
            *(303, 304),  # name_to_handle_at open_by_handle_at
            *(90, 91, 268, 92, 93, 94, 260, 188, 189, 190),  # chmod chown setxattr and their kin
            *(29, 30, 64, 68, 240),  # shmget shmat semget msgget mq_open
            *_COMMON,
        ),
        clone=56,
        signal_thread=234,
        set_limits=302,
    ),
    "aarch64": Table(
        audit=0xC00000B7,
        has_x32=False,
        refused=(
            *(198, 200, 201, 202, 203, 242),
            *(221, 281),
            *(129, 130, 138, 240),
            *(117, 270, 271, 272),
            *(40, 39, 41, 97, 268, 51),
            *(280, 241, 282),
            *(217, 218, 219),
            *(105, 273, 106, 104, 294, 142, 224, 225),
            *(143, 144, 145, 146, 147, 149, 151, 152, 159, 91, 92),
            *(264, 265),
            *(52, 53, 54, 55, 5, 6, 7),
            *(194, 196, 190, 186, 180),
            *_COMMON,
        ),
        clone=220,
        signal_thread=131,
        set_limits=261,
    ),
}


def program(table: Table, *, pid: int) -> bytes:
    """The seccomp program of `table` for the process `pid`; all but the number is made once, by the zygote's first call
    for all its children.
    """
    return _for_anybody(table).replace(_its_number(_NOBODY), _its_number(pid))


@functools.cache
def _for_anybody(table: Table) -> bytes:
    return b"".join(_instructions(table, _NOBODY))


def _its_number(pid: int) -> bytes:
    return _step(_EQUAL, pid, otherwise=1)


def _instructions(table: Table, pid: int) -> Iterator[bytes]:
    refuse = _REFUSE | errno.EPERM
    yield _step(_LOAD, _ARCHITECTURE_AT)
    yield _step(_EQUAL, table.audit, then=1)
    yield _step(_RETURN, _KILL)
    yield _step(_LOAD, _NUMBER_AT)
    if table.has_x32:
        yield _step(_AT_LEAST, _X32_CALLS, otherwise=1)
        yield _step(_RETURN, _KILL)
    for number in table.refused:
        yield _step(_EQUAL, number, otherwise=1)
        yield _step(_RETURN, refuse)
    yield _step(_EQUAL, CLONE3, otherwise=1)
    yield _step(_RETURN, _REFUSE | errno.ENOSYS)  # its flags are in memory; libc falls back to clone
    for number, test, value in (
        (table.clone, _ANY_BIT, _CLONE_THREAD),
        (table.signal_thread, _EQUAL, pid),
        (table.set_limits, _EQUAL, 0),
    ):
        yield _step(_EQUAL, number, otherwise=4)
        yield _step(_LOAD, _FIRST_ARGUMENT_AT)
        yield _step(test, value, otherwise=1)
        yield _step(_RETURN, _ALLOW)
        yield _step(_RETURN, refuse)
    yield _step(_RETURN, _ALLOW)


def _step(code: int, operand: int, *, then: int = 0, otherwise: int = 0) -> bytes:
    return struct.pack("=HBBI", code, then, otherwise, operand)
