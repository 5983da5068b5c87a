"""Which extractor finds the values of which document type."""

from collections.abc import Mapping
from typing import Final

from docurift.model.job import DocumentType
from docurift.pipeline.extract.found import Extractor
from docurift.pipeline.extract.invoice.extractor import extract as extract_invoice
from docurift.pipeline.extract.labelled.extractor import labelled
from docurift.pipeline.extract.receipt.extractor import receipt as extract_receipt
from docurift.schemas.catalogue import document_types, schema_of

# These are found in ways of their own; any other type by the labels of its schema.
_OWN: Final[Mapping[DocumentType, Extractor | None]] = {
    DocumentType.GENERIC: None,
    DocumentType.INVOICE: extract_invoice,
    DocumentType.RECEIPT: extract_receipt,
}

EXTRACTORS: Final[Mapping[DocumentType, Extractor]] = {
    one: extractor
    for one in document_types()
    if (extractor := _OWN[one] if one in _OWN else labelled(schema_of(one))) is not None
}
