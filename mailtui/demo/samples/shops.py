"""Letters: receipts, parcels and advertising of shops that do not exist."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import File, Person, Post
from mailtui.demo.samples.files import pdf

INK: Final = Person("Pen & Tide Stationers", "hello@pentide.example.com", 1)
BEANS: Final = Person("Third Floor Coffee", "orders@thirdfloor.example.net", 1)
PARCEL: Final = Person("Gull Parcel", "track@gullparcel.example.com")
SHOES: Final = Person("Cobble & Sons", "repairs@cobble.example.org", 1)
CLOUD: Final = Person("Smallhost", "billing@smallhost.example.com")


def write(post: Post) -> None:
    _receipts(post)
    _parcels(post)
    for key, age, who, subject, text, unread in ADVERTS:
        leave = {
            "List-Unsubscribe": f"<https://{who.addr.partition('@')[2]}/leave/robin>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        }
        post(key, age, who, subject, text, folder="Advertising", flags="" if unread else "S", headers=leave)


def _receipts(post: Post) -> None:
    post(
        "s1",
        "2d 17:12",
        BEANS,
        "Receipt: 1 kg Kayanza, whole bean",
        """
        Thank you, Robin. Roasted this morning on the third floor, carried down
        by hand.

          Kayanza, washed, 1 kg        24.00
          Postage (bicycle)             2.50
          ----------------------------------
          Total                        26.50   paid by card ending 0042

        Let it rest for four days. Yes, we know.
        """,
        html=RECEIPT,
    )
    post(
        "s2",
        "10d 13:03",
        INK,
        "Your order 20-0417: ink, blue-black",
        """
        On its way: one bottle of blue-black, 50 ml, wrapped by somebody who
        cares too much. The invoice is attached.

        Pen & Tide, by the old slipway
        """,
        files=(
            File(
                "invoice-20-0417.pdf",
                "application/pdf",
                pdf("Invoice 20-0417", ["Ink, blue-black, 50 ml    14.20", "Postage    3.10", "Total    17.30"]),
            ),
        ),
    )
    post(
        "s3",
        "16d 09:30",
        SHOES,
        "Your boots are ready",
        """
        New soles, new laces, one eyelet. The left one had half a seashell in it,
        which we have put in an envelope. 38.00 at the counter.
        """,
    )
    post(
        "s4",
        "21d 04:00",
        CLOUD,
        "Invoice SH-88213: one very small server",
        """
        Period        last month
        Server        "barnacle", 1 core, 1 GB
        Traffic       2.1 GB of 500 GB
        Amount        3.29, taken from your balance

        Uptime 412 days. We are a little proud of barnacle.
        """,
    )


def _parcels(post: Post) -> None:
    post(
        "g1",
        "3h25m",
        PARCEL,
        "Delivered: your parcel GP 5512 8841",
        """
        We handed your parcel to PERERA at 5th FLOOR.

        Proof of delivery: a signature and, it appears, a samosa.
        """,
        flags="",
    )
    post(
        "g2",
        "1d 06:30",
        PARCEL,
        "Your parcel GP 5512 8841 comes tomorrow",
        """
        Between 9 and 12. The courier is called Wim. If nobody is in he will ring
        everybody else, he is thorough.
        """,
        re="",
    )


RECEIPT: Final = """
<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>Receipt</title>
<style>td{padding:4px 12px}.t{border-top:1px solid #999;font-weight:bold}</style></head>
<body style="font-family:Georgia,serif;color:#3b2a20">
<div style="display:none">Roasted this morning, carried down by hand.</div>
<h1 style="font-size:22px">Thank you, Robin.</h1>
<p>Roasted this morning on the <em>third floor</em>, carried down by hand.</p>
<table>
<tr><td>Kayanza, washed, 1 kg</td><td align="right">24.00</td></tr>
<tr><td>Postage (bicycle)</td><td align="right">2.50</td></tr>
<tr class="t"><td>Total</td><td align="right">26.50</td></tr>
</table>
<p>Paid by card ending 0042. Let it rest for four days. <strong>Yes, we know.</strong></p>
<p><a href="https://thirdfloor.example.net/rest">Why coffee has to rest</a></p>
<img src="https://thirdfloor.example.net/o.gif?u=robin" width="1" height="1" alt="">
</body></html>
"""

ADVERTS: Final = (
    (
        "ad1",
        "2h",
        Person("Umbra Umbrellas", "news@umbra.example.com"),
        "☔ It will rain. 20 % off until it does",
        """
        Our meteorologist (Karin, from accounting) says Thursday. Every umbrella
        with a wooden handle is 20 % off until the first drop falls on our roof.

        Live picture of the roof: https://umbra.example.com/roof
        """,
        True,
    ),
    (
        "ad2",
        "1d 10:00",
        Person("Pen & Tide Stationers", "news@pentide.example.com"),
        "Notebooks that lie flat",
        """
        We have taught them. A5, dotted, thread-sewn, in sea grey and in the
        other grey. Three for the price of two and a half.
        """,
        True,
    ),
    (
        "ad3",
        "3d 08:30",
        Person("Lumen & Daughters", "post@lumen.example.net"),
        "Lamps for people who read in bed",
        """
        One warm, narrow cone of light; the other half of the bed stays dark and
        the marriage stays whole. New: in brass.
        """,
        False,
    ),
    (
        "ad4",
        "5d 07:45",
        Person("Seed Post", "hello@seedpost.example.org"),
        "Sow now, boast in July 🌱",
        """
        Broad beans, sweet peas, and the tomato that won "Best Tomato" in a show
        where it was the only tomato. Ten packets for the price of eight.
        """,
        False,
    ),
    (
        "ad5",
        "8d 12:00",
        Person("Westline Rail", "offers@westline.example.com"),
        "Going nowhere? Nowhere is half price",
        """
        Until Sunday, return tickets to Nowhere (Norfolk) cost half. Bring
        sandwiches. The station has a bench and a very good sky.
        """,
        False,
    ),
    (
        "ad6",
        "12d 09:15",
        Person("Cobble & Sons", "news@cobble.example.org"),
        "Autumn is coming for your soles",
        """
        Free wax with every repair this month. Bring the shoes you love; leave
        the ones you don't.
        """,
        False,
    ),
    (
        "ad7",
        "19d 06:00",
        Person("Typeface Foundry No. 9", "letters@no9.example.com"),
        "A new serif, finally with a decent ampersand",
        """
        It took four years. The other characters came along as company. Desktop
        licence 40, ampersand alone 12.
        """,
        False,
    ),
)
