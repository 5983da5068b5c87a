"""The bytes that are sent for an event: written at its first attempt, the same for each later one and each endpoint."""

from docurift.model.ids import DeliveryId
from docurift.storage.database import Connection
from docurift.storage.sql import statement


async def freeze(conn: Connection, delivery_id: DeliveryId, body: bytes) -> bytes | None:
    """What is to be sent: `body`, or what stood before it; None if the delivery was cancelled meanwhile.

    Waits for a deletion that is cancelling the delivery; after one, nothing is kept.
    """
    cursor = await conn.execute(statement("bodies/freeze"), {"delivery_id": delivery_id, "body": body})
    row = await cursor.fetchone()
    return None if row is None else bytes(row["body"])


async def of_delivery(conn: Connection, delivery_id: DeliveryId) -> bytes | None:
    """What is to be sent; None if nothing was frozen yet, or the delivery was cancelled."""
    cursor = await conn.execute(statement("bodies/of_delivery"), {"delivery_id": delivery_id})
    row = await cursor.fetchone()
    return None if row is None else bytes(row["body"])


async def stands(conn: Connection, delivery_id: DeliveryId) -> bool:
    """Whether the delivery still waits and its bytes were not deleted."""
    cursor = await conn.execute(statement("bodies/stands"), {"delivery_id": delivery_id})
    return await cursor.fetchone() is not None
