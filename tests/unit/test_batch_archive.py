"""A file of an archive that is refused stops no other; an archive is refused whole only where it must be."""

import io
import zipfile
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.archives import (
    MIB,
    Unpacking,
    a_zip,
    claiming,
    damaged,
    encrypted,
    many_entries,
    overlapping,
    with_blanks,
    with_link,
)

from docurift.engines.batch_archive import unpack
from docurift.model.archive import ArchiveLimits, ItemFault, failure_of
from docurift.model.failure import FailureCode
from docurift.pipeline.ports import DocumentError

GOOD = {"first.txt": b"the first", "folder/second.txt": b"the second" * 1000}


def unpacked(data: bytes, **limits: int) -> Unpacking:
    sink = Unpacking()
    unpack(io.BytesIO(data), replace(ArchiveLimits(), **limits), sink)
    return sink


def refusal(data: bytes, **limits: int) -> FailureCode:
    sink = Unpacking()
    with pytest.raises(DocumentError) as caught:
        unpack(io.BytesIO(data), replace(ArchiveLimits(), **limits), sink)
    assert (sink.items, sink.came) == (0, [])
    return caught.value.code


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_files_come_in_the_order_of_the_archive(method: int) -> None:
    files = {f"{number % 7}/{number}.txt": f"{number}".encode() * number for number in range(1, 60)}

    sink = unpacked(a_zip(files, method=method))

    assert (sink.items, sink.came) == (59, list(files.items()))


def test_folders_and_litter_are_no_files() -> None:
    data = a_zip({"folder/": b"", "folder/.DS_Store": b"x", "__MACOSX/folder/._a.txt": b"x", "Thumbs.db": b"x", **GOOD})

    assert unpacked(data).came == list(GOOD.items())


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "/etc/passwd", "C:\\windows\\x.txt", "\\\\host\\share\\x", "a/../../x", "..\\x.txt"]
)
def test_a_name_that_leads_away_is_refused_and_the_others_are_not(name: str) -> None:
    sink = unpacked(a_zip([("first.txt", b"the first"), (name, b"x"), ("last.txt", b"the last")]))

    assert [came for _, came in sink.came] == [b"the first", ItemFault.FORBIDDEN_NAME, b"the last"]


@pytest.mark.parametrize(
    ("data", "fault"),
    [
        (with_link(a_zip(GOOD), "bad", b"/etc/passwd"), ItemFault.NO_FILE),
        (with_blanks(a_zip(GOOD), "bad", 40 * MIB), ItemFault.UNFOLDS),
        (encrypted(a_zip({**GOOD, "bad": b"x"}), "bad"), ItemFault.ENCRYPTED),
        (damaged(a_zip({**GOOD, "bad": b"some text to pack" * 50}), "bad"), ItemFault.DAMAGED),
        (claiming(a_zip({**GOOD, "bad": b"0123456789" * 100}), "bad", 10), ItemFault.DAMAGED),
        (claiming(a_zip({**GOOD, "bad": b"0123456789"}), "bad", 9 * MIB), ItemFault.DAMAGED),
        (claiming(a_zip({**GOOD, "bad": b"0123456789"}), "bad", 2**32 - 2), ItemFault.UNFOLDS),
    ],
    ids=["link", "bomb", "encrypted", "damaged", "claims less", "claims more", "claims 4 GiB"],
)
def test_a_bad_file_is_refused_beside_good_ones(data: bytes, fault: ItemFault) -> None:
    sink = unpacked(data)

    assert sink.came == [*GOOD.items(), ("bad", fault)]


@pytest.mark.parametrize("method", [zipfile.ZIP_LZMA, zipfile.ZIP_BZIP2])
def test_a_method_that_may_take_any_memory_is_not_unpacked(method: int) -> None:
    assert unpacked(a_zip({"bad": b"x"}, method=method)).came == [("bad", ItemFault.UNKNOWN_METHOD)]


def test_a_file_beyond_the_limit_of_an_upload_is_refused() -> None:
    sink = unpacked(a_zip({**GOOD, "bad": bytes(range(256)) * 1000}), max_item_bytes=100_000)

    assert sink.came == [*GOOD.items(), ("bad", ItemFault.TOO_LARGE)]


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_the_first_of_two_files_with_one_name_is_taken() -> None:
    sink = unpacked(a_zip([("a.txt", b"one"), ("a.txt", b"two"), ("b/a.txt", b"three")]))

    assert sink.came == [("a.txt", b"one"), ("a.txt", ItemFault.REPEATED_NAME), ("b/a.txt", b"three")]


def test_files_that_share_their_bytes_are_refused() -> None:
    sink = unpacked(overlapping(8, 9 * MIB))

    assert {fault for _, fault in sink.came} == {ItemFault.OVERLAPS}


@pytest.mark.parametrize(
    ("data", "code"),
    [
        (b"", FailureCode.FILE_CORRUPT),
        (b"no archive at all", FailureCode.FILE_CORRUPT),
        (a_zip(GOOD)[:-30], FailureCode.FILE_CORRUPT),
        (a_zip(GOOD)[: len(a_zip(GOOD)) // 2], FailureCode.FILE_CORRUPT),
        (a_zip({}), FailureCode.FILE_CORRUPT),
        (a_zip({"folder/": b"", "__MACOSX/x": b""}), FailureCode.FILE_CORRUPT),
        (a_zip({f"{number}.txt": b"" for number in range(1_001)}), FailureCode.DECOMPRESSION_LIMIT),
        (many_entries(100_000), FailureCode.DECOMPRESSION_LIMIT),
        (many_entries(400_000), FailureCode.DECOMPRESSION_LIMIT),
    ],
    ids=["empty", "text", "no end", "half", "no file", "no file but folders", "1,001", "100,000", "400,000"],
)
def test_an_archive_is_refused_whole(data: bytes, code: FailureCode) -> None:
    assert refusal(data) is code


def test_an_archive_is_refused_for_all_its_bytes_but_not_for_those_of_refused_files() -> None:
    files = {f"{number}.bin": bytes(range(256)) * 400 for number in range(5)}

    assert refusal(a_zip(files), max_bytes=500_000) is FailureCode.DECOMPRESSION_LIMIT
    assert unpacked(with_blanks(a_zip(files), "bad", 40 * MIB), max_bytes=600_000).items == 6


def test_every_fault_has_words_for_the_user() -> None:
    assert all(failure_of(fault).message for fault in ItemFault)


@given(st.data())
def test_whatever_is_damaged_the_archive_is_read_or_refused(data: st.DataObject) -> None:
    whole = bytearray(a_zip({"one.txt": b"one" * 50, "two.txt": b"two", "three.txt": b"3" * 400}))
    for at in data.draw(st.lists(st.integers(0, len(whole) - 1), max_size=6)):
        whole[at] = data.draw(st.integers(0, 255))
    sink = Unpacking()

    try:
        unpack(io.BytesIO(bytes(whole)), ArchiveLimits(), sink)
    except DocumentError:
        assert sink.came == []
    else:
        assert len(sink.came) == sink.items
