"""The value tree of a result, filled by JSON Pointers (RFC 6901)."""

from typing import Any, Final, cast

from docurift.model.result import Json
from docurift.schemas.catalogue import Schema, blank

_LONGEST_LIST: Final = 10_000


def filled(schema: Schema, values: dict[str, Json]) -> dict[str, Json]:
    """A value of `schema`, null where `values`, by their pointers, say nothing. Lists grow as far as they are pointed
    into.
    """
    tree = blank(schema)
    for pointer, value in values.items():
        _put(tree, schema, [_unescaped(token) for token in pointer.split("/")[1:]], value)
    return cast("dict[str, Json]", tree)


def _put(tree: Any, schema: Schema, tokens: list[str], value: Json) -> None:  # noqa: ANN401 - JSON
    token, rest = tokens[0], tokens[1:]
    if isinstance(tree, list):
        place, inner = int(token), cast("Schema", schema.get("items", {}))
        if place >= _LONGEST_LIST:
            raise ValueError(f"a list has no place {place}")
        items = cast("list[Any]", tree)
        items.extend(blank(inner) for _ in range(len(items), place + 1))
        if rest:
            _put(items[place], inner, rest, value)
        else:
            items[place] = value
        return
    if rest:
        _put(tree[token], cast("Schema", schema["properties"][token]), rest, value)
    else:
        tree[token] = value


def _unescaped(token: str) -> str:
    return token.replace("~1", "/").replace("~0", "~")
