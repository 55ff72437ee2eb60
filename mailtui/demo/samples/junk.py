"""Letters: Junk (every trick in it is real, every victim is not) and a bounce."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import File, Person, Post
from mailtui.demo.samples.files import zipped


def write(post: Post) -> None:
    for key, age, who, subject, text, unread in SPAM:
        post(
            key,
            age,
            who,
            subject,
            text,
            folder="Junk",
            flags="J" if unread else "SJ",
            headers={"X-Spam-Status": "Yes, score=9.7", "Reply-To": "desk@elsewhere.example.net"},
        )
    post(
        "sp9",
        "6d 03:14",
        Person("Parcel Desk", "desk@parcel-d3sk.example.net"),
        "Your parce1 is waiting: open the form",
        """
        Dear costumer,

        your parce1 could not be delivered because street is missing. Please
        open the form in attach and pay 1.99 to release street.
        """,
        folder="Junk",
        flags="SJ",
        files=(File("form.pdf.exe.zip", "application/zip", zipped({"form.pdf.exe": b"not really a program\n"})),),
    )
    post(
        "sp10",
        "2d 02:20",
        Person("Merldian Bank", "security@meridianbank.example.com.verify.example.net"),
        "Action required: your account will be smiled at",
        "Please view this message in HTML.",
        folder="Junk",
        flags="J",
        html=PHISH,
    )
    _bounce(post)


def _bounce(post: Post) -> None:
    """A delivery status notification (RFC 3464) with its three parts."""
    post.raw(
        "17d 09:31",
        """
        Date: {date}
        From: Mail Delivery System <mailer-daemon@mx.example.org>
        To: robin@example.org
        Subject: Undelivered: "Sunday, and the cake"
        Message-ID: <bounce-4471@mx.example.org>
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="=_bounce"
        """,
        b"""--=_bounce
Content-Type: text/plain; charset=us-ascii

This is the mail system at mx.example.org.

Your message could not be delivered to zoe@exmaple.example.com, because
there is no such place. There is an example.com, though. People often
mean that one.

--=_bounce
Content-Type: message/delivery-status

Reporting-MTA: dns; mx.example.org

Final-Recipient: rfc822; zoe@exmaple.example.com
Action: failed
Status: 5.1.2
Diagnostic-Code: smtp; 550 5.1.2 Host unknown

--=_bounce
Content-Type: text/rfc822-headers

From: Robin Ashworth <robin@example.org>
To: Zoe <zoe@exmaple.example.com>
Subject: Sunday, and the cake
Message-ID: <sunday-cake@example.org>

--=_bounce--""",
    )


PHISH: Final = """
<html><body style="font-family:Arial"><table width="500"><tr><td bgcolor="#003366"><font color="white">
<b>Merldian Bank</b></font></td></tr><tr><td><p>Dear Valued Robin,</p>
<p>we noticed that you noticed us. Please confirm your everything at
<a href="https://198.51.100.7/login">https://meridianbank.example.com/secure</a> within 12 hours.</p>
<form action="https://198.51.100.7/steal"><input name="password" type="password"><button>Confirm</button></form>
<p style="color:#fff;font-size:1px">weather harbour teapot quarterly report thank you for your order</p>
</td></tr></table><script>document.title = "gotcha"</script></body></html>
"""

SPAM: Final = (
    (
        "sp1",
        "1d 03:33",
        Person("Prince Ferdinand (ret.)", "prince@throne.example.net"),
        "Urgent and confidential: a modest fortune",
        """
        Esteemed friend,

        I am a prince, in retirement, with 40 million in a biscuit tin. To get
        the tin over the border I need a trustworthy person and a small fee for
        the lid. You have been recommended by nobody in particular.
        """,
        True,
    ),
    (
        "sp2",
        "1d 04:01",
        Person("SEO Wizard", "wizard@ranks.example.com"),
        "Re: Re: Re: your website (quick question)",
        """
        Hi robin.example.org,

        I was looking at your lighthouse niche and I see you rank 51 for "lamp".
        We can make it 50. Following up on my earlier follow-up!
        """,
        True,
    ),
    (
        "sp3",
        "3d 02:47",
        Person("Dr Vigor", "pills@vigor.example.org"),
        "V1G0R for half pr!ce, d1screet",
        """
        Tired? So are we. Fifty tablets of something blue, posted from somewhere
        warm. No prescription, no label, no questions, no refunds.
        """,
        False,
    ),
    (
        "sp4",
        "4d 23:59",
        Person("Your Own Address", "robin@example.org"),
        "I know what you did with the teapot",
        """
        I have recorded you through your camera, which you have covered with a
        sticker of a puffin. Still. Send 0.2 coins before Friday or all your
        contacts will learn about the teapot.
        """,
        False,
    ),
    (
        "sp5",
        "7d 05:05",
        Person("Lottery Commission of Nowhere", "win@lotto.example.com"),
        "Congratulations!!! Ticket you never bought has WON",
        """
        Your e-mail address was drawn from a hat containing all e-mail addresses.
        To claim, send name, address, bank, and your mother's hat size.
        """,
        False,
    ),
    (
        "sp6",
        "9d 01:12",
        Person("HR Department", "hr@well-paid.example.net"),
        "Work from home: watch paint, 4,000 per week",
        """
        We urgently seek paint watchers. No experience. You will receive money
        and pass most of it on. This is not laundering; it is dry cleaning.
        """,
        False,
    ),
    (
        "sp7",
        "12d 03:40",
        Person("Crypto Kevin", "kevin@moon.example.org"),
        "🚀🚀 LighthouseCoin presale ends in 00:59 🚀🚀",
        """
        The only coin backed by actual fog. Early believers get a hat (virtual).
        """,
        False,
    ),
    (
        "sp8",
        "14d 02:02",
        Person("Conference of Everything", "cfp@congress.example.com"),
        "Dear Prof. Ashworth, your paper is accepted",
        """
        Greetings of the day! Your eminent paper, which we look forward to
        receive, is accepted for the 9th World Congress of Everything and Soil.
        Fee for eminence: 890.
        """,
        False,
    ),
)
