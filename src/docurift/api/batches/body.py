"""The body of a batch as the reference describes it."""

from typing import Any, Final

from docurift.api.batches.forms import FileItem, JsonItem
from docurift.api.intake.fields import MAX_URL_LENGTH, CallFields
from docurift.api.intake.submit_body import described
from docurift.api.intake.uploads import FORM, JSON

_MOST: Final = 1_000
_WEBHOOK: Final = {"webhookSecret": ["webhookUrl"]}
_FILES: Final = {
    "type": "array",
    "minItems": 1,
    "maxItems": _MOST,
    "items": {"type": "string", "contentMediaType": "application/octet-stream"},
    "description": "One part for each document, up to 50 MB each and 1 GiB in all; or a single ZIP, whose files become "
    "the items.",
}


def _items(model: type[FileItem], text: str) -> dict[str, Any]:
    return {"type": "array", "maxItems": _MOST, "description": text, "items": described(model)}


def _form_schema() -> dict[str, Any]:
    schema = described(CallFields)
    text = "What is asked otherwise of single files: an object for each, in their order."
    schema["properties"] = {"file": _FILES, **schema["properties"], "items": _items(FileItem, text)}
    return {**schema, "required": ["file"], "dependentRequired": _WEBHOOK}


def _json_schema() -> dict[str, Any]:
    schema = described(CallFields)
    items = _items(JsonItem, "What each document is, and what is asked otherwise of it.")
    items["items"]["oneOf"] = [{"required": [name]} for name in ("fileUrl", "documentId", "fileBase64")]
    items["items"]["dependentSchemas"] = {"documentId": {"properties": {"fileName": False}}}
    urls = {"type": "string", "pattern": "^[Hh][Tt][Tt][Pp][Ss]?://", "maxLength": MAX_URL_LENGTH}
    ids = {"type": "string", "pattern": "^doc_[0-9a-z]{26}$"}
    schema["properties"] = {
        "items": {**items, "minItems": 1},
        "fileUrls": {"type": "array", "minItems": 1, "maxItems": _MOST, "items": urls},
        "documentIds": {"type": "array", "minItems": 1, "maxItems": _MOST, "items": ids},
        **schema["properties"],
    }
    one_of = [{"required": [name]} for name in ("items", "fileUrls", "documentIds")]
    return {**schema, "oneOf": one_of, "dependentRequired": _WEBHOOK}


BATCH_BODY: Final[dict[str, Any]] = {
    "required": True,
    "description": "A form with the files, or JSON that names what is there already or has to be fetched. Beside them "
    "stands what is asked of all jobs.",
    "content": {
        FORM: {
            "schema": _form_schema(),
            "encoding": {
                "callbackMetadata": {"contentType": JSON},
                "items": {"contentType": JSON},
                "schema": {"contentType": JSON},
            },
            "example": {
                "file": ["Invoice number: INV-1", "Invoice number: INV-2"],
                "documentType": "invoice",
                "items": [{"callbackMetadata": {"order": "4711"}}, {"pages": "1-3,7"}],
            },
        },
        JSON: {
            "schema": _json_schema(),
            "example": {
                "items": [
                    {
                        "fileBase64": "SW52b2ljZSBudW1iZXI6IElOVi0x",
                        "fileName": "invoice.txt",
                        "callbackMetadata": {"order": "4711"},
                    },
                    {"fileUrl": "https://files.acme-imports.com/invoice-2.pdf"},
                ],
                "documentType": "invoice",
            },
        },
    },
}
