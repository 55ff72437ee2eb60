"""New mail that comes while one looks: a fixed script, dated at the moment of its arrival."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Final, NamedTuple

from mailtui.demo.mailboxes import Mailbox
from mailtui.demo.samples.compose import ROBIN, Letter, Person, Post
from mailtui.demo.samples.people import BEN, HELEN, JONAS, LUCIA, MEI, SUNIL, TOM


class Arrival(NamedTuple):
    wait: float
    """Seconds after the one before."""
    key: str
    who: Person
    subject: str
    text: str
    re: str = ""


WEATHER: Final = Person("Coast Weather", "bulletin@coastweather.example.org")

ARRIVALS: Final = (
    Arrival(8, "new1", TOM, "", """
        I have sat on it. It closes for me too. Cool box: solved.

        > It closes if your father sits on it.
        """, "trip10"),
    Arrival(22, "new2", MEI, "Re: [PATCH v2 1/2] beacon: keep the period across a clock step", """
        Ran it on the bench with all three lamps against a clock that I pushed
        about with a stick. They stayed together like ducklings.

        Tested-by: Mei Tanaka <mei@lighthouse.example.com>
        """, "p5"),
    Arrival(31, "new3", WEATHER, "Forecast for the coast: wind 3 to 4, good 🌤️", """
        Backing south-west, fair, visibility good. A little swell, nothing to
        speak of, so we won't.
        """),
    Arrival(27, "new4", BEN, "", """
        There is a cub. I am going to sit very still on my side of the fence.
        """, "gd9"),
    Arrival(24, "new5", LUCIA, "Page 41!!", """
        PAGE FORTY-ONE. Ring me.
        """, "x1"),
    Arrival(38, "new6", SUNIL, "", """
        Mrs Whitlock has your parcel now. She has weighed it (4.2 kg) and says
        that in her day people owned fewer books and read them twice.
        """, "parcel"),
    Arrival(29, "new7", JONAS, "", """
        Ducklings! I'll put that into the commit message. Merging after lunch,
        unless anybody shouts.
        """, "new2"),
    Arrival(35, "new8", HELEN, "[thursday] Cups: we have cups", """
        Eleven, of which nine match something. See you on Thursday.
        """, "bk9"),
)  # fmt: skip


def arrive(post: Post, arrival: Arrival) -> Letter:
    """Write one of them, dated `post.now`."""
    post(arrival.key, "0m", arrival.who, arrival.subject, arrival.text, to=(ROBIN,), re=arrival.re, flags="")
    return post.letters[-1]


async def deliver_arrivals(
    inbox: Mailbox,
    post: Post,
    *,
    clock: Callable[[], float] = time.time,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> None:
    """Put one letter after the other into `inbox` at its time, then return. `post` has written all samples."""
    for arrival in ARRIVALS:
        await sleep(arrival.wait)
        post.now = int(clock())
        letter = arrive(post, arrival)
        inbox.append(letter.raw, letter.flags, letter.when)
