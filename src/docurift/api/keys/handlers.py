"""API keys (contract section 4): shown once, narrowed never widened."""

from datetime import UTC, datetime
from typing import Annotated, Self

import msgspec
from msgspec import Meta
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, WithJsonSchema
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from docurift.actions.keys import CreatedKey, KeyNotFoundError, WiderKeyError, change_key, create_key, delete_key
from docurift.api.answers import Timestamp, Wire, maybe_stamp, stamp, success
from docurift.api.intake.idempotency import answered_once
from docurift.api.intake.json_body import read_json
from docurift.api.jobs.wire import DeletedOut
from docurift.api.lists import DEFAULT_LIMIT, listed, walking, window
from docurift.api.problems import ErrorCode, Problem, invalid
from docurift.api.queries import Absent, Cursor, Limit, NoQuery, Page, Query, moment
from docurift.api.routes import Call
from docurift.model.ids import KeyId
from docurift.model.key import ApiKey, Scope
from docurift.storage import keys
from docurift.storage.database import Transactions


def _scope(value: object) -> object:
    if not isinstance(value, str) or value not in set(Scope):
        raise ValueError(f"should be one of {', '.join(Scope)}")
    return Scope(value)


def _later(value: object) -> object:
    return moment(value if isinstance(value, str) else "")


def _shown(value: object) -> object:
    if isinstance(value, str) and not value.strip():
        raise ValueError("should hold more than blanks")
    if isinstance(value, str) and not value.isprintable():
        raise ValueError("should hold no control characters")
    return value


_SCOPE_SCHEMA = {"type": "string", "enum": list(Scope)}
KeyName = Annotated[
    str,
    BeforeValidator(_shown),
    Field(min_length=1, max_length=100),
    WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 100, "pattern": "^[A-Za-z0-9._-][ -~]*$"}),
]


class _Body(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)


class NewKeyBody(_Body):
    """What a key is to be."""

    name: KeyName = Field(description="What the key is for.")
    scopes: list[Annotated[Scope, BeforeValidator(_scope), WithJsonSchema(_SCOPE_SCHEMA)]] = Field(
        min_length=1, max_length=len(Scope), description="What the key may do; never more than the calling key."
    )
    expires_at: (
        Annotated[datetime, BeforeValidator(_later), WithJsonSchema({"type": "string", "format": "date-time"})] | Absent
    ) = Field(default=None, description="When the key ends; never, if not given.")


class KeyChangeBody(_Body):
    """What is to change."""

    model_config = ConfigDict(json_schema_extra={"minProperties": 1})

    name: KeyName | Absent = None
    enabled: StrictBool | Absent = None


class KeyOut(Wire, frozen=True):
    """An API key; `prefix` is how it begins."""

    id: Annotated[str, Meta(pattern="^key_[0-9a-z]{26}$")]
    name: str
    prefix: str
    scopes: tuple[Scope, ...]
    enabled: bool
    created_at: Timestamp
    expires_at: Timestamp | None
    last_used_at: Timestamp | None

    @classmethod
    def of(cls, key: ApiKey) -> Self:
        """The key as it travels."""
        return cls(
            id=key.id,
            name=key.name,
            prefix=key.prefix,
            scopes=tuple(sorted(key.scopes)),
            enabled=key.enabled,
            created_at=stamp(key.created_at),
            expires_at=maybe_stamp(key.expires_at),
            last_used_at=maybe_stamp(key.last_used_at),
        )


class CreatedKeyOut(KeyOut, frozen=True):
    """A fresh API key, with the key itself."""

    key: Annotated[str, Meta(pattern="^frc_[0-9A-Za-z]{32}$")]

    @classmethod
    def with_text(cls, created: CreatedKey) -> Self:
        """The key as it travels this once."""
        shown = msgspec.structs.asdict(KeyOut.of(created.key))
        return cls(**shown, key=created.secret)


class KeyListQuery(Query):
    """Which part of the keys."""

    page: Page | Absent = None
    limit: Limit = DEFAULT_LIMIT
    cursor: Cursor | Absent = None


async def create(call: Call, query: NoQuery) -> Response:
    """A fresh key, shown this once."""
    del query
    body = await read_json(call, NewKeyBody)

    async def act(transactions: Transactions) -> Response:
        try:
            created = await create_key(
                transactions,
                creator=call.admitted,
                name=body.name,
                scopes=frozenset(body.scopes),
                expires_at=body.expires_at,
            )
        except WiderKeyError as error:
            raise _too_wide(error.scopes) from error
        return success(CreatedKeyOut.with_text(created), 201, {"Location": f"/v1/api-keys/{created.key.id}"})

    return await answered_once(call, act, body.model_dump(mode="json"))


async def list_keys(call: Call, query: KeyListQuery) -> Response:
    """A part of the organization's keys."""
    asked = window(page=query.page, limit=query.limit, cursor=query.cursor)
    with walking():
        async with call.services.db.reading() as conn:
            listing = await keys.page_of(conn, organization_id=call.organization_id, window=asked)
    return listed("apiKeys", [KeyOut.of(key) for key in listing.items], listing, query.limit)


async def show(call: Call, query: NoQuery) -> Response:
    """One key."""
    del query
    return success(KeyOut.of(await _find(call)))


async def change(call: Call, query: NoQuery) -> Response:
    """A key with another name, enabled or disabled."""
    del query
    body = await read_json(call, KeyChangeBody)
    if body.name is None and body.enabled is None:
        raise invalid("body", "should change `name` or `enabled`")
    _check_width(call, await _find(call))
    try:
        key = await change_key(
            call.services.db,
            organization_id=call.organization_id,
            key_id=_key_id_of(call),
            name=body.name,
            enabled=body.enabled,
        )
    except KeyNotFoundError as error:
        raise _not_found() from error
    call.runtime.keys.forget()
    return success(KeyOut.of(key))


async def delete(call: Call, query: NoQuery) -> Response:
    """A key that ends for good."""
    del query
    _check_width(call, await _find(call))
    try:
        key = await delete_key(call.services.db, organization_id=call.organization_id, key_id=_key_id_of(call))
    except KeyNotFoundError as error:
        raise _not_found() from error
    call.runtime.keys.forget()
    return success(DeletedOut(id=key.id, deleted=True, deleted_at=stamp(datetime.now(UTC))))


async def _find(call: Call) -> ApiKey:
    async with call.services.db.reading() as conn:
        key = await keys.by_id(conn, organization_id=call.organization_id, key_id=_key_id_of(call))
    if key is None:
        raise _not_found()
    return key


def _check_width(call: Call, key: ApiKey) -> None:
    """A key does not change one that may do more than itself."""
    wider = frozenset(scope for scope in key.scopes if not call.admitted.allows(scope))
    if wider:
        raise _too_wide(wider)


def _too_wide(scopes: frozenset[Scope]) -> Problem:
    message = "A key may not make or change one that may do more. Use a key with the scopes named in `details`."
    return Problem(ErrorCode.FORBIDDEN, message, details={"scopes": sorted(scopes)})


def _key_id_of(call: Call) -> KeyId:
    return KeyId(call.item_id("key", _not_found()))


def _not_found() -> Problem:
    return Problem(ErrorCode.NOT_FOUND, "There is no API key with this id. Check the id.")
