"""What a parser that was taken over would try, tried by ourselves inside the walls (security.md section 2, T7), and
what must go on working there.

No attempt does harm where a wall is missing: each picks arguments with which the call, if it is let through, changes
nothing.
"""

import ctypes
import errno
import mmap
import os
import platform
import resource
import signal
import socket
import stat
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from docurift.model.sandbox import PROBE_DOCUMENT, Expected, Layer, Observation
from docurift.worker.syscalls import CLONE3, TABLES

_PR_GET_PDEATHSIG, _PR_GET_DUMPABLE, _PR_GET_SECCOMP, _PR_GET_NO_NEW_PRIVS, _PR_GET_MDWE = 2, 3, 21, 39, 66
_FILTERED: Final = 2  # PR_GET_SECCOMP's word for a process under a filter
_PTRACE_PEEKDATA: Final = 2
_IO_URING_SETUP: Final = 425
_CAPABILITY_VERSION: Final = 0x20080522
_NULL_DEVICE: Final = os.makedev(1, 3)
_MOST_DESCRIPTORS: Final = 4096
_PAGE_BYTES: Final = mmap.PAGESIZE
# What `forks` and `ocr_process` give, and what Python and cv2 themselves put there.
_ENVIRONMENT: Final = frozenset(
    {
        *("LANG", "OMP_NUM_THREADS", "OMP_THREAD_LIMIT", "OPENBLAS_NUM_THREADS", "RAYON_NUM_THREADS"),
        *("TOKIO_WORKER_THREADS", "MIMALLOC_ARENA_RESERVE", "ORT_DISABLE_TELEMETRY", "LC_CTYPE", "LD_LIBRARY_PATH"),
    }
)

_libc = ctypes.CDLL(None, use_errno=True)
_libc.syscall.restype = ctypes.c_long
_libc.ptrace.restype = ctypes.c_long
_libc.process_vm_readv.restype = ctypes.c_ssize_t


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """What the probed process should be left with: a folder out of reach, descriptors beside the standard ones, and the
    document, if it has one.
    """

    hidden: str
    descriptors: frozenset[int]
    document: int | None = None


@dataclass(frozen=True, slots=True)
class _Probe:
    name: str
    layer: Layer | None
    expected: Expected
    attempt: Callable[[], object]
    refusals: tuple[int, ...] = ()


class _AmissError(Exception):
    """Something is not as it should be; the text says what was found."""


def observe(cell: Cell) -> tuple[Observation, ...]:
    """What every probe finds in this process."""
    return tuple(_observed(probe) for probe in _probes(cell))


def _observed(probe: _Probe) -> Observation:
    refusal = None
    observed = Expected.WORKS if probe.expected is Expected.REFUSED else probe.expected
    try:
        probe.attempt()
    except OSError as error:
        refusal = error.errno
        observed = errno.errorcode.get(refusal or 0, str(refusal))
    except _AmissError as amiss:
        refusal, observed = 0, str(amiss)
    good = refusal in probe.refusals if probe.expected is Expected.REFUSED else refusal is None
    return Observation(
        name=probe.name, layer=probe.layer, expected=probe.expected, observed=str(observed), as_expected=good
    )


def _probes(cell: Cell) -> Iterator[_Probe]:
    yield from _files(cell)
    yield from _calls()
    yield from _memory_and_limits()
    yield from _states(cell)
    yield from _needs(cell)


def _files(cell: Cell) -> Iterator[_Probe]:
    refusals = (errno.EACCES, errno.EROFS)  # the second where the whole disk is read-only

    def refused(name: str, attempt: Callable[[], object]) -> _Probe:
        return _Probe(name, Layer.LANDLOCK, Expected.REFUSED, attempt, refusals)

    yield refused("read /etc/passwd", lambda: _opened("/etc/passwd", os.O_RDONLY))
    yield refused("list the data folder", lambda: os.listdir(cell.hidden))  # noqa: PTH208 - nothing but the call
    yield refused("read the parent's environment", lambda: _opened(f"/proc/{os.getppid()}/environ", os.O_RDONLY))
    yield refused("write a file", lambda: _written(f"/tmp/docurift-probe-{os.getpid()}"))  # noqa: S108 - refused
    yield refused("make a folder", lambda: _made(f"/tmp/docurift-probe-{os.getpid()}"))  # noqa: S108 - refused
    yield refused("write to a device", lambda: _opened(os.devnull, os.O_WRONLY))


