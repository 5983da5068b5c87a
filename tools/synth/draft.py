"""Makes up what a document says, and keeps the truth about it."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any, cast

from tools.synth import numbers
from tools.synth.grammar import Grammar
from tools.synth.locale import locale_of
from tools.synth.sheet import Fact, Line, Party, Piece
from tools.synth.wording import Wording
from tools.synth.words import listed

from docurift.model.job import DocumentType
from docurift.model.result import Json
from docurift.schemas.catalogue import schema_of

_FIRST_DAY = date(2016, 1, 1)
_DAYS = 3600
_ABROAD = 0.15


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A made-up company."""

    name: str
    person: str
    street: str
    postal: str
    city: str
    country: str
    country_name: str
    phone: str
    email: str
    vat: str | None


class Draft:
    """A document in the making: its words, its chances, its truth by JSON Pointer."""

    def __init__(self, document_type: DocumentType, grammar: Grammar, language: str, chance: Random) -> None:
        self.type, self.grammar, self.language, self.chance = document_type, grammar, language, chance
        self.wording = Wording(grammar, language)
        self.locale = locale_of(grammar, language)
        self.values: dict[str, Json] = {}
        self.country = chance.choice(listed(language, "locale", "countries")[0].split())
        self.currency = listed("places", self.country, "currency")[0]

    def one(self, section: str, name: str) -> str:
        """A word of the language."""
        return self.chance.choice(listed(self.language, section, name))

    def trade(self, section: str, name: str) -> str:
        """A word of trade, of no language."""
        return self.chance.choice(listed("trade", section, name))

    def likely(self, share: float) -> bool:
        """Whether something is there."""
        return self.chance.random() < share

    def label(self, pointer: str) -> str:
        """The label of a property; see `Wording.label`."""
        return self.wording.label(self.type, pointer)

    def value(self, pointer: str, text: str, value: Json) -> Piece:
        """`text`, which says `value`."""
        self.values[pointer] = value
        return Piece(text=text, pointer=pointer)

    def text(self, pointer: str, text: str) -> Piece:
        """`text`, which is the value itself."""
        return self.value(pointer, text, text)

    def fact(self, pointer: str, text: str, value: Json = None, *, likely: float = 1.0) -> tuple[Fact, ...]:
        """A labelled value, or nothing: not all documents tell all. Without `value` the text is the value."""
        if not self.likely(likely):
            return ()
        said = self.value(pointer, text, text if value is None else value)
        return (Fact(label=self.label(pointer), value=said),)

    def aside(self, label: str, text: str, *, likely: float = 1.0) -> tuple[Fact, ...]:
        """A labelled text that is no value of this type's result."""
        return (Fact(label=self.wording.own(label), value=Piece(text=text)),) if self.likely(likely) else ()

    def day(self, after: date | None = None) -> date:
        """Some day; within two months of `after`, if that is given."""
        if after is not None:
            return after + timedelta(days=self.chance.choice((0, 7, 10, 14, 21, 30, 30, 45, 60)))
        return _FIRST_DAY + timedelta(days=self.chance.randrange(_DAYS))

    def dated(self, pointer: str, day: date, *, likely: float = 1.0) -> tuple[Fact, ...]:
        """A labelled date."""
        return self.fact(pointer, self.locale.date(day), day.isoformat(), likely=likely)

    def reference(self) -> str:
        """Something like the number of a document."""
        digits = self.chance.choice(("####", "#####", "######", "########"))
        return numbers.filled(
            self.chance.choice(("", "", "R-", "A", "20##/", "20##-", "PO-", "KN ", "X#-")) + digits, self.chance
        )

    def amount(self, value: float, *, places: int = 2, signed: bool = False) -> str:
        """An amount of money; `signed` ones may carry the currency."""
        text = self.locale.number(value, places)
        sign = {"EUR": "€", "USD": "$", "GBP": "£", "MYR": "RM", "PLN": "zł"}.get(self.currency, self.currency)
        shown = (sign, self.currency, "")[self.grammar.wording % 3] if signed else ""
        if not shown:
            return text
        before = self.currency in ("USD", "GBP", "MYR")
        return (f"{shown}{'' if len(shown) == 1 else ' '}{text}") if before else f"{text} {shown}"

    def money(self, pointer: str, value: float, *, likely: float = 1.0) -> tuple[Fact, ...]:
        """A labelled amount, which may carry the currency."""
        facts = self.fact(pointer, self.amount(value, signed=True), round(value, 2), likely=likely)
        if self.grammar.wording % 3 == 2 or "currency" not in self._properties(""):
            return facts
        self.values["/currency"] = self.currency
        return tuple(Fact(label=one.label, value=replace(one.value, also="/currency")) for one in facts)

    def company(self, country: str | None = None) -> Company:
        """A company of `country`, else most often of the document's own."""
        return made_up(self, country or (self.country if not self.likely(_ABROAD) else self._foreign()))

    def party(self, pointer: str, company: Company, *, label: str | None = None, told: float = 0.7) -> Party:
        """`company` as the property `pointer`, with the lines that its schema has values for, and some it has not."""
        return Party(
            label=self.label(pointer) if label is None else label,
            lines=self._lines(pointer, company),
            facts=self._party_facts(pointer, company, told),
        )

    def _foreign(self) -> str:
        return self.chance.choice(("DE", "FR", "GB", "US", "IT", "ES", "NL", "PL", "CN", "TR", "VN"))

    def _lines(self, pointer: str, company: Company) -> tuple[Line, ...]:
        has = self._properties(pointer)
        address = f"{pointer}/address"
        name = self.text(f"{pointer}/{'company' if 'company' in has else 'name'}", company.name)
        street = self.text(address, company.street)
        town = (Piece(text=company.postal, pointer=address), Piece(text=company.city, pointer=address))
        if "city" in has:
            town = (self.text(f"{pointer}/postalCode", company.postal), self.text(f"{pointer}/city", company.city))
        elif "address" in has:
            self.values[address] = f"{company.street}, {_town(company)}"
        if company.country in ("GB", "US", "IE"):
            town = town[::-1]
        lines: list[Line] = [(name,), (street,), town]
        if self.likely(0.6):
            told = self.value(f"{pointer}/country", company.country_name, company.country)
            lines.append((told if "country" in has else Piece(text=company.country_name),))
        if "contact" in has and self.likely(0.3):
            lines.insert(1, (self.text(f"{pointer}/contact", company.person),))
        self.values = {place: value for place, value in self.values.items() if _is_known(place, pointer, has)}
        return tuple(lines)

    def _party_facts(self, pointer: str, company: Company, told: float) -> tuple[Fact, ...]:
        has = self._properties(pointer)
        facts: tuple[Fact, ...] = ()
        if "taxId" in has and company.vat:
            facts += self.fact(f"{pointer}/taxId", company.vat, likely=told)
        if "phone" in has:
            facts += self._contact(f"{pointer}/phone", "phone", company.phone, told)
        if "email" in has:
            facts += self._contact(f"{pointer}/email", "email", company.email, told)
        if "accountNumber" in has:
            facts += self.fact(f"{pointer}/accountNumber", numbers.filled("########", self.chance), likely=told)
        return facts

    def _contact(self, pointer: str, name: str, text: str, told: float) -> tuple[Fact, ...]:
        if not self.likely(told):
            return ()
        return (Fact(label=self.wording.own(name), value=self.text(pointer, text)),)

    def _properties(self, pointer: str) -> Sequence[str]:
        schema = cast("dict[str, Any]", schema_of(self.type))
        for token in pointer.split("/")[1:]:
            schema = schema["items"] if token.isdigit() else schema["properties"][token]
        return tuple(schema.get("properties", ()))


