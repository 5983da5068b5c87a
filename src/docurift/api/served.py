"""What the edge tells about each call: one log line and two metrics. Query strings and bodies stay out of both."""

from typing import Final

from prometheus_client import Counter, Histogram
from starlette.types import Scope

from docurift.telemetry import log

_REQUESTS: Final = Counter("docurift_http_requests", "Answered calls.", ["method", "route", "status"])
_SECONDS: Final = Histogram(
    "docurift_http_request_seconds",
    "From the head of a request to the end of its answer.",
    ["route"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 30, 120),
)


def note(scope: Scope, status: int, seconds: float, request_id: str) -> None:
    """Count and log one answered call."""
    state = scope.get("state", {})
    # The declared path, since a label per id would grow without bound.
    route, method = state.get("route", "none"), scope["method"] if "route" in state else "none"
    _REQUESTS.labels(method, route, str(status)).inc()
    _SECONDS.labels(route).observe(seconds)
    log.info(
        "request.served",
        method=method,
        route=route,
        status=status,
        milliseconds=round(seconds * 1000, 2),
        request_id=request_id,
        key_id=state.get("key_id"),
    )