def _calls() -> Iterator[_Probe]:
    def refused(name: str, attempt: Callable[[], object], refusal: int = errno.EPERM) -> _Probe:
        return _Probe(name, Layer.SECCOMP, Expected.REFUSED, attempt, (refusal,))

    parent = os.getppid()
    yield refused("TCP socket", lambda: _socket(socket.AF_INET, socket.SOCK_STREAM))
    yield refused("UDP socket", lambda: _socket(socket.AF_INET, socket.SOCK_DGRAM))
    yield refused("IPv6 socket", lambda: _socket(socket.AF_INET6, socket.SOCK_STREAM))
    yield refused("Unix socket", lambda: _socket(socket.AF_UNIX, socket.SOCK_STREAM))
    yield refused("raw socket", lambda: _socket(socket.AF_INET, socket.SOCK_RAW))
    yield refused("fork", _fork)
    yield refused("fork by clone3", lambda: _call(_libc.syscall(CLONE3, None, 0)), errno.ENOSYS)
    # A path that is not there: where the call is let through, the probe must not become another program.
    yield refused("run a program", lambda: os.execv("/docurift-no-such-program", ["probe"]))  # noqa: S606 - refused
    yield refused("ptrace", lambda: _call(_libc.ptrace(_PTRACE_PEEKDATA, parent, None, None)))
    yield refused("read another process's memory", lambda: _call(_libc.process_vm_readv(parent, None, 0, None, 0, 0)))
    yield refused("signal the parent", lambda: os.kill(parent, 0))
    yield refused("hold the parent by pidfd", lambda: os.close(os.pidfd_open(parent)))
    yield refused("unshare", lambda: _call(_libc.unshare(0)))
    yield refused("mount", lambda: _call(_libc.mount(None, None, None, 0, None)))
    yield refused("set the user", lambda: os.setuid(os.getuid()))
    yield refused("change the personality", lambda: _call(_libc.personality(0xFFFFFFFF)))
    yield refused("io_uring", lambda: _call(_libc.syscall(_IO_URING_SETUP, 0, None)))
    yield refused("limits of the parent", lambda: resource.prlimit(parent, resource.RLIMIT_CORE))
    yield _Probe("a filter is loaded", Layer.SECCOMP, Expected.TRUE, lambda: _is(_prctl(_PR_GET_SECCOMP), _FILTERED))


def _memory_and_limits() -> Iterator[_Probe]:
    rwx = mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC

    def refused(name: str, layer: Layer, attempt: Callable[[], object], refusal: int) -> _Probe:
        return _Probe(name, layer, Expected.REFUSED, attempt, (refusal,))

    yield refused(
        "writable and executable memory", Layer.MDWE, lambda: mmap.mmap(-1, _PAGE_BYTES, prot=rwx).close(),
        errno.EACCES,
    )  # fmt: skip
    yield refused("written memory made executable", Layer.MDWE, _made_executable, errno.EACCES)
    yield refused("more memory than the limit", Layer.LIMITS, _too_much_memory, errno.ENOMEM)
    yield refused("more descriptors than the limit", Layer.LIMITS, _too_many_descriptors, errno.EMFILE)
    yield refused("a file of a single byte", Layer.LIMITS, _a_byte, errno.EFBIG)
    yield refused("raise a limit", Layer.LIMITS, _raised_limit, errno.EPERM)


def _states(cell: Cell) -> Iterator[_Probe]:
    def true(name: str, layer: Layer, attempt: Callable[[], object]) -> _Probe:
        return _Probe(name, layer, Expected.TRUE, attempt)

    yield true("no new privileges", Layer.NO_NEW_PRIVS, lambda: _is(_prctl(_PR_GET_NO_NEW_PRIVS), 1))
    yield true("memory is written or run, not both", Layer.MDWE, lambda: _is(_prctl(_PR_GET_MDWE) & 1, 1))
    yield true("no capability", Layer.CAPABILITIES, lambda: _is(_capabilities(), 0))
    yield true("dies with its parent", Layer.PROCESS, lambda: _is(_parent_death_signal(), int(signal.SIGKILL)))
    yield true("cannot be inspected", Layer.PROCESS, lambda: _is(_prctl(_PR_GET_DUMPABLE), 0))
    yield true("a session of its own", Layer.PROCESS, lambda: _is(os.getsid(0), os.getpid()))
    yield true("an empty environment", Layer.PROCESS, lambda: _is(sorted(set(os.environ) - _ENVIRONMENT), []))
    yield true("no inherited descriptor", Layer.PROCESS, lambda: _is(_open_descriptors(beside=cell.descriptors), []))


