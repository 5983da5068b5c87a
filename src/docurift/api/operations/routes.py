"""Calls that need no key."""

from typing import Final

from docurift.api.operations import handlers
from docurift.api.queries import NoQuery
from docurift.api.reference import examples
from docurift.api.routes import Answer, Route
from docurift.telemetry import METRICS_CONTENT_TYPE

_METRICS_TYPE: Final = METRICS_CONTENT_TYPE.partition(";")[0]

OPERATION_ROUTES: Final = (
    Route(
        method="GET",
        path="/healthz",
        name="healthz",
        tag="operations",
        summary="Whether the process lives",
        scope=None,
        query=NoQuery,
        handler=handlers.healthz,
        answers=(Answer(status=200, description="It does.", data=handlers.HealthOut, example=examples.HEALTH),),
    ),
    Route(
        method="GET",
        path="/readyz",
        name="readyz",
        tag="operations",
        summary="Whether database, blob store and queue answer",
        scope=None,
        query=NoQuery,
        handler=handlers.readyz,
        answers=(Answer(status=200, description="They do.", data=handlers.ReadinessOut, example=examples.READINESS),),
    ),
    Route(
        method="GET",
        path="/metrics",
        name="metrics",
        tag="operations",
        summary="Metrics for Prometheus",
        scope=None,
        query=NoQuery,
        handler=handlers.metrics,
        answers=(
            Answer(
                status=200,
                description="Counters and times.",
                texts={_METRICS_TYPE: "# HELP docurift_http_requests_total Answered calls.\n"},
            ),
        ),
    ),
    Route(
        method="GET",
        path="/openapi.json",
        name="openapi",
        tag="operations",
        summary="This description, for machines",
        scope=None,
        query=NoQuery,
        handler=handlers.openapi,
        answers=(Answer(status=200, description="OpenAPI 3.1.", binary="application/json"),),
    ),
    Route(
        method="GET",
        path="/docs",
        name="docs",
        tag="operations",
        summary="This description, for people",
        scope=None,
        query=NoQuery,
        handler=handlers.docs,
        answers=(Answer(status=200, description="A page.", texts={"text/html": "<!doctype html>"}),),
    ),
)
