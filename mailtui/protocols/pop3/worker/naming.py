"""Names for messages to which the server gives none, or one that others have too.

Such a name holds a space, which no UIDL does: `[UIDL] DIGEST-OCTETS` by the header that TOP shows, or
`[UIDL] DIGEST` by all bytes where two look alike or there is no TOP. Identical ones are numbered.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from mailtui.model.maildrop import MaildropEntry
from mailtui.protocols.pop3.link import PopLink
from mailtui.protocols.pop3.worker.fetch import Fetching
from mailtui.store.maildir import Spooled


@dataclass(frozen=True, slots=True)
class Survey:
    """What is on the server: names as it gives them (None: it can't), octets (as far as told), message numbers."""

    numbers: tuple[int, ...]
    uidls: Mapping[int, str] | None
    octets: Mapping[int, int]
    complete: bool
    """STAT counts as many."""


@dataclass
class Named:
    """Names by message number, and the bodies that had to be fetched for them."""

    names: dict[int, str] = field(default_factory=dict)
    bodies: dict[int, Spooled] = field(default_factory=dict)


def invented(name: str) -> bool:
    return " " in name


async def name_all(link: PopLink, survey: Survey, known: Mapping[str, MaildropEntry], fetching: Fetching) -> Named:
    """Every message that can be named has a name afterwards. Raises LinkError, ProtocolError, StoreError."""
    uidls = survey.uidls or {}
    count = Counter(uidls.values())
    found = Named({number: name for number, name in uidls.items() if count[name] == 1})
    nameless = [number for number in survey.numbers if number not in found.names]
    if not nameless:
        return found
    alike: dict[str, list[int]] = defaultdict(list)
    unseen: list[int] = []

    def head(number: int, data: bytes | None) -> None:
        if data is None:
            unseen.append(number)
        else:
            digest = hashlib.blake2b(data, digest_size=16).hexdigest()
            alike[f"{uidls.get(number, '')} {digest}-{survey.octets.get(number, 0)}"].append(number)

    await link.heads(nameless, head)
    for name, numbers in alike.items():
        if len(numbers) == 1:
            found.names[numbers[0]] = name
        else:
            unseen += numbers
    if unseen:
        await _by_bodies(unseen, uidls, survey, known, fetching, found)
    return found


async def _by_bodies(
    unseen: list[int],
    uidls: Mapping[int, str],
    survey: Survey,
    known: Mapping[str, MaildropEntry],
    fetching: Fetching,
    found: Named,
) -> None:
    bodies = await fetching.bodies([(number, survey.octets.get(number, 0)) for number in sorted(unseen)])
    taken = set(found.names.values())
    before: dict[bytes, list[str]] = defaultdict(list)
    for name, entry in sorted(known.items()):
        if invented(name) and name not in taken:
            before[entry.digest].append(name)
    for number, spooled in bodies.items():
        base = f"{uidls.get(number, '')} {spooled.digest.hex()}"
        # What is known keeps its name, also one that had its header to itself when it was fetched.
        name = before[spooled.digest].pop(0) if before[spooled.digest] else base
        twin = 1
        while name in taken:
            twin += 1
            name = f"{base} {twin}"
        taken.add(name)
        found.names[number] = name
        found.bodies[number] = spooled
