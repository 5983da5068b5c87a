"""What this kernel offers for a parser's jail (security.md section 4.2), asked without changing this process."""

import ctypes
import subprocess
import sys
from typing import Final

from docurift.model.sandbox import Layer
from docurift.worker import jail

_PR_GET_NO_NEW_PRIVS: Final = 39
_PR_GET_MDWE: Final = 66
_CLONE_NEWUSER: Final = 0x10000000
_PROBE_SECONDS: Final = 10.0


def offered() -> frozenset[Layer]:
    """The layers that this kernel offers to a process that opens documents."""
    asked = {
        Layer.LIMITS: sys.platform == "linux",
        Layer.PROCESS: sys.platform == "linux",
        Layer.CAPABILITIES: sys.platform == "linux",
        Layer.NO_NEW_PRIVS: has_no_new_privs(),
        Layer.MDWE: has_mdwe(),
        Layer.LANDLOCK: landlock_abi() is not None,
        Layer.SECCOMP: has_seccomp(),
    }
    return frozenset(layer for layer, is_there in asked.items() if is_there)


def landlock_abi() -> int | None:
    """Version of Landlock's interface; None where the kernel has none or it is turned off."""
    return jail.landlock_version() if sys.platform == "linux" else None


def has_seccomp() -> bool:
    """Whether seccomp filters may be loaded, and we have one for this architecture."""
    return sys.platform == "linux" and jail.has_seccomp()


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
