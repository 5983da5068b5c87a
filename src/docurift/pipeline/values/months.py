"""Names of months."""

import unicodedata
from typing import Final

# January to December: full name, then what it is shortened to, in each language.
_NAMES: Final = (
    "january jan januar jaenner janner janvier janv enero ene gennaio gen januari janeiro styczen stycznia sty leden",
    "february feb februar feber fevrier fevr fev febrero febbraio februari fevereiro luty lutego lut unor unora",
    "march mar marz maerz mrz mars marzo maart mrt marco marzec marca brezen brezna",
    "april apr avril avr abril abr aprile kwiecien kwietnia kwi duben dubna",
    "may mai mayo maggio mag mei maio maj maja kveten kvetna",
    "june jun juni juin junio giugno giu junho czerwiec czerwca cze cerven cervna",
    "july jul juli juillet juil julio luglio lug julho lipiec lipca lip cervenec cervence",
    "august aug aout aou agosto ago augustus sierpien sierpnia sie augusti srpen srpna",
    "september sep sept septembre septiembre settembre set setembro wrzesien wrzesnia wrz zari",
    "october oct oktober okt octobre octubre ottobre ott outubro out pazdziernik pazdziernika paz rijen rijna",
    "november nov novembre noviembre novembro listopad listopada lis",
    "december dec dezember dez decembre diciembre dic dicembre dezembro grudzien grudnia gru prosinec prosince",
)
_BY_NAME: Final = {name: month for month, names in enumerate(_NAMES, start=1) for name in names.split()}


def month_of(name: str) -> int | None:
    """The month, 1 to 12, that `name` says in one of the languages known, whatever its case and accents."""
    return _BY_NAME.get(_plain(name))


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace("\u0142", "l").strip(".").casefold())
    return "".join(c for c in decomposed if not unicodedata.combining(c))
