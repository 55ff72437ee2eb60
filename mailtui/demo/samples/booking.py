"""Letters: tickets, rooms, codes and receipts that a person keeps for a while."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, File, Person, Post
from mailtui.demo.samples.files import calendar, pdf

RAIL: Final = Person("Westline Rail", "tickets@westline.example.com")
HOTEL: Final = Person("Hotel Bryggen", "reception@bryggen.example.net", 2)
FERRY: Final = Person("North Sea Ferries", "booking@nsferries.example.com", 1)
DENTIST: Final = Person("Dr. Halloran's practice", "practice@halloran-dental.example.org", 1)
LIBRARY: Final = Person("City Library", "notices@library.example.org", 1)
BANK: Final = Person("Meridian Bank", "no-reply@meridianbank.example.com")
FORGE: Final = Person("Harbour Code", "no-reply@harbourcode.example.com")
OPERA: Final = Person("Little Opera House", "box-office@littleopera.example.org", 1)


def write(post: Post) -> None:
    _travel(post)
    _codes(post)
    _appointments(post)


def _travel(post: Post) -> None:
    train = calendar(post.now, "wl-7Q2M4@westline.example.com", 30 * 86400, 320, "Train to Penhallow", "Platform 4")
    post(
        "train", "7h30m", RAIL, "Your tickets: Saturday 09:04 to Penhallow (ref 7Q2M4)", """
        Thank you for travelling with Westline Rail.

          Booking reference    7Q2M4
          Out                  Saturday 09:04, arrives 14:24, change at Redruth Junction
          Seat                 coach C, 31, window, facing the sea
          Return               open, valid for one month
          Bicycle              1, space reserved in coach F
          Paid                 64.80

        The sea is on the left after Dawlow. Your ticket is attached; showing it
        on a screen is enough.
        """, flags="F",
        files=(
            File("ticket-7Q2M4.pdf", "application/pdf",
                 pdf("Westline Rail - 7Q2M4", ["Robin Ashworth", "09:04 - 14:24", "Coach C seat 31"])),
            File("journey.ics", "text/calendar", train.encode()),
        ),
    )  # fmt: skip
    post(
        "hotel", "6d 11:20", HOTEL, "Bryggen: your room for two nights", """
        Dear Robin Ashworth,

        we confirm a small room with a large window for two nights. Breakfast is
        from half past six. If you are here for the conference, follow the smell
        of waffles.

        Kind regards
        Ingrid at the desk
        """, files=(File("bryggen.ics", "text/calendar", calendar(
            post.now, "b-2210@bryggen.example.net", 44 * 86400, 2880, "Hotel Bryggen, Bergen").encode()),),
    )  # fmt: skip
    post(
        "ferry", "5d 18:44", FERRY, "Crossing NS 118: change of departure time", """
        Your crossing will leave 35 minutes later than printed, at 21:05, because
        of the tide. Cabin 4112 is unchanged. You need not do anything; there is
        soup on deck 7 until midnight.
        """,
    )  # fmt: skip
    post(
        "opera", "8d 20:00", OPERA, "Two seats in the gallery", """
        Row G, 11 and 12. The pillar in front of seat 11 is slim and has been
        complimented on its acoustics.

        Doors close with the overture. Please come in soft shoes.
        """, files=(File("tickets.pdf", "application/pdf", pdf("Little Opera House", ["Row G, 11", "Row G, 12"])),),
    )  # fmt: skip


def _codes(post: Post) -> None:
    post(
        "code1", "22m", FORGE, "Your sign-in code is 481 906", """
        481 906

        Enter this code to sign in to Harbour Code. It is good for ten minutes
        and for one use. If it wasn't you, do nothing: without the code nobody
        gets in.
        """, flags="",
    )  # fmt: skip
    post(
        "code2", "17d 08:12", BANK, "Confirm your new device", """
        Somebody, we trust it was you, added a telephone called "robin-pocket".

          Code      77 20 31
          Place     near you
          Time      about a minute ago

        We never ask for this code on the telephone.
        """,
    )  # fmt: skip
    post(
        "statement", "4d 05:00", BANK, "Your statement is ready", """
        The statement for last month has been put into your mailbox at Meridian.
        For your safety we don't attach it and we don't put a link here.
        """,
    )  # fmt: skip
    post(
        "key", "26d 14:55", FORGE, "A new SSH key was added to your account", """
        Name          workbench
        Fingerprint   SHA256:zR2kqvJ9Yw1nA0e7hXb4mTt5cVfDg8sQpLuO3iKj6Eo

        If this is news to you, remove the key and change your password.
        """, to=(ROBIN,),
    )  # fmt: skip


def _appointments(post: Post) -> None:
    post(
        "dentist", "1d 13:00", DENTIST, "Reminder: Tuesday, 8.20", """
        Dear Robin,

        we look forward to seeing you and your wisdom tooth. If one of you can't
        make it, please ring before Monday noon.

        The practice
        """,
    )  # fmt: skip
    post(
        "library", "9h", LIBRARY, "2 items are due in three days", """
        ASHWORTH, ROBIN

          The Keeper's Wife: A Diary, 1881-1884      due in 3 days   (reserved by 4)
          Knots, Bends and Hitches                   due in 3 days   (renewable)

        The book drop by the east door is open day and night. Please no cakes.
        """,
    )  # fmt: skip
    post(
        "library2", "13d 15:00", LIBRARY, "Your reservation is waiting: A History of Salt", """
        Shelf R, under A. We keep it for seven days.
        """,
    )  # fmt: skip
