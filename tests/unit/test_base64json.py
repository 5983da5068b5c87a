import base64
import json

from hypothesis import given
from hypothesis import strategies as st

from docurift.api.intake.base64json import Base64Splitter

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(
    content=st.binary(max_size=300),
    before=st.dictionaries(st.text().filter(lambda key: key != "fileBase64"), PLAIN, max_size=3),
    after=st.dictionaries(st.text().filter(lambda key: key != "fileBase64"), PLAIN, max_size=3),
    size=st.integers(1, 50),
    ascii_only=st.booleans(),
)
def test_the_file_and_the_rest_are_parted_however_the_body_is_cut(
    *, content: bytes, before: dict[str, object], after: dict[str, object], size: int, ascii_only: bool
) -> None:
    rest = {**before, **after}
    body = {**before, "fileBase64": base64.b64encode(content).decode(), **after}
    sent = json.dumps(body, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass")
    splitter = Base64Splitter(max_rest_bytes=1 << 20)

    decoded = b"".join(splitter.feed(sent[at : at + size]) for at in range(0, len(sent), size))

    assert decoded == content
    assert json.loads(splitter.rest().decode("utf-8", "surrogatepass")) == {**rest, "fileBase64": ""}


def test_only_the_string_at_the_top_is_the_file() -> None:
    sent = b'{"a": {"fileBase64": "x"}, "b": ["fileBase64"], "c": "fileBase64", "fileBase64": "SW52\\r\\nb2lj\\/w=="}'
    splitter = Base64Splitter(max_rest_bytes=1_000)

    assert splitter.feed(sent) == base64.b64decode("SW52b2lj/w==")
    assert json.loads(splitter.rest())["a"] == {"fileBase64": "x"}


def test_the_rest_is_bounded_and_the_file_is_not_kept() -> None:
    splitter = Base64Splitter(max_rest_bytes=100)
    splitter.feed(b'{"fileBase64": "')

    for _ in range(1_000):
        assert splitter.feed(b"SW52" * 1_000) == b"Inv" * 1_000
