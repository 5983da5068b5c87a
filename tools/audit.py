"""`make audit`: asks the vulnerability index about the locked versions, and says so if it cannot be reached."""

import subprocess
import sys
from typing import Final

LOCKS: Final = ("locks/runtime.txt", "locks/dev.txt")
# A mirror that serves packages but no advisories says "not found" of every one of them.
UNREACHABLE: Final = ("ConnectionError", "ServiceError", "Max retries", "HTTPError", "Timeout", "not found on PyPI")


def main() -> int:
    """1 if a locked version is known to be vulnerable; 0 if none is, or if nobody could be asked."""
    worst = 0
    for lock in LOCKS:
        command = [sys.executable, "-m", "pip_audit", "--strict", "--require-hashes", "--disable-pip", "-r", lock]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode and any(word in done.stderr for word in UNREACHABLE):
            print(f"{lock}: NOT CHECKED, the vulnerability index cannot be reached from here")
            continue
        print(f"{lock}: {'vulnerable' if done.returncode else 'nothing known'}\n{done.stdout}{done.stderr}".strip())
        worst = max(worst, done.returncode)
    return int(bool(worst))


if __name__ == "__main__":
    sys.exit(main())
