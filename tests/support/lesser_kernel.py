"""A kernel that lacks layers of the sandbox, as a real refusal: a filter of calls that answers as an older kernel does.

    python lesser_kernel.py landlock,seccomp,mdwe -- COMMAND...

runs COMMAND, and whatever that starts, under the filter.
"""

import ctypes
import errno
import os
import platform
import struct
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

PR_SET_SECCOMP, PR_SET_MDWE, PR_GET_MDWE, PR_SET_NO_NEW_PRIVS = 22, 65, 66, 38
LANDLOCK_CREATE = 444
NUMBERS = {"x86_64": {"prctl": 157, "seccomp": 317}, "aarch64": {"prctl": 167, "seccomp": 277}}
LOAD, EQUAL, RETURN = 0x20, 0x15, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050000


def under(layers: str, command: Sequence[str]) -> list[str]:
    """`command` on a kernel without `layers`."""
    return [sys.executable, str(Path(__file__)), layers, "--", *command]


def refusals(layers: Sequence[str]) -> Iterator[tuple[int, int | None, int]]:
    """System call, its first argument if that decides, and the error that a kernel without the layers answers."""
    numbers = NUMBERS[platform.machine()]
    for layer in layers:
        match layer:
            case "landlock":
                yield LANDLOCK_CREATE, None, errno.ENOSYS
            case "seccomp":
                yield numbers["prctl"], PR_SET_SECCOMP, errno.EINVAL
                yield numbers["seccomp"], None, errno.ENOSYS
            case "mdwe":
                yield numbers["prctl"], PR_SET_MDWE, errno.EINVAL
                yield numbers["prctl"], PR_GET_MDWE, errno.EINVAL
            case _:
                raise ValueError(layer)


def program(layers: Sequence[str]) -> bytes:
    steps: list[tuple[int, int, int, int]] = []
    for call, argument, error in refusals(layers):
        decide = [] if argument is None else [(LOAD, 0, 0, 16), (EQUAL, 0, 1, argument)]
        steps += [(LOAD, 0, 0, 0), (EQUAL, 0, len(decide) + 1, call), *decide, (RETURN, 0, 0, REFUSE | error)]
    return b"".join(struct.pack("=HBBI", *step) for step in [*steps, (RETURN, 0, 0, ALLOW)])


class Program(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("filter", ctypes.c_char_p))


def main(layers: str, command: Sequence[str]) -> None:
    libc, code = ctypes.CDLL(None, use_errno=True), program(layers.split(","))
    loaded = Program(len(code) // 8, code)
    zeros = [ctypes.c_ulong(0)] * 3
    if libc.prctl(PR_SET_NO_NEW_PRIVS, ctypes.c_ulong(1), *zeros) or libc.prctl(
        PR_SET_SECCOMP, ctypes.c_ulong(2), ctypes.byref(loaded), *zeros[:2]
    ):
        raise OSError(ctypes.get_errno(), "no filter")
    os.execvp(command[0], list(command))  # noqa: S606 - what the caller asked for


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[3:])
