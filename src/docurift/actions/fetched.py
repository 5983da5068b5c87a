"""The bytes of a `fileUrl` have come: they are the content of their document, fenced by the attempt that fetched."""

from docurift.actions.take import Lease, LeaseLostError
from docurift.model.document import Content, Document
from docurift.model.failure import Stage
from docurift.storage import documents, jobs
from docurift.storage.blobs import Blobs
from docurift.storage.database import Database


async def give_content(db: Database, blobs: Blobs, lease: Lease, content: Content) -> Document:
    """The lease's document with its content, whose bytes are stored before this is called, and without its address.
    If another job on the document was quicker, that one's content stays.

    Raises:
        LeaseLostError: the lease was not held any more; nothing has changed.
        BlobMissingError: the bytes were removed with another document of equal ones; put them again and repeat.
    """
    organization_id = lease.job.organization_id
    async with db.transaction() as tx:
        held = await jobs.progress(
            tx,
            job_id=lease.job.id,
            attempt=lease.attempt,
            page_count=None,
            pages_processed=0,
            percent=0,
            stage=Stage.LOAD,
        )
        if not held:
            raise LeaseLostError(lease.job.id)
        await documents.lock_content(tx, organization_id=organization_id, hashes=[content.sha256])
        await blobs.size(organization_id, content.sha256)
        return await documents.give_content(
            tx, organization_id=organization_id, document_id=lease.document.id, content=content
        )
