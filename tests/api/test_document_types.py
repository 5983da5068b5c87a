"""The document types and the schemas of their results."""

import httpx2
import pytest
from jsonschema import Draft202012Validator
from tests.support.edge import code_of

from docurift.model.job import DocumentType
from docurift.schemas.catalogue import HINTS, document_types, sample_of


async def test_every_type_is_listed_with_its_title_its_aliases_and_its_schema(client: httpx2.AsyncClient) -> None:
    listed = (await client.get("/v1/document-types")).json()["data"]["documentTypes"]

    by_type = {one["type"]: one for one in listed}
    assert set(by_type) == set(document_types())
    assert by_type["air_waybill"]["title"] == "Air waybill"
    assert by_type["air_waybill"]["aliases"] == ["airway_bill"]
    assert (await client.get(by_type["invoice"]["schemaUrl"])).status_code == 200


@pytest.mark.parametrize("document_type", document_types())
async def test_a_schema_takes_the_results_of_its_type(client: httpx2.AsyncClient, document_type: DocumentType) -> None:
    answer = await client.get(f"/v1/document-types/{document_type}/schema")

    schema = answer.json()["data"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema).validate(sample_of(document_type))
    assert HINTS not in answer.text


async def test_an_alias_has_the_schema_of_its_type(client: httpx2.AsyncClient) -> None:
    alias = await client.get("/v1/document-types/airway_bill/schema")
    own = await client.get("/v1/document-types/air_waybill/schema")

    assert alias.content == own.content


async def test_a_schema_comes_bare_to_who_accepts_schemas(client: httpx2.AsyncClient) -> None:
    headers = {"Accept": "application/schema+json"}

    bare = await client.get("/v1/document-types/receipt/schema", headers=headers)

    assert bare.headers["content-type"] == "application/schema+json"
    assert bare.json()["title"] == "Receipt"


async def test_an_unchanged_schema_is_not_sent_again(client: httpx2.AsyncClient) -> None:
    first = await client.get("/v1/document-types/receipt/schema")

    again = await client.get("/v1/document-types/receipt/schema", headers={"If-None-Match": first.headers["etag"]})

    assert (again.status_code, again.content) == (304, b"")


@pytest.mark.parametrize("name", ["auto", "letter", "INVOICE", "invoice%00"])
async def test_a_type_that_is_not_there_is_not_found(client: httpx2.AsyncClient, name: str) -> None:
    answer = await client.get(f"/v1/document-types/{name}/schema")

    assert (answer.status_code, code_of(answer)) == (404, "NOT_FOUND")