def _needs(cell: Cell) -> Iterator[_Probe]:
    yield _Probe("start a thread", None, Expected.WORKS, _thread)
    yield _Probe("make a memory file", None, Expected.WORKS, lambda: os.close(os.memfd_create("probe")))
    yield _Probe("take memory", None, Expected.WORKS, lambda: mmap.mmap(-1, 16 * 2**20).close())
    if cell.document is not None:
        document = cell.document
        yield _Probe(
            "read the document", None, Expected.WORKS, lambda: _is(os.pread(document, 1000, 0), PROBE_DOCUMENT)
        )


def _is(found: object, wanted: object) -> None:
    if found != wanted:
        raise _AmissError(str(found))


def _call(result: int) -> None:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))


def _prctl(option: int) -> int:
    return _libc.prctl(option, ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0), ctypes.c_ulong(0))


def _opened(path: str, flags: int) -> None:
    os.close(os.open(path, flags))


def _written(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    os.unlink(path)  # noqa: PTH108 - as the call above


def _made(path: str) -> None:
    os.mkdir(path, 0o700)  # noqa: PTH102 - nothing but the call
    os.rmdir(path)  # noqa: PTH106 - as the call above


def _socket(family: socket.AddressFamily, kind: socket.SocketKind) -> None:
    socket.socket(family, kind).close()


def _fork() -> None:
    table = TABLES.get(platform.machine())
    if table is None:
        raise _AmissError("calls of this architecture are not known")
    # The bare call: some libraries' handlers around fork() abort the process when it is refused.
    pid = _libc.syscall(table.clone, int(signal.SIGCHLD), None, None, None, None)
    _call(pid)
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _made_executable() -> None:
    with mmap.mmap(-1, _PAGE_BYTES) as memory:
        start = ctypes.addressof(ctypes.c_char.from_buffer(memory))
        result = _libc.mprotect(ctypes.c_void_p(start), ctypes.c_size_t(_PAGE_BYTES), mmap.PROT_READ | mmap.PROT_EXEC)
        _call(result)


def _too_much_memory() -> None:
    limit = resource.getrlimit(resource.RLIMIT_AS)[0]
    if limit == resource.RLIM_INFINITY:
        raise _AmissError("no limit")
    mmap.mmap(-1, limit).close()


def _too_many_descriptors() -> None:
    made: list[int] = []
    try:
        for _ in range(_MOST_DESCRIPTORS):
            made.append(os.dup(0))  # noqa: PERF401 - those that were made are closed, also when one is refused
    finally:
        for one in made:
            os.close(one)


def _a_byte() -> None:
    descriptor = os.memfd_create("probe")
    try:
        os.write(descriptor, b"x")
    finally:
        os.close(descriptor)


def _raised_limit() -> None:
    limit = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, limit + 1))
    except ValueError as error:  # Python's word for EPERM here
        raise PermissionError(errno.EPERM, str(error)) from error


def _capabilities() -> int:
    """All permitted, effective and inheritable capabilities, as one number."""
    header, sets = struct.pack("=Ii", _CAPABILITY_VERSION, 0), ctypes.create_string_buffer(24)
    _call(_libc.capget(header, sets))
    return int.from_bytes(sets.raw)


def _parent_death_signal() -> int:
    number = ctypes.c_int()
    _call(_libc.prctl(_PR_GET_PDEATHSIG, ctypes.byref(number)))
    return number.value


def _open_descriptors(*, beside: frozenset[int]) -> list[int]:
    """All others that are open but the standard three, if those lead nowhere."""
    found: list[int] = []
    for number in sorted(set(range(_MOST_DESCRIPTORS)) - beside):
        with suppress(OSError):
            status = os.fstat(number)
            leads_nowhere = stat.S_ISCHR(status.st_mode) and status.st_rdev == _NULL_DEVICE
            if number > 2 or not leads_nowhere:  # noqa: PLR2004 - standard input, output and error
                found.append(number)
    return found


def _thread() -> None:
    thread = threading.Thread(target=lambda: None)
    try:
        thread.start()
    except RuntimeError as error:  # Python's word for a refused clone
        raise _AmissError("cannot be started") from error
    thread.join()
