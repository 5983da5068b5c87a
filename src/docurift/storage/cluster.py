"""The cluster: PostgreSQL's own folder inside the data folder. How it is made, and who serves it now."""

import os
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from docurift.storage.account import Account, closed_to, own_name
from docurift.storage.binaries import Binaries

SUPERUSER: Final = "postgres"
APPLICATION: Final = "docurift"
"""Name of the database and of its owner, a role without superuser rights."""

_INITDB_SECONDS: Final = 300
_REMOVAL_SECONDS: Final = 10.0
_REMOVAL_PAUSE_SECONDS: Final = 0.02
_SOCKET_PATH_BYTES: Final = 107
_MAKING: Final = "making-"
_SOCKET_NAME: Final = ".s.PGSQL.5432"
_NETWORK_FILE_SYSTEMS: Final = frozenset(
    {"9p", "afs", "ceph", "cifs", "lustre", "ncpfs", "nfs", "nfs4", "smb3", "smbfs"}
    | {"fuse.ceph", "fuse.glusterfs", "fuse.s3fs", "fuse.sshfs"}
)
_SETTINGS: Final = {
    # On the command line, so that neither a configuration file nor ALTER SYSTEM turns durability off.
    "fsync": "on",
    "full_page_writes": "on",
    "synchronous_commit": "on",
    "listen_addresses": "",
    "unix_socket_permissions": "0700",
    "max_wal_size": "512MB",
    "shared_buffers": "256MB",
    "max_connections": "100",
    "jit": "off",
    "idle_in_transaction_session_timeout": "60s",
    # A week of logs, one file a day; the server's standard error ends with us, its log must not.
    "logging_collector": "on",
    "log_filename": "postgres-%a.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
}


class ClusterError(Exception):
    """The cluster cannot be made or used; the message says what to do."""


