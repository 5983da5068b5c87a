from typing import Any

import jsonschema
import pytest
from openapi_spec_validator import validate

from docurift.api.app import ROUTES, openapi_document
from docurift.api.problems import ErrorCode
from docurift.model.key import Scope

DOCUMENT = openapi_document()
OPERATIONS = [
    (f"{method.upper()} {path}", operation)
    for path, item in DOCUMENT["paths"].items()
    for method, operation in item.items()
]
WITHOUT_KEY = {"/healthz", "/readyz", "/metrics", "/openapi.json", "/docs"}


def test_the_document_is_openapi_3_1() -> None:
    assert DOCUMENT["openapi"].startswith("3.1")
    validate(DOCUMENT)


def test_every_route_declares_its_scope() -> None:
    assert {route.path for route in ROUTES if route.scope is None} == WITHOUT_KEY
    assert all(isinstance(route.scope, Scope) for route in ROUTES if route.path not in WITHOUT_KEY)


def test_every_call_with_a_key_tells_of_its_limit_in_all_its_answers_and_no_other_does() -> None:
    names = {"RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"}
    for name, operation in OPERATIONS:
        has_limit = name.partition(" ")[2] not in WITHOUT_KEY
        told = [names & set(answer["headers"]) for answer in operation["responses"].values()]
        assert told == [names if has_limit else set()] * len(told), name
        if has_limit:
            refused = operation["responses"]["429"]
            assert "RATE_LIMIT_EXCEEDED" in refused["content"]["application/json"]["examples"]
            assert "Retry-After" in refused["headers"]
        else:
            assert "429" not in operation["responses"]


def test_every_code_is_described_by_some_answer() -> None:
    described = {
        name
        for _, operation in OPERATIONS
        for answer in operation["responses"].values()
        for content in answer.get("content", {}).values()
        for name in content.get("examples", {})
    }

    told_in_words = {code for code in ErrorCode if f"`{code}`" in DOCUMENT["info"]["description"]}
    assert set(ErrorCode) <= described | told_in_words


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_body_has_an_example_that_fits_its_schema(name: str, operation: dict[str, Any]) -> None:
    del name
    for answer in operation["responses"].values():
        for content in answer.get("content", {}).values():
            fits(content)
    for content in operation.get("requestBody", {}).get("content", {}).values():
        fits(content)


@pytest.mark.parametrize(("name", "operation"), OPERATIONS, ids=[name for name, _ in OPERATIONS])
def test_every_parameter_has_a_schema_and_its_example_fits(name: str, operation: dict[str, Any]) -> None:
    del name
    for parameter in operation["parameters"]:
        if "example" in parameter:
            jsonschema.validate(parameter["example"], with_components(parameter["schema"]))
        assert parameter["schema"]


def fits(content: dict[str, Any]) -> None:
    if "schema" not in content:
        return
    examples = [one["value"] for one in content.get("examples", {}).values()] or [content["example"]]
    for example in examples:
        jsonschema.validate(example, with_components(content["schema"]))


def with_components(schema: dict[str, Any]) -> dict[str, Any]:
    return {**schema, "components": DOCUMENT["components"]}
