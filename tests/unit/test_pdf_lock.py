import pytest
from tests.support.pdfs import a_pdf
from tests.support.work_orders import a_work_order

from docurift.engines.pdf import open_pdf
from docurift.engines.pdf_lock import locks_attachments
from docurift.model.failure import FailureCode
from docurift.pipeline.ports import DocumentError


def an_encryption(entries: str) -> bytes:
    """An encryption dictionary and the trailer that points to it."""
    filters = "/CF << /StdCF << /CFM /AESV3 /AuthEvent /EFOpen >> >>"
    return f"\n12 0 obj\n<< /Filter /Standard /V 5 {filters} {entries} >>\nendobj\n<< /Encrypt 12 0 R >>\n".encode()


@pytest.mark.parametrize("entries", ["/StmF /Identity /StrF /Identity /EFF /StdCF", "/EFF/StdCF"])
def test_open_pages_with_encrypted_attachments_are_a_lock(entries: str) -> None:
    assert locks_attachments(an_encryption(entries))


@pytest.mark.parametrize(
    "entries", ["/StmF /StdCF /StrF /StdCF /EFF /StdCF", "/StmF /Identity /EFF /Identity", "/StmF /StdCF /StrF /StdCF"]
)
def test_other_encryption_is_left_to_pdfium(entries: str) -> None:
    assert not locks_attachments(an_encryption(entries))


def test_words_about_encryption_outside_of_its_dictionary_are_no_lock() -> None:
    assert not locks_attachments(b"%PDF-1.7 /EFF /StdCF")
    assert not locks_attachments(a_pdf([(60, 700, "/Encrypt 12 0 R /EFF /StdCF")]))


def test_a_pdf_with_locked_attachments_is_encrypted_until_a_password_is_given() -> None:
    data = a_pdf([(60, 700, "open")]) + an_encryption("/EFF /StdCF")

    with pytest.raises(DocumentError) as caught:
        open_pdf(data, a_work_order())

    assert caught.value.code is FailureCode.FILE_ENCRYPTED
    open_pdf(data, a_work_order(password="sesame")).close()
