"""Bills of lading."""

from tools.synth.draft import Draft
from tools.synth.sheet import Sheet
from tools.synth.types.carriage import carried


def content(draft: Draft) -> Sheet:
    """A bill of lading for containers."""
    return carried(draft, title=draft.one("titles", "bill_of_lading"), number="/bolNumber")
