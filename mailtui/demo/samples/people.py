"""Who writes to Robin. All of them, and all their domains, are invented."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import Person

MUM: Final = Person("Ellen Ashworth", "ellen@ashworth.example.net", 1)
DAD: Final = Person("Graham Ashworth", "graham@ashworth.example.net", 1)
TOM: Final = Person("Tom Ashworth", "tom.ashworth@example.com", 1)
PRIYA: Final = Person("Priya Raman", "priya@example.com", 1)
AUNT: Final = Person("Aunt Jo", "jo@harbourside.example.org", 1)

NADIA: Final = Person("Nadia Karim", "nadia@lighthouse.example.com", 1)
JONAS: Final = Person("Jonas Lindqvist", "jonas@lighthouse.example.com", 2)
MEI: Final = Person("Mei Tanaka", "mei@lighthouse.example.com", 9)
OLU: Final = Person("Olu Adeyemi", "olu@lighthouse.example.com", 1)
FORGE: Final = Person("Lighthouse Forge", "forge@lighthouse.example.com", 0)

HOUSE: Final = Person("14 Quay Street Association", "committee@quaystreet14.example.org", 1)
MARGIT: Final = Person("Margit Feld", "margit.feld@example.net", 1)
SUNIL: Final = Person("Sunil Perera", "sunil@perera.example.org", 1)
DORA: Final = Person("Dora Whitlock", "dora.whitlock@example.com", 1)

CLUB: Final = Person("Thursday Book Club", "thursday-books@lists.example.org", 1)
HELEN: Final = Person("Helen Mbeki", "helen.mbeki@example.net", 1)
ARTHUR: Final = Person("Arthur Penn-Davies", "arthur@penn-davies.example.org", 1)
LUCIA: Final = Person("Lucía Ferrer", "lucia.ferrer@example.com", 2)

ROSA: Final = Person("Rosa Delgado", "rosa@allotments.example.org", 1)
BEN: Final = Person("Ben Okafor", "ben.okafor@example.net", 1)
