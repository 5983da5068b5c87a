"""From a request to a handler: who calls, with which parameters, on which route."""

from collections.abc import Awaitable, Callable
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from docurift.api.auth import sends_key
from docurift.api.documents.pages import page_number
from docurift.api.problems import ErrorCode, Problem
from docurift.api.queries import pairs_of, parse, without_metadata
from docurift.api.rates.callers import address_of
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
        request.scope.setdefault("state", {})["route"] = route.path
        call, pairs = await _admit(route, runtime, request)
        plain, metadata = without_metadata(pairs) if route.takes_metadata else (pairs, {})
        call.metadata.update(metadata)
        return await route.handler(call, parse(route.query, plain))

    return endpoint


async def _admit(route: Route[Any], runtime: Runtime, request: Request) -> tuple[Call, dict[str, str]]:
    """The call, and the parameters of its query as they were sent."""
    query = request.scope["query_string"]
    if route.scope is None:
        return _call(runtime, request, _NOBODY, None), pairs_of(query)
    headers = request.headers
    may_be_link = route.takes_signed_links and "x-api-key" not in headers
    # Without a key the query comes first: it may hold a signature, or a key that has to be told to stay out of there.
    pairs = pairs_of(query) if may_be_link or not sends_key(headers) else None
    if pairs is not None and may_be_link and "signature" in pairs:
        return _call(runtime, request, _signed_organization(runtime, request, pairs), None), pairs
    key = await _identified(runtime, request)
    await _count(runtime, request, key)
    runtime.keys.allow(key, route.scope)
    return _call(runtime, request, key.organization_id, key), pairs_of(query) if pairs is None else pairs


async def _identified(runtime: Runtime, request: Request) -> ApiKey:
    """The calling key.

    Raises:
        Problem: 401 with the code of its reason; `RATE_LIMIT_EXCEEDED`: too many wrong ones come from there.
    """
    keys, guesses = runtime.keys, runtime.rates.guesses
    address = address_of(request.scope, trusted_proxies=runtime.services.limits.trusted_proxies)
    if guesses.seconds_shut(address) and not keys.knows(request.headers):
        raise guesses.refuse(address)
    try:
        return await keys.identify(request.headers)
    except Problem as problem:
        if problem.code == ErrorCode.INVALID_API_KEY:
            await guesses.count(address)
        raise


async def _count(runtime: Runtime, request: Request, key: ApiKey) -> None:
    """The request counts, and its answer, whatever that is, will say how many are left.

    Raises:
        Problem: `RATE_LIMIT_EXCEEDED`.
    """
    state, turnstile = request.scope["state"], runtime.rates.requests
    state["key_id"], state["meter"] = key.id, runtime.rates.meter(key.id)
    if turnstile is None:
        return
    verdict = await turnstile.count(key.id)
    state["rate_headers"] = turnstile.limit.headers(verdict)
    if not verdict.is_allowed:
        raise turnstile.limit.exceeded(verdict.retry_seconds)


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
