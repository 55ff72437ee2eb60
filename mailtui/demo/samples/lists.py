"""Letters: two public mailing lists, filed in Lists, one of them spilling over into the inbox."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, Person, Post

FOLDER: Final = "Lists"
KNOTS: Final = Person("knots", "knots@lists.example.net")
TERM: Final = Person("termware-dev", "termware-dev@lists.example.org")
IDA: Final = Person("Ida Voss", "ida@voss.example.org", 1)
KEN: Final = Person("Ken Obuya", "ken@obuya.example.net", 3)
PAVEL: Final = Person("Pavel Hruška", "pavel@hruska.example.com", 2)
SOFIA: Final = Person("Sofia Lindgren", "sofia@example.org", 2)
GUS: Final = Person("Gus (retired)", "gus@bosun.example.com", -5)


def headers(person: Person) -> dict[str, str]:
    """The List-* fields (RFC 2369, RFC 2919) of a list with that name and address."""
    name, domain = person.addr.split("@")
    return {
        "List-Id": f"<{name}.{domain}>",
        "List-Post": f"<mailto:{person.addr}>",
        "List-Help": f"<mailto:{name}-request@{domain}?subject=help>",
        "List-Unsubscribe": f"<https://{domain}/{name}/leave>, <mailto:{name}-leave@{domain}>",
        "List-Archive": f"<https://{domain}/{name}/>",
        "Precedence": "bulk",
    }


def write(post: Post) -> None:
    for key, age, who, subject, re, text in (*WIDTH, *LOOP, *SHORT):
        if re == "tw-me":
            _mine(post)
        to = KNOTS if key.startswith("k") else TERM
        flags = "" if key in UNREAD else "S"
        post(
            key, age, who, subject, text, to=(to,), re=re, folder=FOLDER, flags=flags, headers=headers(to),
            flowed=who is SOFIA,
        )  # fmt: skip


def _mine(post: Post) -> None:
    post(
        "tw-me", "3d 20:40", ROBIN, "", """
        > Is there any terminal that draws it as one cell?

        The one on the ferry's ticket machine. I don't think that it was meant.

        Robin
        """, to=(TERM,), re="tw3", folder="Sent",
    )  # fmt: skip


UNREAD: Final = {"tw6", "k5"}
WIDTH: Final = (
    ("tw1", "4d 09:00", PAVEL, "How wide is a flag?", "", """
        A regional indicator pair is one flag to the reader, two code points to
        us, and two, three or four cells to the terminal. My table breaks in all
        three cases. What do you do?

        Pavel
        """),
    ("tw2", "4d 10:15", IDA, "", "tw1", """
        Measure at start-up: print it, ask for the cursor position, erase it.
        Costs one round trip, and one user in a hundred sees a flash of Norway.
        """),
    ("tw3", "3d 18:12", KEN, "", "tw2", """
        > one user in a hundred sees a flash of Norway

        Could be worse.

        What about a lone regional indicator? Is there any terminal that draws
        it as one cell?
        """),
    ("tw4", "3d 21:05", SOFIA, "", "tw-me", """
        I went the other way: nothing on screen is ever wider than the sum\x20
        of its code points. It is dull, it is wrong for three emoji, and no\x20
        table has moved since. Dull is underrated.

        --\x20
        Sofia, typing with mittens
        """),
    ("tw5", "2d 07:30", PAVEL, "", "tw4", """
        >> Dull is underrated.

        I took dull. The table stands. Thank you all.
        """),
    ("tw6", "5h", KEN, "[ANN] termware 2.3, a dull release", "", """
        Changes since 2.2:

          * nothing moves (see "How wide is a flag?")
          * 40 % less code in width.c
          * Norway removed from start-up

        https://termware.example.org/2.3
        """),
)  # fmt: skip
LOOP: Final = (
    ("k1", "6d 16:00", GUS, "A knot that unties itself at midnight", "", """
        Forty years at sea and I have met it once. Manila rope, dew falling,
        somebody in a hurry had made a slipped buntline. At midnight: dinghy gone.

        Has anyone else?
        """),
    ("k2", "6d 18:20", IDA, "", "k1", """
        Wet manila swells and then creeps when it cools. I would look at the lay
        of the rope before blaming the hour.
        """),
    ("k3", "6d 19:01", GUS, "", "k2", """
        > before blaming the hour

        Ma'am, you were not there. It was the hour.
        """),
    ("k4", "5d 12:12", KEN, "", "k3", """
        We repeated it in the workshop with three ropes and a plant sprayer:

          manila       slipped at 00:04, 00:11, not at all
          hemp         not at all
          polyester    not at all, and it smiled at us

        I think that settles nothing, but it was a good evening.
        """),
    ("k5", "8h", GUS, "", "k4", """
        00:04!
        """),
)  # fmt: skip
SHORT: Final = (
    ("k6", "28d 08:00", SOFIA, "Bowline, left-handed", "", """
        A friend ties it with the tail outside. I was taught that this is a sin. Is it also weaker, or only ugly?
        """),
    ("k7", "28d 13:45", GUS, "", "k6", """
        Only ugly. I have known sailors like it.
        """),
    ("tw7", "31d 15:30", IDA, "Poll: what does your Escape key do?", "", """
        a) leaves the thing I am in
        b) leaves the thing I am in, after half a second
        c) I have mapped it to something I am not going to discuss

        Results on Friday.
        """),
)  # fmt: skip
