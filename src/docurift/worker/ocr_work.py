"""What the OCR process does with pixels; imported when it is shut in, for these libraries start threads."""

from typing import Final

import cv2
import numpy as np

from docurift.engines.ocr import OcrRouter
from docurift.engines.ocr_tesseract import data_folder
from docurift.model.failure import FailureCode
from docurift.model.work import OcrAnswer, OcrRefused, OcrRequest

_INK: Final = (0,)


class OcrWork:
    """The engines, loaded and tried out."""

    def __init__(self, router: OcrRouter) -> None:
        self._router = router

    def answer(self, request: OcrRequest, payload: bytes) -> OcrAnswer:
        """The words on the pixels in `payload`, or why there are none."""
        try:
            shape = (request.height, request.width) if request.channels == 1 else (request.height, request.width, 3)
            return self._router.read(request, np.frombuffer(payload, np.uint8).reshape(shape))
        except MemoryError:
            return OcrRefused(code=FailureCode.OUT_OF_MEMORY)
        except Exception as error:  # noqa: BLE001 - the child's entry: one of the three places (style rule 11)
            return OcrRefused(code=FailureCode.PARSER_CRASHED, detail=f"OCR ended with {type(error).__name__}.")


def load(tessdata_prefix: str | None) -> OcrWork:
    """The engines, ready to read; `tessdata_prefix` is where Tesseract's data is looked for first.

    Raises:
        EngineMissingError: they are not installed.
    """
    router = OcrRouter(data_folder(tessdata_prefix))
    _warm_up(router)
    return OcrWork(router)


def _warm_up(router: OcrRouter) -> None:
    """Read a page of one word, so that whatever a library does at its first page is done before system calls are
    given up.
    """
    page = np.full((256, 512), 255, np.uint8)
    cv2.putText(page, "Total 12", (40, 140), cv2.FONT_HERSHEY_SIMPLEX, 2.0, _INK, 3)
    router.read(OcrRequest(page=1, width=512, height=256, channels=1, language="en", dpi=None), page)
