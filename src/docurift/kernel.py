"""What this kernel offers for a parser's jail (security.md section 4.2), asked without changing this process."""

import ctypes
import subprocess
import sys
from pathlib import Path
from typing import Final

_PR_GET_NO_NEW_PRIVS: Final = 39
_PR_GET_MDWE: Final = 66
_LANDLOCK_CREATE_RULESET: Final = 444  # the same number on every architecture, being newer than their split
_LANDLOCK_CREATE_RULESET_VERSION: Final = 1
_CLONE_NEWUSER: Final = 0x10000000
_PROBE_SECONDS: Final = 10.0


def landlock_abi() -> int | None:
    """Version of Landlock's interface; None where the kernel has none or it is turned off."""
    if sys.platform != "linux":
        return None
    libc = ctypes.CDLL(None, use_errno=True)
    abi = libc.syscall(_LANDLOCK_CREATE_RULESET, None, 0, _LANDLOCK_CREATE_RULESET_VERSION)
    return abi if abi > 0 else None


def has_seccomp() -> bool:
    """Whether seccomp filters may be loaded."""
    return "kill_process" in _read("/proc/sys/kernel/seccomp/actions_avail")


def has_no_new_privs() -> bool:
    """Whether a process can give up gaining privileges."""
    return _prctl(_PR_GET_NO_NEW_PRIVS) >= 0


def has_mdwe() -> bool:
    """Whether memory that is both writable and executable can be refused (kernel 6.3)."""
    return _prctl(_PR_GET_MDWE) >= 0


def has_user_namespaces() -> bool:
    """Whether an ordinary process may make a user namespace: tried in a process of its own, since policy is spread
    over sysctls, AppArmor and seccomp.
    """
    if sys.platform != "linux":
        return False
    trial = f"import ctypes, sys; sys.exit(ctypes.CDLL(None).unshare({_CLONE_NEWUSER}) != 0)"
    done = subprocess.run([sys.executable, "-I", "-c", trial], timeout=_PROBE_SECONDS, check=False)
    return done.returncode == 0


def _prctl(option: int) -> int:
    if sys.platform != "linux":
        return -1
    return int(ctypes.CDLL(None, use_errno=True).prctl(option, 0, 0, 0, 0))


def _read(path: str) -> str:
    try:
        return Path(path).read_text(encoding="ascii")
    except OSError:
        return ""
