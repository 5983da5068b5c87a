"""The operator's endpoint: its own door in the guard, and bounds that a hostile answer cannot stretch."""

import pytest
from tests.support.egress import Names
from tests.support.model_server import Answer, a_model_server, drips, floods, hangs_up, sends

from docurift.egress.model_endpoint import ModelEndpoint, ModelEndpointError, Trouble, guard_of
from docurift.egress.refusals import UrlNotAllowedError


@pytest.mark.parametrize(
    "url",
    [
        "https://api.example.com/v1",
        "https://api.example.com:9443/v1",
        "http://127.0.0.1:8000/v1",
        "http://192.168.1.7:11434/v1",
        "http://[::1]:8000/v1",
        "https://8.8.8.8/v1",
        "http://8.8.8.8/v1",  # the very address that the operator wrote down
    ],
)
def test_what_the_operator_names_may_be_called(url: str) -> None:
    guard_of(url).check(url)


@pytest.mark.parametrize(
    "url", ["ftp://a.example.com/v1", "https://u:p@a.example.com/v1", "http://0x7f000001/v1", "http://"]
)
def test_what_no_guard_lets_pass_is_refused(url: str) -> None:
    with pytest.raises(UrlNotAllowedError):
        guard_of(url)


@pytest.mark.parametrize(
    ("url", "address", "admitted"),
    [
        ("http://llm.lan:8000/v1", "10.0.0.7", True),
        ("http://llm:8000/v1", "192.168.0.7", True),
        ("https://llm.example.com/v1", "93.184.215.14", True),
        ("http://llm.example.com/v1", "93.184.215.14", False),  # the key and the document in clear
        ("http://llm.lan:8000/v1", "169.254.169.254", False),
        ("https://llm.example.com/v1", "100.100.100.200", False),
    ],
)
async def test_a_name_leads_to_public_or_private_addresses_and_to_no_metadata(
    url: str, address: str, *, admitted: bool
) -> None:
    host = url.split("/")[2].partition(":")[0]
    guard = guard_of(url, resolver=Names({host: [[address]]}))

    if admitted:
        assert [str(one) for one in await guard.addresses(guard.check(url))] == [address]
    else:
        with pytest.raises(UrlNotAllowedError):
            await guard.addresses(guard.check(url))


@pytest.mark.parametrize(
    ("answer", "trouble"),
    [
        (floods, Trouble.TOO_LONG),
        (hangs_up, Trouble.UNREACHABLE),
        (sends(b"", status="500 Internal Server Error"), Trouble.REFUSED),
        (sends(b"", status="302 Found", headers="Location: http://127.0.0.1:1/latest/meta-data\r\n"), Trouble.REFUSED),
        (sends(b"", status="401 Unauthorized"), Trouble.REFUSED),
    ],
)
async def test_a_bad_answer_is_a_named_trouble(answer: Answer, trouble: Trouble) -> None:
    async with a_model_server(answer) as server:
        with pytest.raises(ModelEndpointError) as caught:
            await asked(server.url, seconds=20.0)

    assert caught.value.trouble is trouble
    assert len(server.asked) == 1


async def test_an_answer_that_drips_ends_with_its_time() -> None:
    async with a_model_server(drips) as server:
        with pytest.raises(ModelEndpointError) as caught:
            await asked(server.url, seconds=0.3)

    assert caught.value.trouble is Trouble.TOO_LATE


async def test_the_key_goes_along_and_no_cookie_or_proxy_does() -> None:
    async with a_model_server(sends(b"{}", headers="Set-Cookie: a=b\r\n")) as server:
        assert await asked(server.url, seconds=20.0) == b"{}"

    (question,) = server.asked
    assert question.headers["authorization"] == "Bearer sk-test"
    assert set(question.headers) == {
        *("host", "accept", "accept-encoding", "authorization", "content-length", "content-type", "user-agent")
    }


async def asked(url: str, *, seconds: float) -> bytes:
    endpoint = ModelEndpoint(guard_of(url), url, key="sk-test", max_connections=1)
    try:
        return await endpoint.ask(b'{"model": "test"}', seconds=seconds)
    finally:
        await endpoint.close()
