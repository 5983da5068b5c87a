"""What became of attempts to deliver: one row each, and where the delivery stands since."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from docurift.model.health import Health
from docurift.model.ids import DeliveryId, WebhookId
from docurift.model.webhook import DeliveryStatus
from docurift.storage.database import Connection
from docurift.storage.sql import statement
from docurift.storage.turns import Turn, health_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """One attempt that was made: the endpoint's answer, or why there is none."""

    delivery_id: DeliveryId
    number: int
    started_at: datetime
    latency_seconds: float
    status_code: int | None = None
    error: str | None = None
    answer: str | None = None
    retry_after_seconds: float | None = None

    @property
    def is_success(self) -> bool:
        """The endpoint took it."""
        return self.status_code is not None and self.status_code // 100 == 2  # noqa: PLR2004 -- the class of 2xx


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """Where a delivery stands after an attempt; pending, it is due again in `delay_seconds`."""

    status: DeliveryStatus
    delay_seconds: float | None = None


async def record(
    conn: Connection, endpoint_id: WebhookId, judged: Sequence[tuple[Outcome, Verdict]]
) -> set[DeliveryId]:
    """The deliveries whose attempt is on record now and was not before. Call it with the endpoint's row locked."""
    outcomes = [outcome for outcome, _ in judged]
    asked = {
        "endpoint_id": endpoint_id,
        "ids": [one.delivery_id for one in outcomes],
        "numbers": [one.number for one in outcomes],
        "started_at": [one.started_at for one in outcomes],
        "latencies_ms": [round(one.latency_seconds * 1000) for one in outcomes],
        "status_codes": [one.status_code for one in outcomes],
        "errors": [one.error for one in outcomes],
        "answers": [one.answer for one in outcomes],
        "statuses": [verdict.status for _, verdict in judged],
        "delays": [verdict.delay_seconds for _, verdict in judged],
    }
    cursor = await conn.execute(statement("deliveries/record"), asked)
    return {row["delivery_id"] for row in await cursor.fetchall()}


async def record_delivered(conn: Connection, turn: Turn, made: Sequence[Outcome]) -> Health | None:
    """These attempts, which succeeded, are on record, and the endpoint is well; one statement, and it fences itself.

    None: the turn was lost, and nothing was written.
    """
    asked = {
        "endpoint_id": turn.endpoint_id,
        "turn": turn.number,
        "ids": [one.delivery_id for one in made],
        "numbers": [one.number for one in made],
        "started_at": [one.started_at for one in made],
        "latencies_ms": [round(one.latency_seconds * 1000) for one in made],
        "status_codes": [one.status_code for one in made],
        "answers": [one.answer for one in made],
    }
    row = await (await conn.execute(statement("deliveries/record_delivered"), asked)).fetchone()
    return None if row is None else health_of(row)


async def postpone(conn: Connection, delivery_id: DeliveryId, *, seconds: float) -> None:
    """The delivery is due later; that counts as no attempt."""
    await conn.execute(statement("deliveries/postpone"), {"delivery_id": delivery_id, "seconds": seconds})


async def cancel_of_endpoint(conn: Connection, endpoint_id: WebhookId) -> None:
    """Nothing that waits for this endpoint is sent any more."""
    await conn.execute(statement("deliveries/cancel_of_endpoint"), {"endpoint_id": endpoint_id})
