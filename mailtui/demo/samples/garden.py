"""Letters: the allotment, in Projects/Garden and a little in the inbox."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, File, Post
from mailtui.demo.samples.people import BEN, ROSA

FOLDER: Final = "Projects/Garden"


def write(post: Post) -> None:
    post(
        "gd1", "34d 17:00", ROSA, "Plot 23 is yours", """
        Dear Robin,

        The waiting list has reached you after six years, congratulations. The
        plot is 8 by 20 metres, faces south, and comes with a shed, a quince and
        a scarecrow that must stay (clause 4).

        Rosa Delgado, for the allotments
        """, folder=FOLDER, flags="SF",
    )  # fmt: skip
    post(
        "gd2", "34d 19:21", ROBIN, "", """
        Dear Rosa,

        I am as happy as one can be about clay. When may I come for the key, and
        does the scarecrow have a name?

        Robin
        """, to=(ROSA,), re="gd1", folder="Sent",
    )  # fmt: skip
    post(
        "gd3", "33d 08:05", ROSA, "", """
        Saturday from nine. He is called the Treasurer. We had one who never
        moved either.
        """, re="gd2", folder=FOLDER,
    )  # fmt: skip
    post(
        "gd4", "27d 18:30", BEN, "What grew here before you", """
        Hello neighbour (plot 22),

        For what it's worth, from eleven years of looking over the fence:

          north bed     potatoes, every year, which is why they sulk now
          middle        beans; the poles are in the shed, the wasps too
          south bed     nothing. Mr Lacey said it was "resting". He was resting.

        I have manure to spare. It is the best thing anybody has offered you
        this week, you will see.

        Ben
        """, folder=FOLDER,
    )  # fmt: skip
    post(
        "gd5", "25d 20:15", ROBIN, "Planting plan, please be gentle", """
        Ben,

        Is this madness? I drew it with a ruler, so it feels true.

        Robin
        """, to=(BEN,), folder=FOLDER,
        files=(File("plan.csv", "text/csv", b"bed,crop,rows,sow\nnorth,clover,0,now\nmiddle,runner beans,2,May\n"
                    b"middle,peas,2,March\nsouth,squash,1,May\nsouth,sunflowers,1,April\nedge,chives,1,now\n"),),
    )  # fmt: skip
    post(
        "gd6", "25d 21:02", BEN, "", """
        Not madness. Three notes:

        > north,clover,0,now

        Wise. Let it sleep.

        > south,squash,1,May

        One plant. ONE. You'll see why.

        > edge,chives,1,now

        The pigeons thank you.

        Ben
        """, re="gd5", folder=FOLDER,
    )  # fmt: skip
    post(
        "gd7", "14d 07:10", ROSA, "Water: the tank by plot 9", """
        Dear all,

        The tank is cleaned. Please do not wash boots, radishes or dogs in it.
        The toad has been asked and stays.

        Rosa
        """, folder=FOLDER,
    )  # fmt: skip
    post(
        "gd8", "1d 17:48", BEN, "There is a fox asleep in your shed", """
        On the compost sacks, nose under tail. I closed nothing and said nothing.
        You may want to knock before you go in on Saturday.

        Ben
        """, flags="SF",
    )  # fmt: skip
    post(
        "gd9", "28m", BEN, "", """
        Update: two foxes.
        """, re="gd8", flags="",
    )  # fmt: skip
