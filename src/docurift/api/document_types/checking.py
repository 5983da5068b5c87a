"""A dry run of a schema: what would be looked for, without a document."""

from collections.abc import Iterator
from typing import Annotated, Any, Self

from msgspec import Meta
from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel
from starlette.responses import Response

from docurift.api.answers import Wire, success
from docurift.api.intake.asked_schema import refused, taken
from docurift.api.intake.idempotency import answered_once
from docurift.api.intake.json_body import read_json
from docurift.api.queries import NoQuery
from docurift.api.routes import Call
from docurift.schemas.catalogue import Schema
from docurift.schemas.hinted import hinted
from docurift.schemas.wanted import Group, GroupKind, Wanted, wish_of
from docurift.storage.database import Transactions

_MAX_LABELS = 20


class CheckBody(BaseModel):
    """What is to be checked."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, alias_generator=to_camel)

    asked_schema: Any = Field(default=None, alias="schema", description="The schema, as process takes it.")


class FieldOut(Wire, frozen=True):
    """A value that would be looked for."""

    pointer: Annotated[str, Meta(description="Where it would stand in `result`; `*` is any place of a list.")]
    kind: Annotated[str, Meta(description="How it is expected to look.")]
    labels: Annotated[tuple[str, ...], Meta(description="What it is expected to stand beside, the best first.")]
    within: Annotated[str | None, Meta(description="`party` or `rows`: found as part of a block or a table.")]

    @classmethod
    def of(cls, leaf: Wanted, group: Group | None = None) -> Self:
        """The value as it travels."""
        before = "" if group is None else group.pointer + ("/*" if group.kind is GroupKind.ROWS else "")
        return cls(
            pointer=before + leaf.pointer,
            kind=leaf.kind,
            labels=(leaf.labels or (group.labels if group else ()))[:_MAX_LABELS],
            within=None if group is None else group.kind,
        )


class UnderstoodOut(Wire, frozen=True):
    """What was understood of a schema."""

    fields: tuple[FieldOut, ...]


def understood(schema: Schema) -> UnderstoodOut:
    """What would be looked for."""
    wish = wish_of(hinted(schema))

    def fields() -> Iterator[FieldOut]:
        for leaf in wish.leaves:
            yield FieldOut.of(leaf)
        for group in wish.groups:
            yield from (FieldOut.of(leaf, group) for leaf in group.leaves)

    return UnderstoodOut(fields=tuple(fields()))


async def check(call: Call, query: NoQuery) -> Response:
    """What would be looked for; nothing is kept."""
    del query
    body = await read_json(call, CheckBody)
    if body.asked_schema is None:
        raise refused("", "is missing")
    schema = taken(body.asked_schema, call.services.limits)

    async def act(transactions: Transactions) -> Response:
        del transactions
        return success(understood(schema))

    return await answered_once(call, act, schema)
