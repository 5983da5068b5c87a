"""Webhook endpoints at rest; their secrets and the values of their headers only sealed (security.md, T4)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import msgspec
from psycopg.sql import SQL

from docurift.model.event import EventType
from docurift.model.ids import OrganizationId, WebhookId, new_id
from docurift.model.webhook import DisabledReason, Endpoint
from docurift.storage import default_secret
from docurift.storage.database import Connection
from docurift.storage.listing import Listing, Window, fingerprint
from docurift.storage.secrets import Secrets
from docurift.storage.sql import statement
from docurift.storage.walk import SortKey, Walk, window_of

_UNSEEN: Final = timedelta(days=1)
_SEEN_AT_A_TIME: Final = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEndpoint:
    """What an endpoint's row is made from. No `events` means all of them."""

    id: WebhookId
    organization_id: OrganizationId
    url: str
    events: tuple[EventType, ...]
    active: bool
    secret: str = field(repr=False)
    headers: Mapping[str, str] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class EndpointChange:
    """What is to be different; None changes nothing. `headers` replace all that were there."""

    url: str | None = None
    events: tuple[EventType, ...] | None = None
    active: bool | None = None
    headers: Mapping[str, str] | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """What a deliverer needs of an endpoint, still sealed; `secret_owner` is whose secret signs."""

    endpoint_id: WebhookId
    organization_id: OrganizationId
    url: str
    secret_owner: str
    sealed_secret: bytes
    sealed_previous: bytes | None
    sealed_headers: bytes | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Keys:
    """What signs a delivery, and the headers that its endpoint asked for."""

    secret: str = field(repr=False)
    previous: str | None = field(repr=False)
    headers: dict[str, str] = field(repr=False)


async def insert(conn: Connection, secrets: Secrets, new: NewEndpoint) -> Endpoint:
    """The endpoint hears of every event that is told after this transaction."""
    asked = {
        "id": new.id,
        "organization_id": new.organization_id,
        "url": new.url,
        "events": [one.value for one in new.events],
        "active": new.active,
        "sealed_secret": secrets.seal(new.secret, owner=new.id),
        "sealed_headers": _sealed(secrets, new.id, new.headers),
        "header_names": list(new.headers),
    }
    return _endpoint_of(await _row(conn, "webhooks/insert", asked))


async def by_id(conn: Connection, *, organization_id: OrganizationId, endpoint_id: WebhookId) -> Endpoint | None:
    """The organization's endpoint of this id, also one that a call made."""
    asked = {"organization_id": organization_id, "endpoint_id": endpoint_id}
    row = await _one(conn, "webhooks/by_id", asked)
    return None if row is None else _endpoint_of(row)


async def lock(conn: Connection, *, organization_id: OrganizationId, endpoint_id: WebhookId) -> Endpoint | None:
    """As `by_id`; nobody else changes it until the transaction ends."""
    asked = {"organization_id": organization_id, "endpoint_id": endpoint_id}
    row = await _one(conn, "webhooks/lock", asked)
    return None if row is None else _endpoint_of(row)


async def page_of(
    conn: Connection, *, organization_id: OrganizationId, per_call: bool, window: Window
) -> Listing[Endpoint]:
    """The organization's endpoints, newest first: those that were created, or those that calls made.

    Raises:
        InvalidCursorError: the cursor was made for another list.
        PageTooDeepError: the page is out of reach.
    """
    walk = Walk(
        table=SQL("webhook_endpoints"),
        where=SQL("organization_id = %(organization_id)s and per_call = %(per_call)s"),
        asked={"organization_id": organization_id, "per_call": per_call},
        sort=SortKey(SQL("created_at"), SQL("%(_after)s::timestamptz"), "created_at"),
        descending=True,
        binding=fingerprint(organization_id, "webhooks", per_call),
    )
    return await window_of(conn, walk, window, _endpoint_of)


async def count(conn: Connection, organization_id: OrganizationId) -> int:
    """How many endpoints the organization has, without those that calls made."""
    row = await _row(conn, "webhooks/count", {"organization_id": organization_id})
    return int(row["total"])


async def change(conn: Connection, secrets: Secrets, endpoint: Endpoint, wanted: EndpointChange) -> Endpoint:
    """The endpoint as changed. Switched on, or with another address, it begins anew: no failures, no pause."""
    headers = wanted.headers
    asked = {
        "organization_id": endpoint.organization_id,
        "endpoint_id": endpoint.id,
        "url": wanted.url,
        "events": None if wanted.events is None else [one.value for one in wanted.events],
        "active": wanted.active,
        "sealed_headers": None if headers is None else _sealed(secrets, endpoint.id, headers),
        "header_names": None if headers is None else list(headers),
        "begins_anew": wanted.active is True or wanted.url is not None,
    }
    return _endpoint_of(await _row(conn, "webhooks/change", asked))


async def rotate(
    conn: Connection, secrets: Secrets, endpoint: Endpoint, *, secret: str, overlap: timedelta
) -> Endpoint:
    """`secret` signs from now on, beside it the one before it for `overlap`."""
    asked = {
        "organization_id": endpoint.organization_id,
        "endpoint_id": endpoint.id,
        "sealed_secret": secrets.seal(secret, owner=endpoint.id),
        "overlap": overlap,
    }
    return _endpoint_of(await _row(conn, "webhooks/rotate", asked))


