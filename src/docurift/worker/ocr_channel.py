"""What the worker and its OCR processes say to each other: a request and its pixels go in, one answer comes out."""

from dataclasses import dataclass
from typing import Final

from docurift.model.sandbox import Observation
from docurift.model.work import MIB, OcrReading, OcrRefused, OcrRequest
from docurift.worker.frames import Caps, Vocabulary


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelsReady:
    """The models are loaded and the walls are up, as their probes found; `engine_missing` names what is not installed,
    if anything.
    """

    engine_missing: str | None = None
    walls: tuple[Observation, ...] = ()


REQUESTS: Final[Vocabulary[OcrRequest]] = Vocabulary(OcrRequest)
REQUEST_CAPS: Final = Caps(json_bytes=MIB, payload_bytes=256 * MIB)
ANSWERS: Final[Vocabulary[ModelsReady | OcrReading | OcrRefused]] = Vocabulary(ModelsReady, OcrReading, OcrRefused)
ANSWER_CAPS: Final = Caps(json_bytes=8 * MIB)
