"""Countries by the names that eight languages give them, to ISO 3166-1 alpha-2."""

import unicodedata
from importlib.resources import files
from typing import Final

_ALPHA2 = (
    "AD AE AF AG AI AL AM AO AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BM BN BO BR BS BT BW BY BZ CA CD CF "
    "CG CH CI CL CM CN CO CR CU CV CW CY CZ DE DJ DK DM DO DZ EC EE EG ER ES ET FI FJ FO FR GA GB GD GE GF GG GH "
    "GI GL GM GN GP GQ GR GT GU GW GY HK HN HR HT HU ID IE IL IM IN IQ IR IS IT JE JM JO JP KE KG KH KI KM KN KP "
    "KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MG MH MK ML MM MN MO MQ MR MS MT MU MV MW MX MY MZ "
    "NA NC NE NG NI NL NO NP NR NZ OM PA PE PF PG PH PK PL PM PR PS PT PW PY QA RE RO RS RU RW SA SB SC SD SE SG "
    "SI SK SL SM SN SO SR SS ST SV SY SZ TC TD TG TH TJ TL TM TN TO TR TT TV TW TZ UA UG US UY UZ VA VC VE VG VI "
    "VN VU WF WS XK YE YT ZA ZM ZW"
)
ALPHA2: Final = frozenset(_ALPHA2.split())
# Cars' plates and older letters before postal codes: D-80333, A-1010, F-75001.
_PLATES: Final = {"D": "DE", "A": "AT", "F": "FR", "I": "IT", "E": "ES", "B": "BE", "L": "LU", "P": "PT", "S": "SE",
                  "N": "NO", "H": "HU", "FIN": "FI", "FL": "LI", "PL": "PL", "CH": "CH", "SLO": "SI"}  # fmt: skip


def country_of(name: str) -> str | None:
    """The alpha-2 code of the country that `name` says as a whole: a name, an alpha-2 code in capitals, or an alpha-3
    code in capitals.
    """
    stripped = name.strip(" .,;()[]")
    if stripped in ALPHA2:
        return stripped
    code = _BY_NAME.get(_plain(stripped))
    short = len(stripped) <= 3  # noqa: PLR2004 - a code: IND is one, `Ind` is a word
    return None if short and not stripped.isupper() else code


def country_of_prefix(prefix: str) -> str | None:
    """The country that letters before a postal code say: `DE`, or `D` as on cars."""
    capitals = prefix.upper()
    return _PLATES.get(capitals) or (capitals if capitals in ALPHA2 else None)


def _plain(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name.replace("\u0142", "l").replace("\u0141", "L").casefold())
    return "".join(c for c in decomposed if c.isalpha())


# English, German, French, Spanish, Italian, Dutch, Portuguese, Polish; then what else a country is called. Read with
# this module: a jailed child may open no file any more.
_NAMES: Final = (files("docurift.pipeline.values") / "countries.txt").read_text("utf-8")
_BY_NAME: Final = {_plain(name): line[:2] for line in _NAMES.splitlines() for name in line[3:].split("|")}
