"""Letters: drafts, sent mail, the trash and a small archive of older days."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, Person, Post
from mailtui.demo.samples.people import AUNT, BEN, DORA, HELEN, LUCIA, MEI, MUM, NADIA, OLU, PRIYA, SUNIL, TOM

LANDLORD: Final = Person("Quayside Lettings", "office@quayside.example.com", 1)
SCHOOL: Final = Person("Evening School", "courses@eveningschool.example.org", 1)
VET: Final = Person("Harbour Vets", "desk@harbourvets.example.net", 1)
CHOIR: Final = Person("Harbour Choir", "choir@harbourchoir.example.org", 1)
COUNCIL: Final = Person("City Council", "services@council.example.org", 1)
MUSEUM: Final = Person("Maritime Museum", "friends@maritime.example.org", 1)


def write(post: Post) -> None:
    for key, age, people, subject, text in DRAFTS:
        post(key, age, ROBIN, subject, text, to=people, folder="Drafts", flags="SD")
    for key, age, to, subject, text in SENT:
        post(key, age, ROBIN, subject, text, to=(to,), folder="Sent")
    for key, age, who, subject, text in ARCHIVE:
        post(key, age, who, subject, text, folder="Archive")
    for key, age, who, subject, text in TRASH:
        post(key, age, who, subject, text, folder="Trash")
    for key, age, who, subject, text, flags in RECENT:
        post(key, age, who, subject, text, flags=flags)


DRAFTS: Final = (
    ("d1", "1h", (MUM,), "Trains on Saturday", """
        Mum,

        there is one at 09:04 that gets in at 14:24. The one before eleven that
        you would like arrives before it leaves, as far as I can
        """),
    ("d2", "2d 22:15", (HELEN,), "About the cow", """
        Helen, between us, before Thursday: I think that Arthur is right about
        """),
    ("d3", "5d 21:40", (), "Talk: Software that has to be boring (outline)", """
        1. The eleven dark seconds of Oslo
        2. A clock that jumps on command
        3. Mr Ogawa polishes a lamp in one dark phase
        4. What boring costs, and who pays it at 3 a.m.
        5. Waffles
        """),
    ("d4", "29d 08:00", (LANDLORD,), "The radiator, for the third time", """
        Dear Sir or Madam,

        I don't want to be unpleasant about it, but
        """),
)  # fmt: skip
SENT: Final = (
    ("o1", "2d 18:30", SUNIL, "Harp: two hands on offer", """
        I have two hands and Sunday morning. If a third person takes the pillar
        side we could be down in ten minutes and at your samosas in eleven.
        """),
    ("o2", "7d 09:12", TOM, "Basket", """
        Tell the cat that the basket is a loan.
        """),
    ("o3", "13d 21:00", OLU, "Your talk about zero tests", """
        That was the best postmortem I've read this year. May I steal "happy with
        nothing" for Bergen, with your name on the slide?
        """),
    ("o4", "20d 12:00", AUNT, "Cake report", """
        Three lemons. It lasted nineteen minutes. You were right about overnight
        and also about the family.
        """),
    ("o5", "23d 08:45", DORA, "Your swifts, typed", """
        Dear Mrs Whitlock,

        thirty years of arrivals are in the computer now, and the curve goes down
        by one day in five years: they come earlier. I'll print it large.
        """),
    ("o6", "36d 15:00", MEI, "Splash screen", """
        燈台 it is. I looked up.
        """),
)  # fmt: skip
TRASH: Final = (
    ("t1", "3d 07:00", CHOIR, "Choir: no rehearsal tonight", """
        The radiator in the hall has a note of its own and it is not ours. Back
        next week.
        """),
    ("t2", "6d 12:00", COUNCIL, "Bin collection moves to Wednesday", """
        Until further notice, grey bins on Wednesday, blue bins on alternate
        Wednesdays, brown bins when you see the neighbours do it.
        """),
    ("t3", "9d 10:10", LANDLORD, "Survey: how happy are you with our lift?", """
        Please answer on a scale from one to ten, in which two is the second
        floor.
        """),
)  # fmt: skip
ARCHIVE: Final = (
    ("a1", "402d 09:00", LANDLORD, "Welcome to 14 Quay Street", """
        Keys: two for the house, one for the loft, one nobody knows. Please don't
        throw it away.
        """),
    ("a2", "388d 18:20", MUM, "Your grandfather's barometer", """
        It is wrapped in the blue jumper in the second box. He always tapped it
        twice and then looked at the sky instead. Hang it by the door.
        """),
    ("a3", "365d 07:30", TOM, "many happy returns", """
        You are now as old as you said old people were. There is a parcel with
        Mrs Whitlock. It moves a little. Don't worry.
        """),
    ("a4", "340d 11:00", NADIA, "Your first day", """
        Nine o'clock, ring twice, ask for soup. Laptop and chair are here, the
        chair is the good one. We are glad that you come.
        """),
    ("a5", "301d 13:15", SCHOOL, "Bookbinding for beginners: you have a place", """
        Eight Tuesdays. Bring an apron, patience, and a book you would forgive.
        """),
    ("a6", "280d 16:40", VET, "Results for Tom's cat", """
        He is healthy and heavy. He is not to be given butter "because he asked".
        As the emergency contact you are asked to be firm.
        """),
    ("a7", "263d 08:10", HELEN, "Welcome to the Thursday Book Club", """
        Rules: finish it or say so; no film versions; whoever hosts does not wash
        up. We are eight and a dragon.
        """),
    ("a8", "231d 10:05", MUSEUM, "The lens you asked about", """
        Second order, 1874, 1.4 tonnes, out of Paris by sea. It floated on
        mercury, so that a child could turn it with one finger. One did; see the
        file note of 1902.
        """),
    ("a9", "205d 19:00", PRIYA, "That song from the kitchen", """
        Found it! It was the fridge.
        """),
    ("a10", "188d 12:30", LUCIA, "Tortilla, the truth", """
        With onion. Whoever says without onion has been hurt in some way. Low
        heat, a plate you trust, and no fear at the turn.
        """),
    ("a11", "160d 06:50", OLU, "The bug is in the moon", """
        I mean it. The tide table assumes a month of 29.5 days. After eleven years
        we are half an hour off. It is the most beautiful ticket I ever closed.
        """),
    ("a12", "127d 17:25", AUNT, "The red boat", """
        It has drifted in again, with a sandwich in it this time. If you hear of
        somebody missing a boat and a sandwich, cheese, let me know.
        """),
    ("a13", "96d 09:45", COUNCIL, "Your request: a bench at the end of the pier", """
        Dear R. Ashworth,

        the committee has found that there was a bench, that it was very good,
        and that nobody knows where it went. A new one is approved.
        """),
    ("a14", "71d 14:00", BEN, "Waiting list", """
        I hear that you are second on the list for a plot. Mr Lacey is thinking
        of Portugal. I have said nothing, but I have given him a phrase book.
        """),
)  # fmt: skip
RECENT: Final = (
    ("x1", "11m", LUCIA, "Are you on page 40 yet?", """
        Because I need somebody to talk to about page 41. 🐄

        L.
        """, ""),
    ("x2", "1d 20:15", CHOIR, "New piece: bring a pencil and some courage", """
        Five flats, a page of humming, and at bar 62 the basses are alone. We
        start at half past six so that the basses can cry before the break.
        """, "S"),
    ("x3", "2d 12:02", MUSEUM, "Friends' evening: the lens is lit", """
        For one hour, once a year, after dark. Please stand behind the rope; on
        the other side of it one can see one's own bones, or so they say.
        """, "SF"),
    ("x4", "4d 10:00", SCHOOL, "Bookbinding II: repairs, regrets, leather", """
        As you were in the first course, we keep a place for you until Monday.
        The forgiven book may come along.
        """, "S"),
    ("x5", "5d 13:30", VET, "The cat again", """
        Butter?
        """, "SA"),
    ("x6", "7d 19:20", SUNIL, "Cricket on the roof", """
        Before you ask: a soft ball, a chalk wicket and my daughter bowling. We
        have a view of everything and an insurance that knows nothing of it.
        Sunday at four.
        """, "S"),
    ("x7", "10d 16:50", COUNCIL, "The bench is there", """
        It is screwed down with eight screws this time. Please sit on it.
        """, "SF"),
    ("x8", "12d 08:40", OLU, "Something nice on a Thursday", """
        The harbour master of Aveiro writes that lamp 5 blinked for his wedding.
        It was the bug. He asks us to leave it in until Sunday.
        """, "SA"),
    ("x9", "21d 18:30", HELEN, "The big teapot", """
        Has been found! In the choir's cupboard, under a banner. It had been
        labelled "percussion".
        """, "S"),
    ("x10", "25d 09:00", MUM, "Your barometer", """
        Your father wants to know what it says. Here it says "Change", and he has
        taken that personally.
        """, "SA"),
    ("x11", "27d 20:05", PRIYA, "recipe for the green one?", """
        The one you made when the power was out. Tom says that it was pea. I say
        that it was courage.
        """, "SA"),
    ("x12", "30d 12:45", NADIA, "Lens: arrived", """
        By boat, as promised, with a gull on top who had to be persuaded. It
        throws little rainbows over the meeting room; nobody listened to me for
        an hour and I didn't mind.
        """, "SF"),
)  # fmt: skip
