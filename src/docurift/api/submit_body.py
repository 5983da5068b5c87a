"""The body of a submission as the reference describes it."""

from typing import Any, Final

from docurift.api.forms import SubmitFields, SubmitJson
from docurift.api.schemas import input_schema
from docurift.api.uploads import FORM, JSON

_FILE: Final = {
    "type": "string",
    "contentMediaType": "application/octet-stream",
    "minLength": 1,
    "description": "PDF, PNG, JPEG, WEBP, TIFF, BMP, GIF, HEIC, DOCX, XLSX, PPTX, HTML, EML, TXT or e-invoice XML, "
    "told by content; up to 50 MB.",
}


def _form_schema() -> dict[str, Any]:
    schema = input_schema(SubmitFields)
    schema["properties"] = {"file": _FILE, **schema["properties"]}
    schema["required"] = ["file"]
    return schema


SUBMIT_BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "A form with the file, or JSON with the file in base64.",
    "content": {
        FORM: {
            "schema": _form_schema(),
            "encoding": {"callbackMetadata": {"contentType": JSON}},
            "example": {"file": "Invoice number: INV-1", "documentType": "invoice", "pages": "1-3,7"},
        },
        JSON: {
            "schema": input_schema(SubmitJson),
            "example": {
                "fileBase64": "SW52b2ljZSBudW1iZXI6IElOVi0x",
                "fileName": "invoice.txt",
                "documentType": "invoice",
                "callbackMetadata": {"order": "4711"},
            },
        },
    },
}