async def delete(conn: Connection, endpoint: Endpoint) -> None:
    """The endpoint and all deliveries to it are gone."""
    asked = {"organization_id": endpoint.organization_id, "endpoint_id": endpoint.id}
    await conn.execute(statement("webhooks/delete"), asked)


async def delete_deliveries(conn: Connection, endpoint: Endpoint, *, limit: int) -> int:
    """Some of the deliveries to it are gone, also those that wait; answers how many, `limit` at most."""
    asked = {"organization_id": endpoint.organization_id, "endpoint_id": endpoint.id, "limit": limit}
    return (await conn.execute(statement("webhooks/delete_deliveries"), asked)).rowcount


async def for_call(
    conn: Connection, secrets: Secrets, *, organization_id: OrganizationId, url: str, secret: str | None
) -> WebhookId:
    """The endpoint of calls with this `webhookUrl` and `webhookSecret`; without a secret, its organization's signs.

    Ask for several in one transaction in the order of their URLs: who makes one is waited for.
    """
    if secret is None:
        await default_secret.ensure(conn, secrets, organization_id)
    call = msgspec.json.encode([url, secret]).decode()
    asked = {"organization_id": organization_id, "call_digest": secrets.digest(call, owner=organization_id)}
    found = await _one(conn, "webhooks/of_call", asked)
    if found is not None:
        return WebhookId(found["id"])
    endpoint_id = WebhookId(new_id("wh"))
    sealed = None if secret is None else secrets.seal(secret, owner=endpoint_id)
    made = await _row(
        conn, "webhooks/insert_of_call", {**asked, "id": endpoint_id, "url": url, "sealed_secret": sealed}
    )
    return WebhookId(made["id"])


async def forget_unused(conn: Connection) -> int:
    """Endpoints of calls that no job and no delivery refers to any more are gone; answers how many.

    Each is looked at once a day, a thousand in one call; call it in a transaction.
    """
    asked = {"unseen": _UNSEEN, "limit": _SEEN_AT_A_TIME}
    cursor = await conn.execute(statement("webhooks/lock_old_calls"), asked)
    old = {"endpoint_ids": [row["id"] for row in await cursor.fetchall()]}
    if not old["endpoint_ids"]:
        return 0
    gone = (await conn.execute(statement("webhooks/forget_unused"), old)).rowcount
    await conn.execute(statement("webhooks/note_used"), old)
    return gone


async def sending(conn: Connection, endpoint_id: WebhookId) -> Sending | None:
    """What it takes to send to the endpoint; asked by its id alone, which no client gave."""
    row = await _one(conn, "webhooks/sending", {"endpoint_id": endpoint_id})
    if row is None:
        return None
    return Sending(
        endpoint_id=row["id"],
        organization_id=row["organization_id"],
        url=row["url"],
        secret_owner=row["id"] if row["is_own"] else row["organization_id"],
        sealed_secret=row["sealed_secret"],
        sealed_previous=row["sealed_previous"],
        sealed_headers=row["sealed_headers"],
    )


def unsealed(secrets: Secrets, asked: Sending) -> Keys:
    """What `asked` holds, opened.

    Raises:
        SecretUnreadableError: it was sealed under another key of the service.
    """
    owner, previous, headers = asked.secret_owner, asked.sealed_previous, asked.sealed_headers
    return Keys(
        secret=secrets.unseal(asked.sealed_secret, owner=owner),
        previous=None if previous is None else secrets.unseal(previous, owner=owner),
        headers={} if headers is None else _opened(secrets, asked.endpoint_id, headers),
    )


def _sealed(secrets: Secrets, endpoint_id: WebhookId, headers: Mapping[str, str]) -> bytes | None:
    return secrets.seal(msgspec.json.encode(headers).decode(), owner=endpoint_id) if headers else None


def _opened(secrets: Secrets, endpoint_id: WebhookId, sealed: bytes) -> dict[str, str]:
    return msgspec.json.decode(secrets.unseal(sealed, owner=endpoint_id), type=dict[str, str])


def _endpoint_of(row: Mapping[str, Any]) -> Endpoint:
    reason = row["disabled_reason"]
    return Endpoint(
        id=row["id"],
        organization_id=row["organization_id"],
        url=row["url"],
        events=_types(row["events"]),
        active=row["active"],
        per_call=row["per_call"],
        header_names=tuple(row["header_names"]),
        created_at=row["created_at"],
        updated_at=row["updated_at"],
        previous_secret_until=row["previous_secret_until"],
        consecutive_failures=row["consecutive_failures"],
        failing_since=row["failing_since"],
        last_success_at=row["last_success_at"],
        last_failure_at=row["last_failure_at"],
        paused_until=row["paused_until"],
        disabled_at=row["disabled_at"],
        disabled_reason=None if reason is None else DisabledReason(reason),
    )


def _types(names: Sequence[str]) -> tuple[EventType, ...]:
    return tuple(EventType(name) for name in names)


async def _row(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any]:
    row = await _one(conn, name, asked)
    if row is None:
        raise AssertionError(f"{name} answers a row")
    return row


async def _one(conn: Connection, name: str, asked: Mapping[str, object]) -> dict[str, Any] | None:
    cursor = await conn.execute(statement(name), asked)
    return await cursor.fetchone()