def made_up(draft: Draft, country: str) -> Company:
    """A company of `country` that exists nowhere."""
    chance = draft.chance
    town = numbers.filled(chance.choice(listed("places", country, "cities")), chance)
    city, postal = _split_town(town, country)
    person = f"{draft.one('people', 'first')} {draft.one('people', 'last')}"
    stem = chance.choice((draft.trade("names", "stems"), draft.one("people", "last")))
    form = chance.choice(listed("places", country, "forms"))
    trade = draft.one("people", "trades")
    slug = "".join(c for c in stem.lower() if c.isascii() and c.isalpha()) or "office"
    return Company(
        name=f"{stem} {trade} {form}",
        person=person,
        street=draft.one("people", "streets").replace("{n}", str(chance.randrange(1, 180))),
        postal=postal,
        city=city,
        country=country,
        country_name=chance.choice(listed("places", country, "names")[0].split(" / ")),
        phone=numbers.filled(chance.choice(listed("places", country, "phone")), chance),
        email=f"{chance.choice(('info', 'office', 'sales', 'mail'))}@{slug}.example",
        vat=numbers.vat_id(country, chance),
    )


def _split_town(town: str, country: str) -> tuple[str, str]:
    """The city and its postal code, whichever comes first in the country."""
    words = town.split(" ")
    if country in ("GB", "US", "IE"):
        cut = next(i for i, word in enumerate(words) if any(c.isdigit() for c in word))
        return " ".join(words[:cut]).removesuffix(","), " ".join(words[cut:])
    cut = next(
        (i for i, word in enumerate(words) if word[:2].istitle() or (word[:1].isupper() and not word.isupper())), 1
    )
    return " ".join(words[cut:]), " ".join(words[:cut])


def _town(company: Company) -> str:
    if company.country in ("GB", "US", "IE"):
        return f"{company.city} {company.postal}"
    return f"{company.postal} {company.city}"


def _is_known(place: str, pointer: str, has: Sequence[str]) -> bool:
    return not place.startswith(f"{pointer}/") or place[len(pointer) + 1 :].split("/", maxsplit=1)[0] in has
