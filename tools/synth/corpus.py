"""Which documents a corpus has: types and languages by turns, layouts by chance, held-back ones apart."""

from collections.abc import Iterator, Sequence
from random import Random

from tools.synth.document import Document, drawn
from tools.synth.grammar import grammars
from tools.synth.types import TYPES
from tools.synth.words import LANGUAGES

from docurift.model.job import DocumentType

# The same layouts whatever the seed of a corpus: what is held back is held back from all of them.
_LAYOUTS = 1


def corpus(
    count: int, seed: int, *, types: Sequence[DocumentType] = TYPES, held_back: bool = False
) -> Iterator[Document]:
    """`count` documents of the layouts for training, or of those held back for scoring."""
    chance = Random(f"corpus/{seed}/{held_back}")  # noqa: S311 - the same documents each time, not a secret
    layouts = {one: [g for g in grammars(one, _LAYOUTS) if g.is_held_back is held_back] for one in types}
    for number in range(count):
        document_type = types[number % len(types)]
        language = LANGUAGES[number // len(types) % len(LANGUAGES)]
        yield drawn(document_type, chance.choice(layouts[document_type]), language, f"{seed}/{number}")
