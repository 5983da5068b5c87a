from tests.support.pages import OneFormat, ReadyPages, Told, a_page
from tests.support.work_orders import ScriptedOcr, a_work_order

from docurift.model.failure import FailureCode, Stage
from docurift.model.result import Extraction, Page, Source, TextSource, WarningCode
from docurift.model.work import Completed, Limits, Refused
from docurift.pipeline.ports import DocumentError
from docurift.pipeline.run import run


def broken(page: int, code: FailureCode = FailureCode.FILE_CORRUPT) -> DocumentError:
    return DocumentError(code, stage=Stage.READ, page=page)


def ran(*pages: Page | DocumentError, sink: Told | None = None, **changes: object) -> Completed | Refused:
    source = ReadyPages(dict(enumerate(pages, start=1)))
    outcome = run(b"", a_work_order(**changes), OneFormat(source), ScriptedOcr(), sink or Told())
    assert source.closed
    return outcome


def extraction(*pages: Page | DocumentError, **changes: object) -> Extraction:
    outcome = ran(*pages, **changes)
    assert isinstance(outcome, Completed), outcome
    return outcome.extraction


def test_a_document_is_read_page_by_page_and_told_on_the_way() -> None:
    sink = Told()

    outcome = ran(a_page((50, 50, "one")), a_page((50, 50, "two"), number=2), sink=sink)

    assert isinstance(outcome, Completed)
    assert sink.counts == (2, 2)
    assert [page.number for page in sink.pages] == [1, 2]
    assert outcome.extraction.text == "one\n\ntwo"
    assert outcome.extraction.detected_document_type == "generic"
    assert (outcome.extraction.page_count, outcome.extraction.pages_processed) == (2, 2)


def test_only_the_pages_asked_for_are_read() -> None:
    pages = [a_page((50, 50, f"p{n}"), number=n) for n in range(1, 6)]

    got = extraction(*pages, pages=((4, 9), (2, 2)))

    assert got.text == "p2\n\np4\n\np5"
    assert (got.page_count, got.pages_processed) == (5, 3)
    assert [(w.code, w.message) for w in got.warnings] == [
        (WarningCode.PAGE_FAILED, "The document has 5 pages; there is no page 6-9.")
    ]


def test_more_pages_than_the_limit_are_refused_unless_fewer_are_asked_for() -> None:
    pages = [a_page((50, 50, "x"), number=n) for n in range(1, 5)]
    limits = Limits(max_pages=3)

    refused = ran(*pages, limits=limits)
    completed = ran(*pages, limits=limits, pages=((1, 3),))

    assert refused == Refused(code=FailureCode.TOO_MANY_PAGES, stage=Stage.LOAD)
    assert isinstance(completed, Completed)


def test_a_failed_page_is_a_warning_and_an_empty_page() -> None:
    sink = Told()

    outcome = ran(a_page((50, 50, "fine")), broken(2), sink=sink)

    assert isinstance(outcome, Completed)
    assert [(w.code, w.page) for w in outcome.extraction.warnings] == [(WarningCode.PAGE_FAILED, 2)]
    assert (outcome.extraction.page_count, outcome.extraction.pages_processed) == (2, 1)
    assert sink.pages[1].text_source is TextSource.NONE


def test_too_many_failed_pages_fail_the_job_with_the_first_ones_reason() -> None:
    outcome = ran(broken(1, FailureCode.PAGE_TOO_LARGE), broken(2), a_page((50, 50, "fine"), number=3))

    assert outcome == Refused(code=FailureCode.PAGE_TOO_LARGE, stage=Stage.READ, page=1)


def test_a_page_error_limit_of_one_lets_every_page_fail() -> None:
    assert isinstance(ran(broken(1), broken(2), page_error_limit=1.0), Completed)
    assert isinstance(ran(a_page((50, 50, "x")), a_page(), broken(3), page_error_limit=0.0), Refused)


def test_without_ocr_a_drawn_document_without_text_says_so() -> None:
    silent = ran(a_page(), a_page(number=2), ocr_fallback=False, media_type="application/pdf")
    empty_file = ran(a_page(), ocr_fallback=False, media_type="text/plain")

    assert silent == Refused(code=FailureCode.TEXT_NOT_FOUND, stage=Stage.READ)
    assert isinstance(empty_file, Completed)


def test_more_text_than_the_limit_is_refused() -> None:
    outcome = ran(a_page((50, 50, "a few words")), a_page((50, 50, "and more")), limits=Limits(max_text_characters=15))

    assert outcome == Refused(code=FailureCode.OUTPUT_TOO_LARGE, stage=Stage.READ, page=2)


def test_a_document_that_looks_like_no_type_gets_the_generic_result() -> None:
    got = extraction(a_page((50, 50, "x")), document_type="auto")

    assert set(got.result) == {"rawText", "tables", "keyValuePairs", "detectedLanguage"}
    assert got.warnings == ()


def test_confidence_is_the_mean_of_the_words_weighed_by_their_characters() -> None:
    sure, unsure = a_page((50, 50, "abcdefgh"), confidence=1.0), a_page((50, 50, "xy"), number=2, confidence=0.5)

    assert extraction(sure, unsure).confidence == 0.9


def test_each_pair_has_evidence_at_its_pointer() -> None:
    got = extraction(
        a_page((50, 50, "Total: 42.00"), confidence=0.8, text_source=TextSource.OCR), a_page((50, 50, "Nothing"))
    )

    assert got.result["keyValuePairs"] == [{"key": "Total", "value": "42.00", "confidence": 0.72}]
    field = got.fields["/keyValuePairs/0/value"]
    assert (field.page, field.text, field.source, field.verified) == (1, "42.00", Source.OCR, True)
    assert list(got.fields) == ["/keyValuePairs/0/value"]
