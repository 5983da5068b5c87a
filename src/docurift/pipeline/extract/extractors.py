"""Which extractor finds the values of which document type."""

from collections.abc import Mapping

from docurift.model.job import DocumentType
from docurift.pipeline.extract.found import Extractor
from docurift.pipeline.extract.invoice.extractor import extract as extract_invoice

EXTRACTORS: Mapping[DocumentType, Extractor] = {DocumentType.INVOICE: extract_invoice}
