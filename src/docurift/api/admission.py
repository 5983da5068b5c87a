"""From a request to a handler: who calls, with which parameters, on which route."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from docurift.api.documents.pages import page_number
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import pairs_of, parse, without_metadata
from docurift.api.routes import Call, Route, Runtime
from docurift.model.ids import OrganizationId
from docurift.model.key import ApiKey

Endpoint = Callable[[Request], Awaitable[Response]]

# A call without a key belongs to nobody, and so finds nothing of anybody.
_NOBODY: Final = OrganizationId("")
_SIGNED: Final = ("organization", "expires", "signature")


def endpoint_of(route: Route[Any], runtime: Runtime) -> Endpoint:
    """What answers requests on `route`: the caller is admitted before its parameters are looked at."""

    async def endpoint(request: Request) -> Response:
        state = request.scope.setdefault("state", {})
        state["route"] = route.path
        pairs = pairs_of(request.scope["query_string"])
        call = await _admit(route, runtime, request, pairs)
        if call.key is not None:
            state["key_id"] = call.key.id
        plain, metadata = without_metadata(pairs) if route.takes_metadata else (pairs, {})
        call.metadata.update(metadata)
        return await route.handler(call, parse(route.query, plain))

    return endpoint


async def _admit(route: Route[Any], runtime: Runtime, request: Request, pairs: dict[str, str]) -> Call:
    if route.scope is None:
        return _call(runtime, request, _NOBODY, None)
    headers = request.headers
    if route.takes_signed_links and "signature" in pairs and "x-api-key" not in headers:
        return _call(runtime, request, _signed_organization(runtime, request, pairs), None)
    key = await runtime.keys.admit(headers, route.scope)
    return _call(runtime, request, key.organization_id, key)


def _call(runtime: Runtime, request: Request, organization_id: OrganizationId, key: ApiKey | None) -> Call:
    return Call(runtime=runtime, request=request, organization_id=organization_id, key=key, metadata={})


def _signed_organization(runtime: Runtime, request: Request, pairs: dict[str, str]) -> OrganizationId:
    """The organization that a signed link speaks for.

    Raises:
        Problem: `FORBIDDEN`: the link was changed, or its time is over.
    """
    organization, expires, signature = (pairs.get(name, "") for name in _SIGNED)
    numbers = (expires, pairs.get("dpi", ""))
    if all(number.isascii() and number.isdigit() and len(number) <= 15 for number in numbers):  # noqa: PLR2004
        is_right = runtime.links.is_right(
            signature,
            organization,
            request.path_params["id"],
            page=page_number(request.path_params["n"]),
            dpi=int(numbers[1]),
            expires=int(expires),
        )
        if is_right:
            return OrganizationId(organization)
    raise Problem(ErrorCode.FORBIDDEN, "This link has ended or was changed. Ask for a new one, or send an API key.")
