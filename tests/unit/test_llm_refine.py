"""The model is asked for what is missing only; it fills gaps, and its failure changes nothing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import pytest
from tests.support.pages import ReadyPages, a_page
from tests.support.work_orders import a_work_order

from docurift.model.job import DocumentType
from docurift.model.result import Page, Source, WarningCode
from docurift.model.work import LlmAnswer, LlmClaim, LlmFault, LlmReading, LlmRefused, LlmRequest, LlmTerms
from docurift.pipeline.extract.found import Findings, Found, Span, span_of
from docurift.pipeline.llm.question import told_pages, wanted_of
from docurift.pipeline.llm.refine import Asker
from docurift.pipeline.ports import Pixels
from docurift.pipeline.read import Reading
from docurift.schemas.catalogue import schema_of

SCHEMA = schema_of(DocumentType.INVOICE)
TERMS = LlmTerms(max_pages=2, max_text_bytes=10_000, seconds=1.0)
PAGE = a_page((50, 50, "Total 119.00 EUR"), (50, 90, "Pen 2.00"), (50, 110, "Ink 3.00"), (50, 200, "Paid 50.00"))


@dataclass
class Scripted:
    """A model at its port that answers as it was told to."""

    answer: Callable[[LlmRequest], LlmAnswer]
    asked: list[LlmRequest] = field(default_factory=list[LlmRequest])

    def ask(self, request: LlmRequest, pictures: Sequence[Pixels] = ()) -> LlmAnswer:
        del pictures
        self.asked.append(request)
        return self.answer(request)


def a_claim(pointer: str, word: int, *, item: int = 0, page: Page = PAGE) -> LlmClaim:
    return LlmClaim(pointer=pointer, item=item, page=page.number, words=(word,), text=page.words[word].text)


def refined(
    findings: Findings, *claims: LlmClaim, pages: Sequence[Page] = (PAGE,), terms: LlmTerms | None = TERMS
) -> tuple[Findings, Scripted]:
    llm = Scripted(lambda _request: LlmReading(claims=claims))
    return _refined(findings, llm, pages, terms), llm


def _refined(findings: Findings, llm: Scripted, pages: Sequence[Page], terms: LlmTerms | None) -> Findings:
    reading = Reading(page_count=len(pages), pages=tuple(pages), pages_processed=len(pages), warnings=())
    asker = Asker(llm=llm, order=a_work_order(llm=terms), source=ReadyPages(dict(enumerate(pages, 1))))
    return asker.refined(findings, reading, SCHEMA, "en")


def test_without_terms_nobody_is_asked() -> None:
    findings, llm = refined(Findings(), terms=None)

    assert (findings, llm.asked) == (Findings(), [])


def test_a_proved_value_is_neither_asked_for_nor_overruled() -> None:
    proved = Found(value=119.0, confidence=0.97, span=span_of(PAGE, [1]))

    findings, llm = refined(Findings(values={"/total": proved}), a_claim("/total", 8))

    assert "/total" not in [one.pointer for one in llm.asked[0].fields]
    assert findings.values["/total"] == proved


def test_a_value_of_the_xml_stays_whatever_the_page_says() -> None:
    legal = Found(value=118.0, confidence=1.0, source=Source.XML)

    findings, _ = refined(Findings(values={"/total": legal}), a_claim("/total", 1))

    assert findings.values["/total"] == legal


@pytest.mark.parametrize(
    "weak",
    [
        Found(value=99.0, confidence=0.9, source=Source.DERIVED),
        Found(value=99.0, confidence=0.9, span=Span(page=1, words=(1,), text="99.00", box=PAGE.words[1].box)),
    ],
)
def test_a_value_without_proof_gives_way_to_one_that_has_it(weak: Found) -> None:
    findings, _ = refined(Findings(values={"/total": weak}), a_claim("/total", 1))

    assert (findings.values["/total"].value, findings.values["/total"].source) == (119.0, Source.LLM)


def test_a_list_is_taken_whole_and_its_items_are_counted_without_gaps() -> None:
    claims = [
        a_claim("/lineItems/*/description", 3, item=4),
        a_claim("/lineItems/*/total", 4, item=4),
        a_claim("/lineItems/*/description", 5, item=9),
        a_claim("/lineItems/*/total", 6, item=9),
    ]

    findings, _ = refined(Findings(), *claims)

    assert {pointer: one.value for pointer, one in findings.values.items()} == {
        "/lineItems/0/description": "Pen",
        "/lineItems/0/total": 2.0,
        "/lineItems/1/description": "Ink",
        "/lineItems/1/total": 3.0,
    }


def test_a_list_of_which_a_value_is_proved_is_not_asked_for() -> None:
    known = Findings(values={"/lineItems/0/total": Found(value=2.0, confidence=0.9, span=span_of(PAGE, [4]))})

    findings, llm = refined(known, a_claim("/lineItems/*/total", 6))

    assert not [one.pointer for one in llm.asked[0].fields if one.pointer.startswith("/lineItems")]
    assert findings.values == known.values


def test_a_claim_that_fails_leaves_the_rules_value_and_a_warning() -> None:
    derived = Found(value=99.0, confidence=0.9, source=Source.DERIVED)

    findings, _ = refined(Findings(values={"/tax": derived}), replace(a_claim("/tax", 1), text="19.00"))

    assert findings.values["/tax"] == derived
    assert [(one.code, one.pointer) for one in findings.warnings] == [(WarningCode.VALUE_UNVERIFIED, "/tax")]


@pytest.mark.parametrize("fault", LlmFault)
def test_whatever_keeps_the_model_silent_the_rules_stand(fault: LlmFault) -> None:
    known = Findings(values={"/total": Found(value=119.0, confidence=0.97, span=span_of(PAGE, [1]))})

    findings = _refined(known, Scripted(lambda _request: LlmRefused(fault=fault)), [PAGE], TERMS)

    assert findings.values == known.values
    assert [one.code for one in findings.warnings] == [WarningCode.MODEL_UNAVAILABLE]


def test_only_the_first_and_last_pages_are_told_where_more_are_not_allowed() -> None:
    pages = [replace(PAGE, number=number) for number in (1, 2, 3, 4)]

    findings, llm = refined(Findings(), pages=pages)

    assert [page.number for page in llm.asked[0].pages] == [1, 4]
    assert [one.code for one in findings.warnings] == [WarningCode.MODEL_UNAVAILABLE]


def test_a_value_of_a_page_that_was_not_told_is_refused() -> None:
    pages = [replace(PAGE, number=number) for number in (1, 2, 3)]

    findings, _ = refined(Findings(), a_claim("/total", 1, page=pages[1]), pages=pages)

    assert findings.values == {}


def test_a_page_beyond_the_budget_is_not_told_at_all() -> None:
    findings, llm = refined(Findings(), terms=replace(TERMS, max_text_bytes=20))

    assert (findings.values, llm.asked) == ({}, [])
    assert [one.code for one in findings.warnings] == [WarningCode.MODEL_UNAVAILABLE]


def test_words_are_told_in_lines_that_cover_them_all() -> None:
    (told,) = told_pages([PAGE], TERMS)

    assert told.words == tuple(word.text for word in PAGE.words)
    assert told.lines == (0, 3, 5, 7)


def test_what_no_page_prints_is_not_asked_for() -> None:
    schema = {
        "type": "object",
        "properties": {
            "signed": {"type": "boolean"},
            "*": {"type": "string"},
            "rows": {"type": "array", "items": {"type": "array", "items": {"type": "string"}}},
        },
    }

    (one,) = wanted_of(schema, frozenset())

    assert (one.pointer, one.at(3)) == ("/*", "/*")
