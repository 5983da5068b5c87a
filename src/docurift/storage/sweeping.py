"""Between those who remove bytes that nothing needs and those who write many at once: one lock for an organization.

Single submissions lock the hash of their bytes (`documents.lock_content`). A batch would fill the server's table of
locks with its thousand, so it takes this one, which it shares with other batches.
"""

from docurift.model.ids import OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


async def forbid(conn: Connection, *, organization_id: OrganizationId) -> None:
    """Nobody sweeps bytes of the organization until the transaction ends."""
    await conn.execute(statement("sweeping/forbid"), {"organization_id": organization_id})


async def begin(conn: Connection, *, organization_id: OrganizationId) -> None:
    """Nobody forbids it until the transaction ends; call it before any other lock on bytes."""
    await conn.execute(statement("sweeping/begin"), {"organization_id": organization_id})
