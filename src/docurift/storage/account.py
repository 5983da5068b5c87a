"""The account that PostgreSQL runs as: ourselves, or an unprivileged one when we are root, which PostgreSQL refuses."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Final

_NOBODY: Final = 65534


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """A user of this machine, without supplementary groups; `is_self` when it is the one that runs this process."""

    uid: int
    gid: int
    is_self: bool

    @property
    def name(self) -> str:
        """Its name, or its number if it has none."""
        return _name_of(self.uid)

    @property
    def user(self) -> int | None:
        """`user` for `subprocess`."""
        return None if self.is_self else self.uid

    @property
    def group(self) -> int | None:
        """`group` for `subprocess`."""
        return None if self.is_self else self.gid

    @property
    def extra_groups(self) -> list[int] | None:
        """`extra_groups` for `subprocess`: none of ours."""
        return None if self.is_self else []

    def own(self, path: Path) -> None:
        """Give `path` to this account."""
        if not self.is_self:
            os.chown(path, self.uid, self.gid, follow_symlinks=False)


def account_for(*, data_folder: Path, cluster: Path) -> Account:
    """Who runs PostgreSQL on `cluster` in `data_folder`.

    An ordinary user runs it as itself. For root: the owner of an existing cluster, else of the data folder, else
    `postgres`, else the traditional uid of `nobody`.
    """
    if os.geteuid() != 0:
        return Account(uid=os.geteuid(), gid=os.getegid(), is_self=True)
    for folder in (cluster, data_folder):
        if folder.exists() and (owner := folder.stat()).st_uid != 0:
            return Account(uid=owner.st_uid, gid=owner.st_gid, is_self=False)
    try:
        postgres = pwd.getpwnam("postgres")
    except KeyError:
        return Account(uid=_NOBODY, gid=_NOBODY, is_self=False)
    return Account(uid=postgres.pw_uid, gid=postgres.pw_gid, is_self=False)


def own_name() -> str:
    """The name of the user that runs this process."""
    return _name_of(os.geteuid())


def closed_to(account: Account, path: Path) -> Path | None:
    """The first folder on the way to `path`, itself included, that `account` cannot enter; None if the way is open."""
    resolved = path.resolve()
    way = [*reversed(resolved.parents), *([resolved] if resolved.is_dir() else [])]
    return next((folder for folder in way if not _can_enter(account, folder.stat())), None)


def _can_enter(account: Account, status: os.stat_result) -> bool:
    if account.uid == status.st_uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if account.gid == status.st_gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _name_of(uid: int) -> str:
    try:
        return pwd.getpwuid(uid).pw_name
    except KeyError:
        return str(uid)
