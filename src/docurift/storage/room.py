"""How much room is left on the disks that the service writes to.

A full disk is the one fault that nothing mends by trying again: below a watermark nothing more is taken in, while what
is under way can still be finished (reliability.md section 2, back-pressure).
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

_LOOK_SECONDS: Final = 1.0


@dataclass(slots=True, eq=False)
class Room:
    """Watches `folders`, each by the name of the part that writes there. Looks at most once a second, however often it
    is asked.
    """

    folders: Mapping[str, Path]
    least_free_bytes: int
    least_free_share: float = 0.0
    _seen: str | None = None
    _looked: float = field(default=float("-inf"))

    def short(self) -> str | None:
        """The first part whose disk has less room left than there must be; None if all have enough."""
        if time.monotonic() - self._looked >= _LOOK_SECONDS:
            self._seen = next((part for part, folder in self.folders.items() if self._is_short(folder)), None)
            self._looked = time.monotonic()
        return self._seen

    def _is_short(self, folder: Path) -> bool:
        try:
            disk = os.statvfs(folder)
        except OSError:
            return False  # a folder that is not there is told by whoever needs it
        free, size = disk.f_bavail * disk.f_frsize, disk.f_blocks * disk.f_frsize
        return free < max(self.least_free_bytes, self.least_free_share * size)
