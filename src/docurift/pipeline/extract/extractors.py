"""Which extractor finds the values of which document type."""

from collections.abc import Mapping

from docurift.model.job import DocumentType
from docurift.pipeline.extract.found import Extractor

EXTRACTORS: Mapping[DocumentType, Extractor] = {}
