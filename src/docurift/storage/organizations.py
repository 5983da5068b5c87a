"""Organizations: who owns what."""

from typing import Final

from docurift.model.ids import OrganizationId
from docurift.storage.database import Connection
from docurift.storage.sql import statement

DEFAULT: Final = OrganizationId("org_00000000000000000000000000")
"""The organization that every database starts with."""


async def lock(conn: Connection, organization_id: OrganizationId) -> bool:
    """Whether there is such an organization; nobody else holds this lock until the transaction ends."""
    cursor = await conn.execute(statement("organizations/lock"), {"organization_id": organization_id})
    return await cursor.fetchone() is not None


async def lock_counter(conn: Connection, organization_id: OrganizationId) -> None:
    """Nobody else tells an event of the organization, or adds an endpoint to it, until the transaction ends."""
    await conn.execute(statement("organizations/lock_counter"), {"organization_id": organization_id})


async def has_keys(conn: Connection, organization_id: OrganizationId) -> bool:
    """Whether anybody can enter on its behalf."""
    cursor = await conn.execute(statement("organizations/has_keys"), {"organization_id": organization_id})
    row = await cursor.fetchone()
    return bool(row and row["has_keys"])
