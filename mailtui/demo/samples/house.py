"""Letters: the association of the house in Quay Street."""

from __future__ import annotations

from mailtui.demo.samples.compose import ROBIN, File, Post
from mailtui.demo.samples.files import pdf
from mailtui.demo.samples.people import DORA, HOUSE, MARGIT, SUNIL


def write(post: Post) -> None:
    _lift(post)
    _meeting(post)


def _lift(post: Post) -> None:
    post(
        "lift", "11d 09:00", HOUSE, "The lift: three offers", """
        Dear neighbours,

        The lift has been inspected. In the words of the engineer it is "a
        museum that goes up and down". We have three offers:

          A  repair of the doors and the board          4,180
          B  new drive, new board, old cabin           17,900
          C  everything new, with a mirror             41,250

        Please let us have your thoughts before the meeting.

        For the committee
        Margit Feld
        """, to=(HOUSE,), cc=(ROBIN,), files=(File("lift-offers.pdf", "application/pdf", _offers()),),
    )  # fmt: skip
    post(
        "lift2", "11d 11:47", SUNIL, "", """
        B. My knees vote for B.

        Sunil (5th floor)
        """, to=(HOUSE,), cc=(ROBIN,), re="lift",
    )  # fmt: skip
    post(
        "lift3", "11d 14:10", DORA, "", """
        I have lived on the ground floor for thirty-one years and have been in
        that lift twice, both times by mistake. I should like to hear why it is
        divided by seven.

        D. Whitlock
        """, to=(HOUSE,), cc=(ROBIN,), re="lift",
    )  # fmt: skip
    post(
        "lift4", "10d 08:15", MARGIT, "", """
        Dear Dora,

        Because the deed says so, paragraph 9, and because your bicycle is
        carried up to the drying loft by somebody every October.

        Warmly,
        Margit
        """, to=(DORA,), cc=(HOUSE, ROBIN), re="lift3",
    )  # fmt: skip
    post(
        "lift5", "10d 08:52", DORA, "", """
        I withdraw the question. B, then. No mirror.
        """, to=(MARGIT,), cc=(HOUSE, ROBIN), re="lift4",
    )  # fmt: skip
    post(
        "lift6", "10d 19:30", ROBIN, "", """
        B for the third floor too.

        Could we ask for the old indicator with the brass arrow to be kept? It
        has pointed at 2 since before I moved in, and I'd miss it.

        Robin
        """, to=(HOUSE,), re="lift", folder="Sent",
    )  # fmt: skip
    post(
        "lift7", "2d 15:20", HOUSE, "", """
        Dear neighbours,

        Five for B, one for "stairs build character", one abstention by post.
        B it is. Work begins on the first Monday of next month and takes nine
        days. The arrow stays; the engineer asked for a photograph of it.

        Margit Feld
        """, to=(HOUSE,), cc=(ROBIN,), re="lift6",
    )  # fmt: skip


def _meeting(post: Post) -> None:
    post(
        "agm", "4d 09:00", HOUSE, "Annual meeting: agenda and accounts", """
        Dear neighbours,

        We meet on Thursday week at seven in the drying loft. Bring a chair.

          1  Minutes of last year (two corrections, both by Mrs Whitlock)
          2  Accounts (attached)
          3  The lift
          4  Bicycles, prams and the harp on the second landing
          5  Roof: swifts' nests, to be kept clear from May
          6  Any other business, until half past eight sharp

        For the committee
        Margit Feld
        """, to=(HOUSE,), cc=(ROBIN,), flags="SF",
        files=(
            File("accounts.pdf", "application/pdf", _accounts()),
            File("accounts.csv", "text/csv", b"item,in,out\ncontributions,21600,\nheating,,9480\ncleaning,,3120\n"
                 b"insurance,,2875\nlift inspection,,640\nlight bulbs,,71\nreserve,,5414\n"),
        ),
    )  # fmt: skip
    post(
        "agm2", "4d 12:38", SUNIL, "", """
        On item 4: the harp is mine, or rather my daughter's. It will be gone
        by Sunday. It turns out that a harp does not fit a museum that goes up
        and down.

        There will be samosas at the meeting, by way of apology.
        """, to=(HOUSE,), cc=(ROBIN,), re="agm",
    )  # fmt: skip
    post(
        "water", "1d 07:05", HOUSE, "Water off tomorrow, 9 to 11", """
        Dear neighbours,

        The water company will change the valve in the cellar tomorrow between
        nine and eleven. Please fill a kettle tonight. Afterwards let the
        kitchen tap run until it is clear; it may cough.

        Margit Feld
        """, to=(HOUSE,), cc=(ROBIN,), flags="S",
    )  # fmt: skip
    post(
        "parcel", "2h35m", SUNIL, "A parcel for you is on my piano", """
        Hello Robin,

        The courier rang everybody and I was everybody. It is heavy, it says
        BOOKS, and it is on the piano. I am in until nine; after that the key is
        with Mrs Whitlock, along with some remarks about couriers.

        Sunil
        """, flags="",
    )  # fmt: skip
    post(
        "swifts", "18d 06:40", DORA, "The swifts", """
        They were back at six this morning, four of them, over the yard. I have
        the dates since 1996 if anybody at your work can put them in a computer.

        D. Whitlock
        """, flags="SAF",
    )  # fmt: skip
    post(
        "swifts2", "18d 20:10", ROBIN, "", """
        Dear Mrs Whitlock,

        I'd be glad to. Leave the notebook on my mat, or better, read them to me
        over tea on Sunday and I'll type. Then we'll draw the curve and hang it
        in the hall.

        Robin
        """, to=(DORA,), re="swifts", folder="Sent",
    )  # fmt: skip


def _offers() -> bytes:
    return pdf(
        "Lift, 14 Quay Street: offers",
        ["A  doors and board, 3 days, 4,180", "B  drive and board, 9 days, 17,900", "C  all new, 6 weeks, 41,250"],
    )


def _accounts() -> bytes:
    return pdf("Accounts of the year", ["Contributions 21,600", "Costs 16,186", "Reserve 5,414", "Bulbs 71 (LED)"])
