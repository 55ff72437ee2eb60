"""Letters: the family plans a week by the sea."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, File, Post
from mailtui.demo.samples.files import sea
from mailtui.demo.samples.people import AUNT, DAD, MUM, PRIYA, TOM

ALL: Final = (MUM, DAD, TOM)


def write(post: Post) -> None:
    _trip(post)
    _trip_settles(post)
    _small_things(post)


def _trip(post: Post) -> None:
    post(
        "trip", "9d 18:20", MUM, "A week in Cornwall?", """
        Dear both,

        Your father and I have been looking at the calendar, which as you
        know is his favourite sport. Jo's cottage above the harbour is free
        for one week and she would rather have us in it than strangers.

        It sleeps six if someone takes the landing. There is a stove, a view,
        and the bath with the feet. Shall we?

        Mum
        """, to=(ROBIN, TOM), cc=(DAD,), flags="SA",
    )  # fmt: skip
    post(
        "trip2", "9d 19:02", TOM, "", """
        Yes. Yes yes yes.

        I call not-the-landing.

        > It sleeps six if someone takes the landing.

        T
        """, to=(MUM,), cc=(ROBIN, DAD), re="trip",
    )  # fmt: skip
    post(
        "trip3", "9d 20:45", ROBIN, "", """
        Count me in. I can take the train down and bring the good knives,
        since the last time we cut bread there with a bicycle spanner.

        Which week exactly? I have a release at work that must not move,
        although it has been moving all year.

        Robin
        """, to=(MUM,), cc=(TOM, DAD), re="trip2", folder="Sent",
    )  # fmt: skip
    post(
        "trip4", "8d 07:31", DAD, "", """
        Robin,

        Saturday to Saturday, starting five weeks from the coming one. High
        water on the Monday is at 6.12 in the morning, so the causeway will
        be walkable from about half past nine. I have made a table.

        Dad
        """, to=(ROBIN,), cc=(MUM, TOM), re="trip3",
        files=(File("tides.csv", "text/csv", TIDES.encode()),),
    )  # fmt: skip
    post(
        "trip5", "8d 07:58", MUM, "", """
        He has laminated the table.

        > I have made a table.

        xx
        """, to=(ROBIN, TOM), re="trip4",
    )  # fmt: skip
    post(
        "trip6", "6d 21:14", PRIYA, "Re: A week in Cornwall?", """
        Hi Robin,

        Tom says I am invited and that the landing has my name on it. Two
        questions before I say yes:

          1. Is the landing heated?
          2. Is it true that your father wakes everybody for the causeway?

        I'll bring the parathas either way. 🫓

        Priya
        """, cc=(TOM,), re="trip2", flags="SA",
    )  # fmt: skip


def _trip_settles(post: Post) -> None:
    post(
        "trip7", "6d 22:03", ROBIN, "", """
        1. By the warmth of family feeling.
        2. He will deny it, holding a whistle.

        Do come! I'll swap you the landing for two parathas.

        R
        """, to=(PRIYA,), cc=(TOM,), re="trip6", folder="Sent",
    )  # fmt: skip
    post(
        "trip8", "3d 17:40", AUNT, "The cottage: keys, stove, gulls", """
        My dears,

        The key is where it always was (not under the pot; that one is for
        burglars). Some notes for new hands:

        * The stove likes to be lit from the top. Don't argue with it.
        * Hot water takes forty minutes and a little faith.
        * If a gull comes in, open the other window and look busy.
        * The blue boat is mine, the red boat is *not* mine. This came up.

        I enclose the view, so that you know what you are washing up for.

        Jo
        """, to=(MUM,), cc=(ROBIN, TOM, DAD), re="trip", flags="SF",
        files=(File("view-from-the-sink.png", "image/png", sea()),),
    )  # fmt: skip
    post(
        "trip9", "1d 19:26", TOM, "Who brings what", """
        List so far. Please correct me before Mum does.

            Robin   knives, coffee, the small speaker, maps
            Priya   parathas, cards, common sense
            Tom     wetsuits (3), crab lines, excuses
            Mum     everything else "just in case"
            Dad     tide table (laminated), whistle

        Does anybody own a cool box that closes?
        """, to=(ROBIN, PRIYA), cc=ALL[:2], re="trip8", flags="S",
    )  # fmt: skip
    post(
        "trip10", "48m", MUM, "", """
        Darling,

        We do own one. It closes if your father sits on it.

        > Does anybody own a cool box that closes?

        Two more things. Jo asks whether anybody minds the cat being there
        (he comes with the cottage, more or less), and would you look at
        trains for the Saturday? Before eleven would be lovely, then you can
        help carry.

        Much love,
        Mum
        """, to=(ROBIN,), cc=(TOM, DAD), re="trip9", flags="",
    )  # fmt: skip


def _small_things(post: Post) -> None:
    post(
        "scan", "12d 16:05", DAD, "The printer again", """
        Robin,

        It says PC LOAD LETTER. I have loaded a letter. It was to the council.

        What now?

        Dad
        """, flags="SA",
    )  # fmt: skip
    post(
        "scan2", "12d 16:40", ROBIN, "", """
        It wants paper of another size, Dad, not post. Lower drawer, push the
        blue tab until it clicks, then the green button once.

        The council may keep theirs.
        """, to=(DAD,), re="scan", folder="Sent",
    )  # fmt: skip
    post(
        "scan3", "12d 17:22", DAD, "", """
        It printed eleven copies. Your mother is papering the shed.

        Thank you.
        """, re="scan2",
    )  # fmt: skip
    post(
        "cake", "20d 10:11", AUNT, "Lemon cake, since you asked", """
        Three lemons, not two. Whatever they tell you.

          225 g butter, soft
          225 g sugar
          4 eggs, one after the other, no hurry
          225 g flour with a good spoon of baking powder
          the zest of all three, the juice of two

        160 °C for fifty minutes. While it is hot, prick it all over and pour
        the juice of the third with 80 g sugar over it. Then leave it alone
        overnight, which nobody in this family has ever managed.

        Jo
        """, flags="SF",
    )  # fmt: skip
    post(
        "bike", "15d 12:30", TOM, "your bike", """
        is in my hall
        has been since March
        the cat has moved into the basket

        no hurry
        T
        """,
    )  # fmt: skip
    post(
        "photo", "5h20m", PRIYA, "Tom asleep on the night bus 😴📸", """
        Evidence attached, for use at weddings.

        (We made the connection with ninety seconds to spare. He slept through
        that too; I steered.)
        """, flags="", files=(File("exhibit-a.png", "image/png", sea(96, 64)),),
    )  # fmt: skip


TIDES: Final = """day,high water,height m,causeway from,until
Sat,04:48,5.1,08:05,12:20
Sun,05:31,5.3,08:50,13:05
Mon,06:12,5.5,09:30,13:50
Tue,06:52,5.5,10:10,14:30
Wed,07:31,5.4,10:50,15:05
Thu,08:10,5.2,11:30,15:40
Fri,08:51,4.9,12:10,16:15
"""
