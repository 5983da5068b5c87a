"""The organization's own webhook secret: it signs for a `webhookUrl` that came without a `webhookSecret`."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from docurift.model.ids import OrganizationId
from docurift.model.signature import new_secret
from docurift.storage.database import Connection
from docurift.storage.secrets import Secrets
from docurift.storage.sql import statement


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultSecret:
    """Whether there is one, and how long the one before it signs beside it."""

    exists: bool
    previous_until: datetime | None


async def ensure(conn: Connection, secrets: Secrets, organization_id: OrganizationId) -> None:
    """There is one; a fresh one, which nobody has seen yet, if there was none."""
    asked = {"organization_id": organization_id}
    if (await look(conn, organization_id)).exists:
        return
    sealed = secrets.seal(new_secret(), owner=organization_id)
    await conn.execute(statement("organizations/ensure_webhook_secret"), {**asked, "sealed_secret": sealed})


async def look(conn: Connection, organization_id: OrganizationId) -> DefaultSecret:
    """How it stands."""
    cursor = await conn.execute(statement("organizations/webhook_secret"), {"organization_id": organization_id})
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no organization {organization_id}")
    return DefaultSecret(exists=row["exists"], previous_until=row["previous_until"])


async def rotate(
    conn: Connection, secrets: Secrets, organization_id: OrganizationId, *, secret: str, overlap: timedelta
) -> DefaultSecret:
    """`secret` signs from now on, beside it the one before it for `overlap`, if there was one."""
    sealed = secrets.seal(secret, owner=organization_id)
    asked = {"organization_id": organization_id, "sealed_secret": sealed, "overlap": overlap}
    cursor = await conn.execute(statement("organizations/rotate_webhook_secret"), asked)
    row = await cursor.fetchone()
    if row is None:
        raise LookupError(f"no organization {organization_id}")
    return DefaultSecret(exists=True, previous_until=row["previous_until"])
