"""Letters: Robin's work, a small program for harbour lights, with reviews and patches."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, File, Person, Post
from mailtui.demo.samples.files import calendar, chart, zipped
from mailtui.demo.samples.people import FORGE, JONAS, MEI, NADIA, OLU

TEAM: Final = Person("Lighthouse team", "team@lighthouse.example.com")
FOLDER: Final = "Projects/Lighthouse"


def write(post: Post) -> None:
    _patch(post)
    _release(post)
    _forge(post)
    _everyday(post)
    _earlier(post)


def _patch(post: Post) -> None:
    post(
        "p1", "2d 08:10", JONAS, "[PATCH 1/2] beacon: keep the period across a clock step", """
        When NTP steps the clock backwards, the beacon waits until the wall
        clock has caught up again. In Oslo last week that meant a lamp which
        stayed dark for eleven seconds. Count in monotonic time instead.

        Signed-off-by: Jonas Lindqvist <jonas@lighthouse.example.com>
        ---
         src/beacon.py | 9 +++++----
         1 file changed, 5 insertions(+), 4 deletions(-)

        diff --git a/src/beacon.py b/src/beacon.py
        index 4f1c2aa..9b07e31 100644
        --- a/src/beacon.py
        +++ b/src/beacon.py
        @@ -41,10 +41,11 @@ class Beacon:
             def run(self) -> None:
        -        start = time.time()
        +        start = time.monotonic()
                 while self.lit:
        -            phase = (time.time() - start) % self.period
        -            self.lamp.set(phase < self.on_for)
        -            time.sleep(0.05)
        +            phase = (time.monotonic() - start) % self.period
        +            self.lamp.set(phase < self.on_for)
        +            self.wait(0.05)
        --
        2.44.0
        """, to=(TEAM,), cc=(ROBIN,), flags="SA",
    )  # fmt: skip
    post(
        "p2", "2d 08:11", JONAS, "[PATCH 2/2] tests: a clock that jumps", """
        A fake clock that can be told to jump in either direction, and the
        Oslo case as a test. It fails without patch 1.

        Signed-off-by: Jonas Lindqvist <jonas@lighthouse.example.com>
        ---
        diff --git a/tests/test_beacon.py b/tests/test_beacon.py
        index 77a01be..c3d9f10 100644
        --- a/tests/test_beacon.py
        +++ b/tests/test_beacon.py
        @@ -12,3 +12,10 @@ def test_period(lamp, clock):
             clock.advance(6)
             assert lamp.flashes == 2
        +
        +
        +def test_step_back_keeps_flashing(lamp, clock):
        +    clock.advance(3)
        +    clock.jump(-11)
        +    clock.advance(6)
        +    assert lamp.flashes == 3
        --
        2.44.0
        """, to=(TEAM,), cc=(ROBIN,), re="p1",
    )  # fmt: skip
    post(
        "p3", "2d 09:35", ROBIN, "Re: [PATCH 1/2] beacon: keep the period across a clock step", """
        Good catch, and what a week to have it in.

        > +            phase = (time.monotonic() - start) % self.period

        Two lights of one harbour must flash in step, and they agree on the wall
        clock only. After this change they'd drift apart at the first restart.
        Could `start` come from the wall clock once, rounded down to the period,
        and everything after it be monotonic?

        > +            self.wait(0.05)

        Lovely. That was on my list since spring.

        Robin
        """, to=(JONAS,), cc=(TEAM,), re="p1", folder="Sent",
    )  # fmt: skip
    post(
        "p4", "2d 10:02", MEI, "", """
        Robin is right about pairs; Nagasaki has three in a row and one sees it
        at once from the ferry.

        > Could `start` come from the wall clock once, rounded down to the period,
        > and everything after it be monotonic?

        +1. And re-read it once per hour, slowly (at most 20 ms per flash), so
        that nobody on a bridge ever counts a wrong character.

        Mei
        """, to=(ROBIN,), cc=(JONAS, TEAM), re="p3",
    )  # fmt: skip
    post(
        "p5", "1h15m", JONAS, "[PATCH v2 1/2] beacon: keep the period across a clock step", """
        v2: start from the wall clock, slew by 20 ms per flash (Mei, Robin).
        I simulated a year with leap second and two drunk NTP servers.
        Worst error between neighbours: 41 ms.

        Signed-off-by: Jonas Lindqvist <jonas@lighthouse.example.com>
        ---
        diff --git a/src/beacon.py b/src/beacon.py
        index 4f1c2aa..e8820c7 100644
        --- a/src/beacon.py
        +++ b/src/beacon.py
        @@ -41,10 +41,14 @@ class Beacon:
             def run(self) -> None:
        -        start = time.time()
        +        start = time.monotonic() - time.time() % self.period
                 while self.lit:
        -            phase = (time.time() - start) % self.period
        +            start += self.slew(limit=0.020)
        +            phase = (time.monotonic() - start) % self.period
                     self.lamp.set(phase < self.on_for)
        -            time.sleep(0.05)
        +            self.wait(0.05)
        --
        2.44.0
        """, to=(TEAM,), cc=(ROBIN,), re="p4", flags="F",
    )  # fmt: skip


def _release(post: Post) -> None:
    post(
        "r1", "3d 13:00", NADIA, "Release 4.0: can we say Friday?", """
        Hi all,

        Three blockers left on my list:

          * clock step (Jonas has it)
          * the Portuguese translation says "house of headaches" for lighthouse
          * installer eats 100 % CPU on the old boxes

        If those close by Wednesday I'd like to tag on Friday morning, have
        lunch, and only then press the button. Objections?

        Nadia
        """, to=(TEAM,), cc=(ROBIN,), flags="SAF",
    )  # fmt: skip
    post(
        "r2", "3d 13:25", OLU, "", """
        The installer was polling a port that nobody opened. Fixed in branch
        `quiet-installer`, 100 % -> 0.3 %. Chart attached because I am proud.

        Olu
        """, to=(NADIA,), cc=(TEAM, ROBIN), re="r1", files=(File("cpu.png", "image/png", chart()),),
    )  # fmt: skip
    post(
        "r3", "3d 14:10", ROBIN, "", """
        Friday is good. Lunch before the button is the best process change this
        team has made. I'll write the notes tonight.

        Robin
        """, to=(NADIA,), cc=(TEAM,), re="r2", folder="Sent",
    )  # fmt: skip
    post(
        "r4", "1d 11:45", NADIA, "", """
        Thank you for the notes, they made me laugh twice, which is two more
        than release notes usually do. One wish: could "Known problems" come
        before "Thanks"? People stop reading when they are being thanked.

        Portuguese is fixed. Casa das dores is with us no more.

        N
        """, to=(ROBIN,), cc=(TEAM,), re="r3",
    )  # fmt: skip
    post(
        "invite", "1h50m", NADIA, "Invitation: 4.0 go or no go", """
        Fifteen minutes, standing if you like. We go through the list, say go or
        no go, and then there is soup.
        """, cc=(JONAS, MEI, OLU), flags="",
        invite=calendar(post.now, "gonogo-4@lighthouse.example.com", 172800, 15, "4.0 go or no go",
                        "The round table", "REQUEST"),
    )  # fmt: skip


def _forge(post: Post) -> None:
    built = {"X-Forge-Project": "harbour/lighthouse", "Auto-Submitted": "auto-generated"}
    post(
        "f1", "2h10m", FORGE, "[lighthouse] Build 2184 passed: main (e8820c7)", """
        Build 2184 of main passed in 3 min 41 s.

          lint        ok     22 s
          types       ok     41 s
          tests       ok     2 min 06 s   (1,204 passed, 3 skipped)
          package     ok     32 s
        """, headers=built,
    )  # fmt: skip
    post(
        "f2", "1d 16:20", FORGE, "[lighthouse] Build 2183 failed: quiet-installer (77c0d1e)", """
        Build 2183 of quiet-installer failed in 58 s.

          lint        ok     21 s
          types       FAILED 37 s

        src/installer/probe.py:88: error: Missing return statement  [return]
        """, headers=built,
    )  # fmt: skip
    post(
        "f3", "1d 16:41", FORGE, "[lighthouse] olu commented on #311: Quiet installer", """
        olu wrote:

        > I returned nothing, the type checker returned the favour. Fixed.

        You get this because you were asked to review.
        """, headers=built,
    )  # fmt: skip
    post(
        "f4", "5d 07:15", FORGE, "[lighthouse] Issue #318: Lamp test lights the wrong lamp", """
        A harbour master in Aveiro writes:

        > If I press "test" on lamp 4, lamp 5 blinks. If I press it on the last
        > lamp, the coffee machine blinks. Please do not fix the second one.

        Labels: bug, off-by-one, charming
        """, headers=built, flags="S",
    )  # fmt: skip


def _everyday(post: Post) -> None:
    post(
        "soup", "4h30m", OLU, "Soup list", """
        Wednesday: leek and potato (me), bread (Jonas), something with chilli
        (Mei, who promises to label it this time).

        You are down for next week. No pressure, but last time was legendary.
        """, to=(TEAM,), cc=(ROBIN,),
    )  # fmt: skip
    post(
        "logs", "6d 09:05", MEI, "Logs from Nagasaki, as promised", """
        Robin,

        Here is one night of all three lamps. Look at 02:13: somebody opened the
        door, took the lamp out, polished it and put it back within one dark
        phase. I asked. It was Mr Ogawa, he is 81, he does it every Tuesday.

        Mei
        """, flags="SF",
        files=(File("night.zip", "application/zip", zipped({"lamp1.log": LOG.encode(), "README": b"UTC+9\n"})),),
    )  # fmt: skip
    post(
        "talk", "7d 15:30", NADIA, "Would you give the talk in Bergen?", """
        They have a slot of twenty minutes, "Software that has to be boring".
        I thought of you at once. I mean that as the highest praise.

        They pay the train and, I am told, waffles.

        N
        """, flags="SA",
    )  # fmt: skip
    post(
        "talk2", "7d 16:02", ROBIN, "", """
        Yes, with pleasure, in return for waffles. I'd show the Oslo eleven
        seconds, the fake clock and Mr Ogawa.
        """, to=(NADIA,), re="talk", folder="Sent",
    )  # fmt: skip


def _earlier(post: Post) -> None:
    for key, age, who, subject, text in EARLIER:
        post(key, age, who, subject, text, to=(TEAM,), cc=(ROBIN,), folder=FOLDER)
    post(
        "e6", "29d 08:02", JONAS, "", """
        Measured. It goes through if we take off the door, and the frame, and
        Olu's poster.
        """, to=(NADIA,), cc=(TEAM, ROBIN), re="e5", folder=FOLDER,
    )  # fmt: skip
    post(
        "e9", "38d 10:20", ROBIN, "", """
        Let's log the number and not the name. The name can be typed wrong in
        nineteen ways; I have seen seventeen.
        """, to=(TEAM,), re="e2", folder=FOLDER,
    )  # fmt: skip


LOG: Final = "".join(f"02:{minute:02d}:{second:02d} lamp1 {'on' if second % 12 < 6 else 'off'}\n"
                     for minute in range(10, 16) for second in range(0, 60, 6))  # fmt: skip
EARLIER: Final = (
    ("e1", "41d 09:00", NADIA, "Kick-off notes: what 4.0 is and is not", """
        4.0 is: lamps in pairs, a quiet installer, Portuguese and Japanese.
        4.0 is not: an app, a cloud, a new logo. If anybody asks about the logo,
        say that it is being considered, and look at the sea.
        """),
    ("e2", "38d 09:40", JONAS, "How do we name lamps in the log?", """
        At the moment: by the name on the plate. Problem: half of them are called
        "Lamp". Shall we use the number from the notice to mariners instead?
        """),
    ("e3", "36d 14:12", MEI, "Japanese: 灯台 or 燈台?", """
        Both mean lighthouse. 灯台 is what people write today, 燈台 is carved over
        the door of ours, from 1897. I suggest 灯台 in menus and 燈台 on the
        splash screen, for those who look up.
        """),
    ("e4", "33d 08:30", OLU, "Postmortem: the night the tests passed", """
        What happened: all tests passed. They passed because none of them ran.
        Why: a folder was renamed, and the runner was happy with nothing.
        What we change: zero tests is now a failure. Also I have gone for a walk.
        """),
    ("e5", "30d 11:11", NADIA, "Budget: we may buy the lens", """
        The Fresnel lens for the test bench is approved. It is 60 cm high and
        arrives by boat. Jonas, please measure the door.
        """),
    ("e7", "24d 13:37", MEI, "Retrospective: three things each", """
        Keep: soup, small patches, asking the harbour masters.
        Stop: meetings about the meeting.
        Try: one quiet morning per week. I suggest the one with the deliveries.
        """),
    ("e8", "22d 16:48", OLU, "Flaky test of the week: test_fog", """
        Fails one time in forty, always when Jonas is watching. The fog had a
        random seed. Fog no longer has a random seed. Real fog unaffected.
        """),
)  # fmt: skip
