"""The body of a submission as the reference describes it."""

from typing import Any, Final

from docurift.api.intake.fields import JobFields
from docurift.api.intake.forms import SubmitForm, SubmitJson
from docurift.api.intake.uploads import FORM, JSON
from docurift.api.reference.schemas import input_schema
from docurift.model.job import IfDuplicate

_FILE: Final = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "minLength": 1,
    "description": "PDF, PNG, JPEG, WEBP, TIFF, BMP, GIF, HEIC, DOCX, XLSX, PPTX, HTML, EML, TXT or e-invoice XML, "
    "told by content; up to 50 MB.",
}

_NO_NUL: Final = {"type": "string", "pattern": r"^[^\u0000]*$"}
_METADATA_VALUE: Final = {"$ref": "#/components/schemas/MetadataValue"}
_METADATA: Final[dict[str, Any]] = {
    "type": "object",
    "propertyNames": _NO_NUL,
    "additionalProperties": _METADATA_VALUE,
}
METADATA_COMPONENTS: Final[dict[str, Any]] = {
    "MetadataValue": {
        "description": "Any JSON without the character NUL.",
        "anyOf": [
            _NO_NUL,
            {"type": ["number", "boolean", "null"]},
            {"type": "array", "items": _METADATA_VALUE},
            _METADATA,
        ],
    }
}


def described(model: type[JobFields]) -> dict[str, Any]:
    """The schema of what may be asked of jobs, with any JSON as their metadata."""
    schema = input_schema(model)
    # pydantic refuses references that it did not make.
    schema["properties"]["callbackMetadata"].update(_METADATA)
    schema["properties"]["schema"].update({"$ref": "#/components/schemas/AskedSchema"})
    return schema


def _described(model: type[SubmitForm], *, file: str) -> dict[str, Any]:
    schema = described(model)
    by_file = {"required": [file], "properties": {"fileUrl": False}}
    by_url = {"required": ["fileUrl"], "properties": {file: False, "ifDuplicate": {"const": IfDuplicate.RERUN.value}}}
    schema["oneOf"] = [by_file, by_url]
    schema["dependentRequired"] = {"webhookSecret": ["webhookUrl"]}
    return schema


def _form_schema() -> dict[str, Any]:
    schema = _described(SubmitForm, file="file")
    schema["properties"] = {"file": _FILE, **schema["properties"]}
    return schema


SUBMIT_BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "A form with the file, or JSON with the file in base64; or in either its `fileUrl`.",
    "content": {
        FORM: {
            "schema": _form_schema(),
            "encoding": {"callbackMetadata": {"contentType": JSON}, "schema": {"contentType": JSON}},
            "example": {"file": "Invoice number: INV-1", "documentType": "invoice", "pages": "1-3,7"},
        },
        JSON: {
            "schema": _described(SubmitJson, file="fileBase64"),
            "example": {
                "fileBase64": "SW52b2ljZSBudW1iZXI6IElOVi0x",
                "fileName": "invoice.txt",
                "documentType": "invoice",
                "callbackMetadata": {"order": "4711"},
            },
        },
    },
}
