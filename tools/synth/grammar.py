"""Layout grammars: how a document is laid out and worded, whatever it says. Scores are told on grammars that no
training has seen (extraction.md section 7).
"""

import hashlib
from dataclasses import astuple, dataclass
from random import Random
from typing import Final, Literal

from docurift.model.job import DocumentType

PER_TYPE: Final = 60
_HELD_BACK_EVERY: Final = 3

_FONTS: Final = (
    "Helvetica",
    "Times",
    "Courier",
    "Vera",
    "DejaVuSans",
    "DejaVuSerif",
    "DejaVuSansCondensed",
    "LiberationSans",
)
_ROLLS: Final = ("Courier", "DejaVuSansMono", "Vera", "Helvetica")
_FORMS: Final = frozenset(
    {
        DocumentType.BILL_OF_LADING,
        DocumentType.SEA_WAYBILL,
        DocumentType.AIR_WAYBILL,
        DocumentType.CERTIFICATE_OF_ORIGIN,
        DocumentType.CUSTOMS_DECLARATION,
        DocumentType.PROOF_OF_DELIVERY,
        DocumentType.DELIVERY_ORDER,
        DocumentType.FREIGHT_INVOICE,
    }
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Grammar:
    """One way to lay out documents of a type. `wording` chooses among the synonyms of each label."""

    style: Literal["letter", "form", "roll"]
    font: str
    size: float
    margin: float
    paper: Literal["a4", "letter"]
    wording: int
    label_case: Literal["first", "lower", "upper", "title"]
    colon: bool
    labels: Literal["left", "above", "inline"]
    facts: Literal["right", "left", "band"]
    parties: Literal["columns", "stacked"]
    sender: Literal["left", "right", "centre"]
    window: bool
    title: Literal["left", "right", "centre", "below"]
    title_size: float
    title_upper: bool
    grid: Literal["ruled", "rows", "zebra", "plain", "band"]
    totals: Literal["right", "left"]
    tone: float
    bold_labels: bool
    numbers: int
    dates: int

    @property
    def id(self) -> str:
        """The same for the same layout, whatever the seed was."""
        return "g" + hashlib.sha256(repr(astuple(self)).encode()).hexdigest()[:10]

    @property
    def is_held_back(self) -> bool:
        """Whether this layout is kept for scoring: a third of them is."""
        return int(self.id[1:], 16) % _HELD_BACK_EVERY == 0


def grammars(document_type: DocumentType, seed: int) -> tuple[Grammar, ...]:
    """The layouts of a type, held back or not."""
    chance = Random(f"grammars/{document_type.value}/{seed}")  # noqa: S311 - the same layouts each time, not a secret
    return tuple(_drawn(document_type, chance) for _ in range(PER_TYPE))


def _drawn(document_type: DocumentType, chance: Random) -> Grammar:
    style: Literal["letter", "form", "roll"] = "letter"
    if document_type is DocumentType.RECEIPT:
        style = "roll" if chance.random() < 0.85 else "letter"
    elif document_type in _FORMS and chance.random() < 0.6:
        style = "form"
    return Grammar(
        style=style,
        font=chance.choice(_ROLLS if style == "roll" else _FONTS),
        size=chance.choice((8.0, 8.5, 9.0, 9.5, 10.0, 11.0)),
        margin=chance.choice((34.0, 42.0, 50.0, 62.0, 70.0)),
        paper=chance.choice(("a4", "a4", "a4", "letter")),
        wording=chance.randrange(1 << 30),
        label_case=chance.choice(("first", "first", "first", "lower", "upper", "title")),
        colon=chance.random() < 0.6,
        labels=chance.choice(("left", "left", "above", "inline")),
        facts=chance.choice(("right", "right", "left", "band")),
        parties=chance.choice(("columns", "columns", "stacked")),
        sender=chance.choice(("left", "right", "centre")),
        window=chance.random() < 0.4,
        title=chance.choice(("left", "right", "centre", "below", "below")),
        title_size=chance.choice((12.0, 14.0, 16.0, 18.0, 22.0, 26.0)),
        title_upper=chance.random() < 0.35,
        grid=chance.choice(("ruled", "rows", "zebra", "plain", "band")),
        totals=chance.choice(("right", "right", "right", "left")),
        tone=chance.choice((0.0, 0.0, 0.3, 0.5)),
        bold_labels=chance.random() < 0.4,
        numbers=chance.randrange(12),
        dates=chance.randrange(12),
    )