@dataclass(frozen=True, slots=True)
class PidFile:
    """What a server writes about itself into its cluster."""

    pid: int
    socket_folder: Path | None
    is_ready: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Cluster:
    """PostgreSQL's folder, its programs and the account it runs as."""

    folder: Path
    binaries: Binaries
    account: Account

    def create(self) -> None:
        """Make the folder if there is none; afterwards it is complete and readable by the account only.

        Raises:
            ClusterError: it cannot be made here, or an existing one is of another version or owner.
        """
        _refuse_network(self.folder.parent)
        self._require_open_way()
        if self.folder.exists():
            self._require_usable()
        else:
            self._initialize()
        self._write_authentication()

    def command(self, socket_folder: Path) -> list[str]:
        """The server in the foreground."""
        settings = {**_SETTINGS, "unix_socket_directories": str(socket_folder)}
        options = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        return [str(self.binaries.postgres), "-D", str(self.folder), *options]

    def environment(self) -> dict[str, str]:
        """The server's environment: nothing of ours but where programs are."""
        inherited = {"PATH": os.environ.get("PATH", os.defpath), "LC_ALL": "C", "TZ": "UTC"}
        # A pid file left behind may name a number that is somebody else's by now. The server takes the number named
        # here for one of its own ancestors' and looks at its shared memory instead, which tells for certain.
        stale = self.pid_file()
        return inherited if stale is None else {**inherited, "PG_GRANDPARENT_PID": str(stale.pid)}

    def pid_file(self) -> PidFile | None:
        """What the server, or one that was killed, says about itself; None before it says anything."""
        try:
            lines = (self.folder / "postmaster.pid").read_text().splitlines()
            socket_folder = Path(lines[4]) if len(lines) > 4 and lines[4] else None  # noqa: PLR2004 -- line 5 is it
            return PidFile(abs(int(lines[0])), socket_folder, any(line.strip() == "ready" for line in lines[7:8]))
        except (FileNotFoundError, ValueError, IndexError):
            return None

    def living_server(self) -> PidFile | None:
        """The server that runs on exactly this folder, if there is one."""
        found = self.pid_file()
        return found if found is not None and _serves(found.pid, self.folder) else None

    def make_socket_folder(self) -> Path:
        """A folder for the socket that only the account enters: beside the cluster if that makes a short path."""
        folder = self.folder.parent / "run"
        if len(os.fsencode(folder / _SOCKET_NAME)) > _SOCKET_PATH_BYTES or '"' in str(folder) or "," in str(folder):
            folder = Path(tempfile.mkdtemp(prefix="docurift-", dir="/tmp"))
        else:
            folder.mkdir(mode=0o700, exist_ok=True)
        folder.chmod(0o700)
        self.account.own(folder)
        return folder

    def _require_open_way(self) -> None:
        closed = closed_to(self.account, self.folder.parent)
        if closed is not None:
            raise ClusterError(
                f"PostgreSQL does not run as root, and account {self.account.name} cannot enter {closed} on the way to "
                f"{self.folder}. Run DocuRift as an ordinary user, choose a data folder elsewhere (such as "
                f"/var/lib/docurift), or open the way: chmod o+x {closed}"
            )

    def _require_usable(self) -> None:
        if (owner := self.folder.stat().st_uid) != self.account.uid:
            raise ClusterError(f"{self.folder} belongs to uid {owner}, but this service runs as uid {self.account.uid}")
        major = (self.folder / "PG_VERSION").read_text().strip()
        if major != str(self.binaries.major):
            raise ClusterError(
                f"{self.folder} was made by PostgreSQL {major}, but {self.binaries.postgres} is {self.binaries.major}: "
                f"name the programs of version {major} in DOCURIFT_POSTGRES_BIN, or dump there and restore here"
            )

    def _initialize(self) -> None:
        """Make it under another name first, so that what bears the final name is whole."""
        for left in self.folder.parent.glob(f"{_MAKING}*"):
            _remove(left)  # by a service that was killed here; the data folder's lock is ours
        making = Path(tempfile.mkdtemp(prefix=_MAKING, dir=self.folder.parent))
        try:
            self.account.own(making)
            self._run_initdb(making)
            making.rename(self.folder)
        finally:
            shutil.rmtree(making, ignore_errors=True)

    def _run_initdb(self, folder: Path) -> None:
        # Ids sort by time as text when bytes are compared.
        locale = ["--locale-provider=builtin", "--locale=C.UTF-8"] if self.binaries.major >= 17 else ["--locale=C"]  # noqa: PLR2004 -- the builtin provider came with 17
        authentication = ["--auth-local=peer", "--auth-host=reject"]
        answer = subprocess.run(
            [self.binaries.initdb, "-D", folder, "-U", SUPERUSER, "--encoding=UTF8", *locale, *authentication],
            cwd="/",
            env=self.environment(),
            capture_output=True,
            text=True,
            timeout=_INITDB_SECONDS,
            check=False,
            user=self.account.user,
            group=self.account.group,
            extra_groups=self.account.extra_groups,
        )
        if answer.returncode != 0:
            raise ClusterError(
                f"initdb failed as {self.account.name}: {answer.stderr.strip() or answer.stdout.strip()}"
            )

    def _write_authentication(self) -> None:
        """Only this service's user and the account itself may connect, and only through the socket."""
        names = sorted({own_name(), self.account.name})
        roles = (SUPERUSER, APPLICATION)
        self._write("pg_ident.conf", "".join(f'docurift "{name}" {role}\n' for name in names for role in roles))
        self._write("pg_hba.conf", "local all all peer map=docurift\n")

    def _write(self, name: str, text: str) -> None:
        path = self.folder / name
        path.unlink(missing_ok=True)
        # As root we write into somebody else's folder: never through a link that was put there.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
        with open(descriptor, "w", encoding="utf-8") as file:  # noqa: PTH123 -- a descriptor has no path
            file.write(text)
        self.account.own(path)


def _remove(folder: Path) -> None:
    """The folder is gone. An initdb that outlived its service may still write into it, until it misses a file."""
    deadline = time.monotonic() + _REMOVAL_SECONDS
    while folder.exists() and time.monotonic() < deadline:
        shutil.rmtree(folder, ignore_errors=True)
        time.sleep(_REMOVAL_PAUSE_SECONDS)


def _serves(pid: int, folder: Path) -> bool:
    """Whether process `pid` is a PostgreSQL server on `folder`."""
    process = Path("/proc") / str(pid)
    try:
        if process.parent.joinpath("self").exists():
            return (process / "exe").readlink().name.startswith("postgres") and (process / "cwd").samefile(folder)
    except OSError:
        return False
    ps = ["ps", "-o", "command=", "-p", str(pid)]
    told = subprocess.run(ps, capture_output=True, text=True, check=False)
    return "postgres" in told.stdout and f"-D {folder}" in told.stdout


def _refuse_network(folder: Path) -> None:
    """A network file system can lose what it said it had synced, and its locks."""
    kind = file_system_of(folder)
    if kind in _NETWORK_FILE_SYSTEMS:
        raise ClusterError(f"{folder} is on a network file system ({kind}): the embedded database needs a local disk")


def file_system_of(folder: Path) -> str | None:
    """The kind of file system that `folder` is on, such as `ext4`; None where the kernel does not tell."""
    device = folder.stat().st_dev
    number = f"{os.major(device)}:{os.minor(device)}"
    try:
        mounts = Path("/proc/self/mountinfo").read_text().splitlines()
    except FileNotFoundError:
        return None
    kinds = [fields[fields.index("-") + 1] for fields in map(str.split, mounts) if fields[2] == number]
    return kinds[-1] if kinds else None
