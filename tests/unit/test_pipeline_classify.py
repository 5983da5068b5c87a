"""A document's type is told by its pages; what the caller says is obeyed, and contradicted only by a sure guess."""

import random
from pathlib import Path

import pytest
from tests.support.pages import OneFormat, ReadyPages, Told, a_page
from tests.support.work_orders import ScriptedOcr, a_work_order
from tools.synth.corpus import corpus
from tools.synth.document import Document
from tools.synth.types import TYPES
from tools.synth.words import LANGUAGES
from tools.train_classifier import misread

import docurift.pipeline.models
from docurift.engines.pdf import open_pdf
from docurift.model.job import DocumentType
from docurift.model.result import Extraction, Page, WarningCode
from docurift.model.work import Completed
from docurift.pipeline.classify import SURE_ENOUGH, Guess, classified, type_warnings
from docurift.pipeline.run import run
from docurift.pipeline.type_features import features_of, plain

INVOICE = DocumentType.INVOICE


def pages_of(document: Document) -> list[Page]:
    order = a_work_order(media_type="application/pdf")
    source = open_pdf(document.pdf, order)
    pages = [source.read(number, order, ScriptedOcr()) for number in range(1, source.page_count + 1)]
    source.close()
    return pages


@pytest.fixture(scope="module")
def unseen() -> list[tuple[Document, list[Page]]]:
    """Each type in each language, in layouts that no training has seen."""
    return [(one, pages_of(one)) for one in corpus(len(TYPES) * len(LANGUAGES), 77, held_back=True)]


def extraction(document_type: str, pages: list[Page]) -> Extraction:
    source = ReadyPages(dict(enumerate(pages, start=1)))
    outcome = run(b"", a_work_order(document_type=document_type), OneFormat(source), ScriptedOcr(), Told())
    assert isinstance(outcome, Completed)
    return outcome.extraction


def an_invoice(unseen: list[tuple[Document, list[Page]]]) -> list[Page]:
    return next(pages for document, pages in unseen if document.document_type is INVOICE)


def test_types_are_told_in_layouts_that_no_training_has_seen(unseen: list[tuple[Document, list[Page]]]) -> None:
    right = [classified(pages).document_type is document.document_type for document, pages in unseen]

    assert sum(right) / len(right) >= 0.95


def test_a_sure_guess_is_hardly_ever_wrong(unseen: list[tuple[Document, list[Page]]]) -> None:
    told = [(classified(pages), document.document_type) for document, pages in unseen]

    wrong = [(guess, truth) for guess, truth in told if guess.probability >= 0.9 and guess.document_type is not truth]
    assert len(wrong) <= 2, wrong


def test_a_few_words_are_generic_and_nobody_is_sure() -> None:
    assert classified([a_page((50, 50, "Invoice total"))]).detected is DocumentType.GENERIC
    assert classified([]).probability < SURE_ENOUGH


def test_auto_reads_the_document_as_what_it_looks_like(unseen: list[tuple[Document, list[Page]]]) -> None:
    told = extraction("auto", an_invoice(unseen))

    assert told.detected_document_type == "invoice"
    assert not [one for one in told.warnings if one.code is WarningCode.TYPE_MISMATCH]


def test_the_detected_type_is_told_for_generic_documents_too(unseen: list[tuple[Document, list[Page]]]) -> None:
    told = extraction("generic", an_invoice(unseen))

    assert told.detected_document_type == "invoice"
    assert "rawText" in told.result
    assert told.warnings == ()


def test_a_document_that_is_surely_not_what_it_is_said_to_be_is_read_as_asked_with_a_warning(
    unseen: list[tuple[Document, list[Page]]],
) -> None:
    told = extraction("contract", an_invoice(unseen))

    warning = next(one for one in told.warnings if one.code is WarningCode.TYPE_MISMATCH)
    assert "`contract`" in warning.message
    assert "`invoice`" in warning.message


def test_auto_that_cannot_tell_is_generic_and_tells_its_guess() -> None:
    guess = Guess(document_type=INVOICE, probability=0.41)

    (warning,) = type_warnings(DocumentType.AUTO, guess)

    assert guess.detected is DocumentType.GENERIC
    assert warning.code is WarningCode.TYPE_MISMATCH
    assert "`invoice` (41%)" in warning.message


@pytest.mark.parametrize(
    ("asked", "guess"),
    [
        (INVOICE, Guess(document_type=INVOICE, probability=0.99)),
        (INVOICE, Guess(document_type=DocumentType.RECEIPT, probability=0.94)),
        (DocumentType.GENERIC, Guess(document_type=INVOICE, probability=0.99)),
        (DocumentType.AUTO, Guess(document_type=INVOICE, probability=0.7)),
    ],
)
def test_nothing_is_said_without_a_reason(asked: DocumentType, guess: Guess) -> None:
    assert type_warnings(asked, guess) == ()


def test_the_same_pages_have_the_same_features_and_digits_make_no_difference() -> None:
    first, second = (features_of([a_page((50, 50, f"Invoice no {n} due {n}"))]) for n in ("4711", "8822"))

    assert first.buckets.tolist() == second.buckets.tolist()
    assert first.weights.tolist() == second.weights.tolist()
    assert (plain("«Rechnung»:"), plain("RE-2024"), plain("12,50")) == ("rechnung", "re-0000", "0")


def test_a_document_without_places_is_classified_by_its_blocks(unseen: list[tuple[Document, list[Page]]]) -> None:
    page = an_invoice(unseen)[0]
    flow = a_page(words=(), blocks=page.blocks)

    assert len(features_of([flow]).buckets) > 50


def test_training_noise_changes_words_and_keeps_their_places(unseen: list[tuple[Document, list[Page]]]) -> None:
    pages = an_invoice(unseen)

    (noisy, *_) = misread(pages, random.Random(3))  # noqa: S311 - not a secret

    assert {word.box[:2] for word in noisy.words} <= {word.box[:2] for word in pages[0].words}


def test_all_models_together_stay_small() -> None:
    folder = Path(docurift.pipeline.models.__file__).parent

    sizes = {path.name: path.stat().st_size for path in folder.iterdir() if path.suffix != ".py" and path.is_file()}
    assert sizes["document_type.npz"] <= 1_000_000
    assert sum(sizes.values()) <= 10_000_000
