"""How long a worker takes to make jobs of an archive's files, and what memory it takes.

    python -m bench.unpack [--files 1000] [--mebibytes 1000]

Two archives: so many one-page documents, deflated; and so many bytes in files of 10 MiB each, stored. The unpacking is
that of a worker: the archive copied and checked, listed and inflated in a jailed child, each file hashed, synced and
put into the blob store of a folder, and all of them written in one transaction. Nothing reads the documents meanwhile.
"""

import argparse
import asyncio
import hashlib
import os
import resource
import shutil
import tempfile
import time
import zipfile
from pathlib import Path

from bench.born_digital import a_document
from tests.support.postgres import new_data_folder

from docurift.model.archive import ArchiveLimits, UnpackOrder
from docurift.model.ids import BatchId, new_id
from docurift.model.job import JobOptions
from docurift.model.work import MIB, Limits
from docurift.storage import batches, organizations, queue
from docurift.storage.batches import Archive, NewBatch
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database
from docurift.storage.embedded import EmbeddedServer
from docurift.storage.migrate import migrate
from docurift.storage.secrets import Secrets
from docurift.storage.shares import Place
from docurift.worker.child import Sandbox
from docurift.worker.unpacker import Unpacker, UnpackTerms

ITEM_MIB = 10


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=1_000)
    parser.add_argument("--mebibytes", type=int, default=1_000)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measure(Path(folder), arguments.files, arguments.mebibytes))


async def measure(folder: Path, files: int, mebibytes: int) -> None:
    """Unpack both archives on a database of their own."""
    data = new_data_folder()
    server = EmbeddedServer(data)
    try:
        dsn = await server.start()
        await migrate(dsn)
        db = await Database.open(dsn, min_size=1, max_size=4, timeout_seconds=5)
        await compare(db, folder, files, mebibytes)
        await db.close()
    finally:
        await server.stop()
        shutil.rmtree(data, ignore_errors=True)


async def compare(db: Database, folder: Path, files: int, mebibytes: int) -> None:
    """One line for each archive."""
    blobs, sandbox = Blobs.open(folder / "blobs"), Sandbox()
    await sandbox.start()
    order = UnpackOrder(archive=ArchiveLimits(), limits=Limits())
    terms = UnpackTerms(lease_seconds=30, renew_seconds=5, max_tries=3, order=order)
    unpacker = Unpacker(db=db, blobs=blobs, secrets=Secrets(os.urandom(32)), sandbox=sandbox, terms=terms)
    print("| archive | packed MiB | unpacked MiB | s | worker's peak grew by MiB |\n|---|---|---|---|---|")
    documents = folder / "documents.zip"
    write(documents, [(f"{number}.pdf", a_document(1, seed=number, lines=13)) for number in range(files)])
    await one(unpacker, documents, f"{files} one-page PDFs")
    large = folder / "large.zip"
    with zipfile.ZipFile(large, "w") as archive:
        for number in range(mebibytes // ITEM_MIB):
            archive.writestr(f"{number}.txt", os.urandom(ITEM_MIB * MIB // 2).hex())
    await one(unpacker, large, f"{mebibytes // ITEM_MIB} files of {ITEM_MIB} MiB")
    await sandbox.close()


def write(path: Path, files: list[tuple[str, bytes]]) -> None:
    """An archive of these files, deflated."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files:
            archive.writestr(name, content)


async def one(unpacker: Unpacker, archive: Path, label: str) -> None:
    """Have this archive unpacked, and print what it took."""
    db, batch_id = unpacker.db, BatchId(new_id("batch"))
    sizes, packed, sha256 = await asyncio.to_thread(facts, archive)
    await unpacker.blobs.put_file(organizations.DEFAULT, archive, sha256)
    new = NewBatch(
        id=batch_id,
        organization_id=organizations.DEFAULT,
        item_count=None,
        archive=Archive(sha256=sha256, options=JobOptions()),
    )
    async with db.transaction() as tx:
        await batches.insert(tx, new)
        await queue.enqueue_archive(tx, batch_id, Place(start_tag=0))
    before, begun = peak_mib(), time.perf_counter()
    await unpacker.run(batch_id)
    seconds = time.perf_counter() - begun
    async with db.reading() as conn:
        done = await batches.by_id(conn, organization_id=organizations.DEFAULT, batch_id=batch_id)
    assert done is not None
    assert (done.item_count, done.counts.pending) == (len(sizes), len(sizes)), done
    grown = peak_mib() - before
    print(f"| {label} | {packed / MIB:.1f} | {sum(sizes) / MIB:.1f} | {seconds:.2f} | {grown:.0f} |")


def facts(archive: Path) -> tuple[list[int], int, str]:
    """The unpacked sizes of its files, its own, and its hash."""
    with zipfile.ZipFile(archive) as opened:
        sizes = [entry.file_size for entry in opened.infolist()]
    with archive.open("rb") as file:
        return sizes, archive.stat().st_size, hashlib.file_digest(file, "sha256").hexdigest()


def peak_mib() -> float:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
