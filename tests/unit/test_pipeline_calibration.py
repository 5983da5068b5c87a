"""A confidence says how often values that were found so are right."""

import json

import numpy as np
import pytest
from tests.support.pages import a_page
from tests.support.work_orders import a_work_order
from tools.calibrate import Judged, cross_validated, curves_of, judged_by
from tools.isotonic import calibration_error, fitted

from docurift.model.job import DocumentType
from docurift.model.result import Source
from docurift.pipeline import calibration
from docurift.pipeline.calibration import Curve, calibrated, curves_in, property_of
from docurift.pipeline.extract.found import Findings, Found, span_of
from docurift.pipeline.read import Reading
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import schema_of

RECEIPT = DocumentType.RECEIPT


@pytest.fixture
def curve(monkeypatch: pytest.MonkeyPatch) -> Curve:
    """Receipts whose totals are half as sure as their extractor says."""
    halved = Curve(given=(0.0, 1.0), right=(0.0, 0.5))
    monkeypatch.setattr(calibration, "_CURVES", {RECEIPT: {"/lineItems/*/total": halved}})
    return halved


def values(count: int, confidence: float, share: float, group: str) -> list[Judged]:
    return [
        Judged(property="/total", group=group, confidence=confidence, right=i < count * share) for i in range(count)
    ]


def test_rows_of_a_table_share_a_curve() -> None:
    assert property_of("/lineItems/12/total") == "/lineItems/*/total"
    assert property_of("/totals2/7") == "/totals2/*"
    assert property_of("/vendor/name") == "/vendor/name"


def test_a_property_without_a_curve_keeps_its_confidence(curve: Curve) -> None:
    assert calibrated(RECEIPT, "/lineItems/3/total", 0.8) == curve.at(0.8) == pytest.approx(0.4)
    assert calibrated(RECEIPT, "/total", 0.8) == 0.8
    assert calibrated(DocumentType.CONTRACT, "/lineItems/3/total", 0.8) == 0.8


@pytest.mark.usefixtures("curve")
@pytest.mark.parametrize(("source", "told"), [(None, 0.45), (Source.XML, 0.9)])
def test_results_carry_calibrated_confidences_and_the_xml_stays_sure(source: Source | None, told: float) -> None:
    page = a_page((50, 50, "Tea 3.50"))
    found = Found(value=3.5, confidence=0.9, span=span_of(page, [1]), source=source)

    extraction = typed(
        Reading(page_count=1, pages=(page,), pages_processed=1, warnings=()),
        a_work_order(),
        findings=Findings(values={"/lineItems/0/total": found}),
        schema=schema_of(RECEIPT),
        document_type=RECEIPT,
    )

    assert extraction.fields["/lineItems/0/total"].confidence == pytest.approx(told)


def test_a_curve_never_falls_and_follows_what_was_right() -> None:
    chance = np.random.default_rng(5)
    given = chance.uniform(0, 1, 4000)
    right = (chance.uniform(0, 1, 4000) < given**2).astype(float)

    curve = fitted(given, right)

    assert list(curve.right) == sorted(curve.right)
    assert list(curve.given) == sorted(set(curve.given))
    assert curve.at(0.5) == pytest.approx(0.25, abs=0.05)
    assert calibration_error(np.array([curve.at(one) for one in given]), right) < 0.02


def test_three_values_that_were_right_promise_no_certainty() -> None:
    curve = fitted(np.array([0.2, 0.2, 0.9, 0.9, 0.9]), np.array([0.0, 0.0, 1.0, 1.0, 1.0]))

    assert curve.at(0.9) < 0.9


def test_the_error_is_what_was_promised_beyond_what_happened() -> None:
    given = np.array([0.9, 0.9, 0.9, 0.9])

    assert calibration_error(given, np.array([1.0, 1.0, 1.0, 1.0])) == pytest.approx(0.1)
    assert calibration_error(given, np.array([1.0, 1.0, 0.0, 0.0])) == pytest.approx(0.4)


def test_curves_are_judged_on_groups_that_they_have_not_seen() -> None:
    judged = [one for group in "abcdefgh" for one in values(40, 0.95, 0.6, group) + values(40, 0.5, 0.2, group)]

    after = cross_validated(judged)

    given, right = np.array([one.confidence for one in judged]), np.array([float(one.right) for one in judged])
    assert calibration_error(given, right) > 0.25
    assert calibration_error(after, right) < 0.03


def test_properties_with_few_values_share_the_curve_of_their_type() -> None:
    rare = [Judged(property="/tip", group="a", confidence=0.7, right=True)]

    assert set(curves_of(values(80, 0.9, 0.8, "a") + rare)) == {"*", "/total"}


def test_curves_are_read_as_they_are_written() -> None:
    text = json.dumps({"*": {"given": [0.1, 0.9], "right": [0.2, 0.8]}})

    assert curves_in(text)["*"].at(0.5) == pytest.approx(0.5)


def test_what_a_truth_with_gaps_does_not_have_is_not_judged() -> None:
    findings = Findings(
        values={
            "/total": Found(value=12.5, confidence=0.9),
            "/merchant/name": Found(value="Kiosk-Nord", confidence=0.8),
            "/lineItems/1/total": Found(value=2.0, confidence=0.7),
        }
    )
    truth = {"group": "g", "expected": {"total": 12.5, "merchant": {"name": "KIOSK NORD"}, "lineItems": []}}

    assert [one.right for one in judged_by(truth, findings)] == [True, True]
    assert [one.right for one in judged_by(truth | {"boxes": {}}, findings)] == [True, True, False]
