"""The walls around a process that opens a hostile document: limits, no new privileges, Landlock, seccomp.

security.md section 4.2. By ctypes alone, so that nothing needs to be built or installed. A layer that this kernel
lacks is left out; `docurift doctor` says which it has.
"""

import ctypes
import errno
import os
import platform
import resource
import signal
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docurift.worker import syscalls

_PR_SET_PDEATHSIG: Final = 1
_PR_SET_DUMPABLE: Final = 4
_PR_SET_SECCOMP: Final = 22
_PR_SET_NO_NEW_PRIVS: Final = 38
_PR_SET_MDWE: Final = 65
_SECCOMP_MODE_FILTER: Final = 2
_CAPABILITY_VERSION: Final = 0x20080522

_LANDLOCK_CREATE, _LANDLOCK_ADD_RULE, _LANDLOCK_RESTRICT = 444, 445, 446  # the same numbers on every architecture
_LANDLOCK_GET_VERSION: Final = 1
_LANDLOCK_PATH_BENEATH: Final = 1
_READ_FILE, _READ_DIR = 1 << 2, 1 << 3
# What each version of Landlock can handle: files (its last bit), TCP, and signals with abstract sockets.
_FILE_RIGHTS: Final = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
_NET_RIGHTS: Final = 0b11
_SCOPES: Final = 0b11
_NET_SINCE, _SCOPES_SINCE = 4, 6

_PAGE_BYTES: Final = resource.getpagesize()

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long


@dataclass(frozen=True, slots=True, kw_only=True)
class Walls:
    """What a child is held to: address space and CPU time, and the prepared Landlock rules, if there are any."""

    address_space_bytes: int
    cpu_seconds: int
    rules: int | None


def die_with_parent(number: int = signal.SIGKILL) -> None:
    """Have the kernel send this process `number` when the thread that started it ends."""
    _prctl(_PR_SET_PDEATHSIG, number)


def prepare(readable: Iterable[Path]) -> int | None:
    """Landlock rules that leave nothing but reading under `readable`; made once, entered by every child, as is the
    program that filters system calls. None where the kernel has no Landlock.

    Raises:
        OSError: it has, but takes no rules.
    """
    if has_seccomp():
        _program()
    version = landlock_version()
    if version is None:
        return None
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack(
        "=QQQ", handled, _NET_RIGHTS if version >= _NET_SINCE else 0, _SCOPES if version >= _SCOPES_SINCE else 0
    )
    size = 24 if version >= _SCOPES_SINCE else 16 if version >= _NET_SINCE else 8
    rules = _must(_libc.syscall(_LANDLOCK_CREATE, attributes, size, 0))
    for path in readable:
        _allow_reading(rules, path)
    return rules


def enter(walls: Walls, *, parent: int) -> None:
    """Shut this process in, with every thread that it will start; the order matters, seccomp is last.

    Raises:
        OSError: a wall that this kernel offers could not be raised.
        RuntimeError: the process has further threads already; they would stay outside, and with them all of it.
    """
    if threads() != 1:
        raise RuntimeError(f"{threads()} threads run already")
    os.setsid()
    die_with_parent()
    if os.getppid() != parent:  # it died before it could be tied to us
        os._exit(1)
    _be_the_first_to_go()
    _limit(walls)
    _drop_capabilities()
    _must(_prctl(_PR_SET_DUMPABLE, 0))
    _must(_prctl(_PR_SET_NO_NEW_PRIVS, 1))
    _prctl(_PR_SET_MDWE, 1)  # kernels before 6.3 lack it
    if walls.rules is not None:
        _must(_libc.syscall(_LANDLOCK_RESTRICT, walls.rules, 0))
    if has_seccomp():
        _filter_calls()


def threads() -> int:
    """How many threads this process has."""
    return len(os.listdir("/proc/self/task"))  # noqa: PTH208 - every document's child asks this


def landlock_version() -> int | None:
    """The version of Landlock's interface; None where the kernel has none or it is turned off."""
    version = _libc.syscall(_LANDLOCK_CREATE, None, 0, _LANDLOCK_GET_VERSION)
    return version if version > 0 else None


def has_seccomp() -> bool:
    """Whether system calls can be filtered: by this kernel, and on an architecture whose calls we know."""
    refused = _prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER)  # without a program: EFAULT where one would be taken
    return refused < 0 and ctypes.get_errno() == errno.EFAULT and platform.machine() in syscalls.TABLES


def address_space_bytes() -> int:
    """The address space that this process has now."""
    statm = os.open("/proc/self/statm", os.O_RDONLY | os.O_CLOEXEC)  # bare calls: every child asks this in cold memory
    pages = int(os.read(statm, 100).split()[0])
    os.close(statm)
    return pages * _PAGE_BYTES


def _be_the_first_to_go() -> None:
    """Have the kernel, when it is out of memory, choose this process before any service of ours."""
    score = os.open("/proc/self/oom_score_adj", os.O_WRONLY | os.O_CLOEXEC)
    os.write(score, b"1000")
    os.close(score)


def _limit(walls: Walls) -> None:
    for limit, value in (
        (resource.RLIMIT_AS, walls.address_space_bytes),
        (resource.RLIMIT_CPU, walls.cpu_seconds),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_NOFILE, 64),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(limit, (value, value))


def _allow_reading(rules: int, path: Path) -> None:
    try:
        folder = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    access = _READ_FILE | _READ_DIR if path.is_dir() else _READ_FILE
    _must(_libc.syscall(_LANDLOCK_ADD_RULE, rules, _LANDLOCK_PATH_BENEATH, struct.pack("=Qi", access, folder), 0))
    os.close(folder)


def _drop_capabilities() -> None:
    """Leave a process of root's without root's powers, with which it would lift its limits again."""
    header = struct.pack("=Ii", _CAPABILITY_VERSION, 0)
    _must(_libc.capset(header, bytes(24)))


class _Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def _program() -> bytes:
    return syscalls.program(syscalls.TABLES[platform.machine()], pid=os.getpid())


def _filter_calls() -> None:
    code = _program()
    program = _Program(len(code) // syscalls.INSTRUCTION_BYTES, code)
    _must(_prctl(_PR_SET_SECCOMP, _SECCOMP_MODE_FILTER, ctypes.byref(program)))


def _prctl(option: int, *arguments: object) -> int:
    padded = [*arguments, 0, 0, 0, 0][:4]
    wide = [ctypes.c_ulong(one) if isinstance(one, int) else one for one in padded]
    return _libc.prctl(option, *wide)


def _must(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
