"""Chooses how a file is opened, by its content, proved again in the child: what the edge saw is only a claim.

Each opener is imported when its format comes by, so that a PDF does not pay for spreadsheets; the zygote imports them
all beforehand.
"""

from collections.abc import Mapping
from importlib import import_module
from io import BytesIO

from docurift.model.document import MediaType
from docurift.model.failure import FailureCode
from docurift.model.filename import disagrees
from docurift.model.result import Page, ResultWarning, WarningCode
from docurift.model.sniff import sniff
from docurift.model.work import Limits, WorkOrder
from docurift.pipeline.ports import DocumentError, EInvoice, Ocr, Opener, PageSource, Pixels

_PROTECTED = "EncryptedPackage".encode("utf-16-le")
_LEGACY = "Office files before DOCX, XLSX and PPTX are not read here: save it in the newer format."
_NO_HEIC = "No decoder for HEIC is installed here: send a JPEG or PNG."
_HERE = "docurift.engines"
_OPENERS: Mapping[MediaType, str] = {
    MediaType.PDF: f"{_HERE}.pdf:open_pdf",
    **dict.fromkeys(
        (MediaType.PNG, MediaType.JPEG, MediaType.WEBP, MediaType.TIFF, MediaType.BMP, MediaType.GIF),
        f"{_HERE}.image:open_image",
    ),
    MediaType.DOCX: f"{_HERE}.docx:open_docx",
    MediaType.XLSX: f"{_HERE}.xlsx:open_xlsx",
    MediaType.PPTX: f"{_HERE}.pptx:open_pptx",
    MediaType.HTML: f"{_HERE}.html:open_html",
    MediaType.EML: f"{_HERE}.mail:open_mail",
    MediaType.XML: f"{_HERE}.einvoice_text:open_einvoice_xml",
    MediaType.TEXT: f"{_HERE}.text:open_text",
    MediaType.OLE2: f"{_HERE}.openers:refuse_ole2",
    MediaType.HEIC: f"{_HERE}.openers:refuse_heic",
}


class ContentOpeners:
    """All formats that are taken, told by content."""

    def open(self, data: bytes, order: WorkOrder) -> PageSource:
        """The document behind `data`, with a warning where its name promises another format.

        Raises:
            DocumentError: as `Opener`; `FILE_CORRUPT` if it is none of the formats that are taken.
        """
        media_type = sniff(BytesIO(data))
        if media_type is None:
            raise DocumentError(FailureCode.FILE_CORRUPT, detail="Its content is none of the formats that are read.")
        source = _load(_OPENERS[media_type])(data, order)
        if disagrees(media_type, file_name=order.file_name):
            return _Misnamed(source, media_type)
        return source


def _load(name: str) -> Opener:
    module, _, attribute = name.partition(":")
    return getattr(import_module(module), attribute)


def refuse_ole2(data: bytes, order: WorkOrder) -> PageSource:
    """Refuse `data`: protected office files are wrapped in this container, legacy ones are made of it.

    Raises:
        DocumentError: `FILE_ENCRYPTED` or `FILE_CORRUPT`, always.
    """
    del order
    if _PROTECTED in data:
        raise DocumentError(FailureCode.FILE_ENCRYPTED)
    raise DocumentError(FailureCode.FILE_CORRUPT, detail=_LEGACY)


def refuse_heic(data: bytes, order: WorkOrder) -> PageSource:
    """Refuse `data`: there is no decoder for it here.

    Raises:
        DocumentError: `ENGINE_UNAVAILABLE`, always.
    """
    del data, order
    raise DocumentError(FailureCode.ENGINE_UNAVAILABLE, detail=_NO_HEIC)


class _Misnamed:
    """A document whose name promises another format."""

    def __init__(self, source: PageSource, media_type: MediaType) -> None:
        self._source = source
        self._warning = ResultWarning(
            code=WarningCode.NAME_DISAGREES_WITH_CONTENT,
            message=f"The file name promises another format; the content is {media_type.value} and was read as that.",
        )

    @property
    def page_count(self) -> int:
        return self._source.page_count

    @property
    def warnings(self) -> tuple[ResultWarning, ...]:
        return (self._warning, *self._source.warnings)

    @property
    def einvoice(self) -> EInvoice | None:
        return self._source.einvoice

    def read(self, number: int, order: WorkOrder, ocr: Ocr) -> Page:
        return self._source.read(number, order, ocr)

    def render(self, number: int, *, dpi: float, limits: Limits) -> Pixels:
        return self._source.render(number, dpi=dpi, limits=limits)

    def close(self) -> None:
        self._source.close()
