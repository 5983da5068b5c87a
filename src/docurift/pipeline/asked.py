"""The answer of a job that brought a schema of its own: found by that schema's names, and fitting it."""

import json
from typing import Final, cast

from docurift.model.job import DocumentType
from docurift.model.result import Extraction, ResultWarning, WarningCode
from docurift.model.work import WorkOrder
from docurift.pipeline.assemble import whole_text
from docurift.pipeline.extract.found import Findings
from docurift.pipeline.extract.labelled.extractor import labelled
from docurift.pipeline.language import language_of
from docurift.pipeline.llm.refine import Asker
from docurift.pipeline.read import Reading
from docurift.pipeline.tree import filled
from docurift.pipeline.typed import typed
from docurift.schemas.catalogue import Schema
from docurift.schemas.fit import misfits
from docurift.schemas.hinted import hinted

_MISFIT: Final = "What the document says here is not what your schema takes, so it was left out."

# What our own fields are called is gathered at its first use: here that is before the fork, so that no child pays.
hinted({"type": "object", "properties": {"any": {"type": "string"}}})


def asked(reading: Reading, order: WorkOrder, asker: Asker, document_type: DocumentType) -> Extraction:
    """The result of the schema in the order, which was taken at the edge (schemas/given.py), whatever the document is.

    Raises:
        DocumentError: as `typed`.
    """
    schema = cast("Schema", json.loads(order.schema or "{}"))
    language = language_of(whole_text(reading.pages, order), hint=order.language)
    wanted = hinted(schema)
    findings = asker.refined(labelled(wanted)(reading, language), reading, wanted, language)
    findings = _fitting(findings, schema)
    kind = DocumentType.GENERIC if document_type is DocumentType.AUTO else document_type
    return typed(reading, order, findings=findings, schema=schema, document_type=kind)


def _fitting(findings: Findings, schema: Schema) -> Findings:
    """Without the values that the schema does not take; a warning names each."""
    result = filled(schema, {pointer: found.value for pointer, found in findings.values.items()})
    wrong = set(misfits(schema, result))
    kept = {pointer: found for pointer, found in findings.values.items() if pointer not in wrong}
    told = (ResultWarning(code=WarningCode.SCHEMA_MISMATCH, message=_MISFIT, pointer=one) for one in sorted(wrong))
    return Findings(values=kept, warnings=(*findings.warnings, *told))
