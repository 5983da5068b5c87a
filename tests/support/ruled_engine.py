"""The pipeline with an extractor of one rule, loaded by the zygote: the word after `No:` is the invoice's number."""

from typing import cast

from docurift.model.job import DocumentType
from docurift.pipeline import run as pipeline
from docurift.pipeline.extract import extractors
from docurift.pipeline.extract.found import Extractor, Findings, Found, span_of
from docurift.pipeline.read import Reading


def one_rule(reading: Reading, _language: str | None) -> Findings:
    for page in reading.pages:
        texts = [word.text for word in page.words]
        if "No:" in texts[:-1]:
            place = texts.index("No:") + 1
            found = Found(value=texts[place], confidence=0.95, span=span_of(page, [place]))
            return Findings(values={"/invoiceNumber": found})
    return Findings()


cast("dict[DocumentType, Extractor]", extractors.EXTRACTORS)[DocumentType.INVOICE] = one_rule
run = pipeline.run
