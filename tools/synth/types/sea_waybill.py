"""Sea waybills."""

from tools.synth.draft import Draft
from tools.synth.sheet import Sheet
from tools.synth.types.carriage import carried


def content(draft: Draft) -> Sheet:
    """A sea waybill for containers."""
    return carried(draft, title=draft.one("titles", "sea_waybill"), number="/waybillNumber")
