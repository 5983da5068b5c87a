"""What kind of document is it? A softmax over hashed words and layout, trained on drawn documents (decision 0025)."""

from collections.abc import Sequence
from dataclasses import dataclass
from importlib.resources import files
from typing import Final

import numpy as np
from numpy.typing import NDArray

from docurift.model.job import DocumentType
from docurift.model.result import Page, ResultWarning, WarningCode
from docurift.pipeline.type_features import Features, features_of

# Below it `auto` reads the document as a generic one.
SURE_ENOUGH: Final = 0.7
# What a caller says is obeyed; only a guess as sure as this is told against it.
_CONTRARY: Final = 0.95
# A handful of words says nothing about a document: no drawn one has so few.
_FEWEST_WORDS = 6
_UNTOLD = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class Guess:
    """The likeliest type, and how likely it is."""

    document_type: DocumentType
    probability: float

    @property
    def detected(self) -> DocumentType:
        """The type that is told as detected: `generic` where no type is likely enough."""
        return self.document_type if self.probability >= SURE_ENOUGH else DocumentType.GENERIC


@dataclass(frozen=True, slots=True, kw_only=True)
class TypeModel:
    """Weights by bucket and type in whole steps of `scale`; `layout` are those of the layout's numbers."""

    types: tuple[DocumentType, ...]
    weights: NDArray[np.int8]
    scale: NDArray[np.float32]
    layout: NDArray[np.float32]
    bias: NDArray[np.float32]
    temperature: float

    def probabilities(self, features: Features) -> NDArray[np.float32]:
        """The calibrated probability of each of `types`."""
        hashed = features.weights @ self.weights[features.buckets].astype(np.float32) * self.scale
        scores = (hashed + features.numbers @ self.layout + self.bias) / self.temperature
        powers = np.exp(scores - scores.max())
        return (powers / powers.sum()).astype(np.float32)


def _loaded() -> TypeModel:
    with (files("docurift.pipeline.models") / "document_type.npz").open("rb") as file, np.load(file) as kept:
        return TypeModel(
            types=tuple(DocumentType(str(name)) for name in kept["types"]),
            weights=kept["weights"],
            scale=kept["scale"],
            layout=kept["layout"],
            bias=kept["bias"],
            temperature=float(kept["temperature"]),
        )


# Read when this is imported: the sandboxed child that asks may open no file.
_MODEL: Final = _loaded()


def classified(pages: Sequence[Page]) -> Guess:
    """What the document seems to be, by its first pages. One of a few words is generic, without a claim to be sure."""
    if sum(len(page.words) or sum(len(block.text.split()) for block in page.blocks) for page in pages) < _FEWEST_WORDS:
        return Guess(document_type=DocumentType.GENERIC, probability=_UNTOLD)
    probabilities = _MODEL.probabilities(features_of(pages))
    best = int(probabilities.argmax())
    return Guess(document_type=_MODEL.types[best], probability=round(float(probabilities[best]), 4))


def type_warnings(asked: DocumentType, guess: Guess) -> tuple[ResultWarning, ...]:
    """What should be said about the type: that `auto` could not tell, or that the document does not look like what its
    caller says. Any document may be read as a generic one.
    """
    name, percent = guess.document_type.value, f"{guess.probability:.0%}"
    if asked is DocumentType.AUTO:
        if guess.detected is guess.document_type:
            return ()
        message = (
            f"The type could not be told, and the document was read as generic. The best guess is `{name}` ({percent})."
        )
        return (ResultWarning(code=WarningCode.TYPE_MISMATCH, message=message),)
    is_contrary = guess.document_type is not asked and guess.probability >= _CONTRARY
    if not is_contrary or asked is DocumentType.GENERIC:
        return ()
    message = f"The document was read as `{asked.value}`, as asked, but looks like `{name}` ({percent})."
    return (ResultWarning(code=WarningCode.TYPE_MISMATCH, message=message),)
