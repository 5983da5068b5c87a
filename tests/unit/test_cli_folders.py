"""What `docurift submit --recursive --batch` hands in, in which order, and in how many batches."""

from pathlib import Path

import pytest
from tests.support.multipart import parts_of

from docurift.client.form import FileChangedError, StreamedForm
from docurift.commands.exits import CommandError, Exit
from docurift.commands.folders import gather, parted


def a_folder(root: Path, *names: str) -> Path:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())
    return root


def test_folders_are_walked_in_the_order_of_their_names(tmp_path: Path) -> None:
    a_folder(tmp_path, "b/2.pdf", "b/1.PDF", "a.txt", "c.docx", "b/a/0.png")

    gathered = gather([tmp_path], recursive=True)

    names = [str(path.relative_to(tmp_path)) for path in gathered.files]
    assert (names, gathered.skipped) == (["a.txt", "b/1.PDF", "b/2.pdf", "b/a/0.png", "c.docx"], ())


def test_what_is_left_out_is_named_with_its_reason(tmp_path: Path) -> None:
    a_folder(tmp_path, ".hidden.pdf", ".git/a.pdf", "tool.exe", "good.pdf", "archive.zip")
    (tmp_path / "loop").symlink_to(tmp_path)
    (tmp_path / "broken.pdf").symlink_to(tmp_path / "nothing")

    gathered = gather([tmp_path], recursive=True)

    assert [path.name for path in gathered.files] == ["good.pdf"]
    assert {one.path.name: one.reason for one in gathered.skipped} == {
        ".git": "is hidden",
        ".hidden.pdf": "is hidden",
        "archive.zip": "has the name of no format that is read",
        "broken.pdf": "is no file",
        "loop": "is no file",
        "tool.exe": "has the name of no format that is read",
    }


def test_a_file_that_is_named_is_handed_in_whatever_it_is_called(tmp_path: Path) -> None:
    a_folder(tmp_path, "scan.dat", ".hidden")

    assert len(gather([tmp_path / "scan.dat", tmp_path / ".hidden"], recursive=False).files) == 2


def test_a_folder_needs_to_be_asked_for(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--recursive") as told:
        gather([tmp_path], recursive=False)

    assert told.value.code == Exit.USAGE


def test_batches_keep_to_items_and_bytes() -> None:
    sizes = {Path(f"{number}"): size for number, size in enumerate([5, 5, 1, 20, 1, 1, 1, 1])}

    groups = list(parted(sizes, max_items=3, max_bytes=10))

    assert [[sizes[path] for path in group] for group in groups] == [[5, 5], [1], [20], [1, 1, 1], [1]]


def test_a_form_is_streamed_as_it_was_announced(tmp_path: Path) -> None:
    names = ["plain.pdf", 'quote".pdf', "line\nbreak.pdf", "ümläut.pdf", "empty.pdf"]
    files = [tmp_path / name for name in names]
    for path in files[:-1]:
        path.write_bytes(path.name.encode() * 100_000)
    files[-1].touch()
    sent: list[int] = []
    form = StreamedForm({"documentType": "invoice"}, files, sent=sent.append)

    body = b"".join(form)

    assert len(body) == int(form.headers["Content-Length"])
    assert sum(sent) == sum(path.stat().st_size for path in files)
    parts = parts_of(form.headers["Content-Type"], body)
    assert parts[0] == ("documentType", None, b"invoice")
    assert [(name, content) for name, _, content in parts[1:]] == [("file", path.read_bytes()) for path in files]
    assert [name for _, name, _ in parts[1:]] == [
        *("plain.pdf", "quote%22.pdf", "line%0Abreak.pdf", "ümläut.pdf", "empty.pdf"),
    ]


@pytest.mark.parametrize("content", [b"", b"longer than it was"])
def test_a_file_that_changes_while_it_is_read_ends_the_upload(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "log.txt"
    path.write_bytes(b"as it was")
    form = StreamedForm({}, [path])

    path.write_bytes(content)

    with pytest.raises(FileChangedError):
        list(form)
