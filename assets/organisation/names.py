"""Invented people: names from many languages, addresses, nicknames, handles.

Given and family names are common words of their languages, combined by chance; no real person
is meant. Diacritics stay in names and are folded in addresses, as mail systems do.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass

from assets.organisation.streams import Streams

CULTURES: tuple[tuple[tuple[str, ...], tuple[str, ...]], ...] = (
    (
        (
            "Katarzyna",
            "Łukasz",
            "Agnieszka",
            "Paweł",
            "Małgorzata",
            "Krzysztof",
            "Zofia",
            "Michał",
            "Ewa",
            "Tomasz",
            "Joanna",
            "Grzegorz",
            "Halina",
            "Bartosz",
            "Iwona",
            "Wojciech",
        ),
        (
            "Nowicka",
            "Zieliński",
            "Wójcik",
            "Kaczmarek",
            "Lewandowska",
            "Szymczak",
            "Górska",
            "Pawlak",
            "Żuraw",
            "Dąbrowicz",
            "Sikora",
            "Mróz",
            "Wrona",
            "Jaśkiewicz",
            "Bąk",
            "Kurek",
        ),
    ),
    (
        (
            "João",
            "Inês",
            "Tiago",
            "Conceição",
            "Rui",
            "Beatriz",
            "Gonçalo",
            "Mariana",
            "Duarte",
            "Sofia",
            "Nuno",
            "Leonor",
            "André",
            "Catarina",
            "Vasco",
            "Matilde",
        ),
        (
            "Figueira",
            "Carvalhal",
            "Brandão",
            "Sá Nogueira",
            "Magalhães",
            "Pinhão",
            "Lourenço",
            "Assunção",
            "Vilarinho",
            "Teixeira",
            "Moura",
            "Rosário",
            "Guimarães",
            "Salgueiro",
            "Noronha",
            "Paixão",
        ),
    ),
    (
        (
            "Emily",
            "Marcus",
            "Aisha",
            "Tyler",
            "Grace",
            "Devon",
            "Hannah",
            "Luis",
            "Naomi",
            "Carter",
            "Rosa",
            "Elijah",
            "Paige",
            "Omar",
            "Brooke",
            "Winston",
        ),
        (
            "Hartwell",
            "Okafor",
            "Delgado",
            "Whitlock",
            "Nguyen",
            "Castellanos",
            "Brennan",
            "Oduya",
            "Fairbanks",
            "Trujillo",
            "Holloway",
            "Peña",
            "Kowalczyk",
            "Ashworth",
            "Mbeki",
            "Sorensen",
        ),
    ),
    (
        ("Øystein", "Solveig", "Håkon", "Ingrid", "Bjørn", "Åse", "Sindre", "Maren", "Torstein", "Ragnhild"),
        (
            "Nordbø",
            "Haugland",
            "Strømmen",
            "Bakkevoll",
            "Myhre",
            "Kvåle",
            "Fossheim",
            "Lunde",
            "Rønning",
            "Vik",
        ),
    ),
    (
        ("Ananya", "Rohan", "Priya", "Vikram", "Meera", "Arjun", "Kavya", "Siddharth", "Lakshmi", "Imran"),
        (
            "Raghunathan",
            "Deshmukh",
            "Chatterjee",
            "Pillai",
            "Bhandari",
            "Qureshi",
            "Iyer",
            "Malhotra",
            "Gokhale",
            "Venkatesan",
        ),
    ),
    (
        ("Şebnem", "Emre", "Yıldız", "Čeněk", "Zdeňka", "Ondřej", "Željka", "Ágnes", "Gergő", "Ileana"),
        ("Çelikkan", "Özgür", "Novotný", "Říha", "Horvatić", "Szűcs", "Kővári", "Ionescu", "Aydın", "Šimek"),
    ),
)
WEIGHTS = (0.3, 0.2, 0.28, 0.06, 0.08, 0.08)

NICKNAMES = {
    "Katarzyna": "Kasia", "Małgorzata": "Gosia", "Krzysztof": "Krzyś", "Agnieszka": "Aga",
    "Joanna": "Asia", "Grzegorz": "Grzesiek", "Emily": "Em", "Hannah": "Han", "Siddharth": "Sid",
    "Catarina": "Cat", "Gonçalo": "Gonzo", "Mariana": "Mari", "Torstein": "Totto", "Zdeňka": "Zdena",
    "Wojciech": "Wojtek", "Elijah": "Eli",
}  # fmt: skip

_UNFOLDED = str.maketrans({"ł": "l", "Ł": "L", "ø": "o", "Ø": "O", "ı": "i", "đ": "d", "ß": "ss"})


@dataclass(frozen=True)
class PersonName:
    """One person's name; ``address`` is the local part of the e-mail, unique in the company."""

    given: str
    family: str
    address: str

    @property
    def full(self) -> str:
        """Given and family name."""
        return f"{self.given} {self.family}"

    @property
    def nickname(self) -> str:
        """What colleagues call them."""
        return NICKNAMES.get(self.given, self.given)


def folded(text: str) -> str:
    """Lower case letters without diacritics, for addresses and handles.

    >>> folded("Łukasz Wójcik")
    'lukaszwojcik'
    """
    plain = unicodedata.normalize("NFKD", text.translate(_UNFOLDED))
    return "".join(c for c in plain.lower() if c.isascii() and c.isalnum())


def invent_names(streams: Streams, count: int) -> list[PersonName]:
    """``count`` people. The second and third share one full name, told apart by their address."""
    drawn: list[tuple[str, str]] = []
    for rng, wanted in streams.blocks("names", 0, count):
        culture = rng.choice(len(CULTURES), size=1024, p=WEIGHTS)
        first, last, mixed = (
            rng.random(1024),
            rng.random(1024),
            rng.choice(len(CULTURES), size=1024, p=WEIGHTS),
        )
        # one in ten bears a family name of another language than the given name
        family = [m if u > 0.9 else c for c, m, u in zip(culture, mixed, rng.random(1024), strict=True)]
        for i in range(wanted.start, wanted.stop):
            givens, families = CULTURES[culture[i]][0], CULTURES[family[i]][1]
            drawn.append((givens[int(first[i] * len(givens))], families[int(last[i] * len(families))]))
    if count > 2:
        drawn[2] = drawn[1]
    seen: dict[str, int] = {}
    people = []
    for given, family_name in drawn:
        base = f"{folded(given)}.{folded(family_name)}"
        seen[base] = seen.get(base, 0) + 1
        people.append(PersonName(given, family_name, base if seen[base] == 1 else f"{base}{seen[base]}"))
    return people
