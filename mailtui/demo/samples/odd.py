"""Letters: mail that breaks rules or means harm. Each says gently what it is, so that a visitor sees nothing happen."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import Person, Post

LAB: Final = Person("Curiosity Cabinet", "cabinet@oddities.example.org", 1)


def write(post: Post) -> None:
    _broken(post)
    _hostile(post)
    _well_formed_but_rare(post)


def _broken(post: Post) -> None:
    post.raw(
        "10d 06:00",
        """
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: Exhibit 1: a letter without a date
        Message-ID: <odd-1@oddities.example.org>
        """,
        b"Some program forgot the Date field. The list shows when the letter arrived instead.",
    )
    post.raw(
        "10d 06:05",
        "Date: {date}\nFrom: Café Zürich <cafe@oddities.example.org>\nTo: robin@example.org\n"
        "Subject: Exhibit 2: naïve Überschrift, raw 8-bit ✓\nMessage-ID: <odd-2@oddities.example.org>",
        b"The header fields hold bare UTF-8, which was forbidden for decades and sent anyway.",
    )
    post.raw(
        "10d 06:10",
        b"Date: Mon, 99 Foo 20026 25:61:61 +9999\nFrom: cabinet@oddities.example.org\n"
        b"To: undisclosed-recipients:;\nSubject: Exhibit 3: caf\xe9 \xfcber Latin-1, and an impossible date\n"
        b"Message-ID: <odd-3@oddities.example.org>\nContent-Type: text/plain; charset=x-made-up",
        b"The charset of this text is called x-made-up. Cr\xe8me br\xfbl\xe9e.",
    )
    post.raw(
        "10d 06:15",
        """
        Date: {date}
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: Exhibit 4: the parcel that was never closed
        Message-ID: <odd-4@oddities.example.org>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="never"
        """,
        b"--never\nContent-Type: text/plain\n\nThe boundary line at the end is missing.\n\n--never\n"
        b"Content-Type: application/octet-stream; name=half.bin\nContent-Transfer-Encoding: base64\n\n"
        b"VGhpcyBiYXNlNjQgc3RvcHMgaW4gdGhlIG1pZGRsZSBvZiBhIHdv",
    )
    post.raw(
        "10d 06:20",
        """
        Date: {date}
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Message-ID: <odd-5@oddities.example.org>
        """,
        b"Exhibit 5 has no subject at all. There is nothing to be embarrassed about.",
    )


def _hostile(post: Post) -> None:
    post.raw(
        "9d 06:00",
        "Date: {date}\nFrom: Curiosity Cabinet <cabinet@oddities.example.org>\n"
        "To: robin@example.org\nSubject: Exhibit 6: \x1b[31mred\x1b[0m \x1b]0;new title\x07 escape sequences\n"
        "Message-ID: <odd-6@oddities.example.org>",
        b"The subject tries to paint the terminal red and to rename its window:\n\x1b[2J\x1b[1;1H\x1b[41m"
        b"and this line tries to clear the screen.\n\nIf you can read it, it failed.",
    )
    post.raw(
        "9d 06:05",
        """
        Date: {date}
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: Exhibit 7: [/] [bold red]markup[/bold red] [@click=app.quit]press[/] {braces} %s
        Message-ID: <odd-7@oddities.example.org>
        """,
        b"Square brackets are square brackets: [/] [/nothing] [link=https://oddities.example.org]here[/link]",
    )
    post.raw(
        "9d 06:10",
        """
        Date: {date}
        From: =?utf-8?B?cHJlc2lkZW50QGV4YW1wbGUuY29tAAo=?=@oddities.example.org <cabinet@oddities.example.org>
        Reply-To: elsewhere@oddities.example.org
        To: robin@example.org
        Subject: Exhibit 8: a sender that hides behind another
        Message-ID: <odd-8@oddities.example.org>
        """,
        b"The name pretends to be an address, with a zero byte and a line break to cut off the true one.",
    )
    post.raw(
        "9d 06:15",
        """
        Date: {date}
        From: "robin@example.org" <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: =?utf-8?Q?Exhibit_9=3A_=E2=80=AEdrawkcab_gninrut_txet=E2=80=AC_and_a_file_of_two_faces?=
        Message-ID: <odd-9@oddities.example.org>
        MIME-Version: 1.0
        Content-Type: multipart/mixed; boundary="=_faces"
        """,
        b"--=_faces\nContent-Type: text/plain\n\nThe attached name ends in fdp.exe, but a character in it turns "
        b"the writing around.\n\n--=_faces\nContent-Type: application/octet-stream\nContent-Disposition: attachment;\n"
        b" filename*=utf-8''invoice%E2%80%AEfdp.exe\nContent-Transfer-Encoding: base64\n\nbm90aGluZw==\n"
        b'\n--=_faces\nContent-Type: text/plain\nContent-Disposition: attachment; filename="../../../etc/passwd"\n'
        b"\nThis one would like to be saved somewhere else.\n--=_faces--",
    )
    post.raw(
        "9d 06:20",
        """
        Date: {date}
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: Exhibit 10: a page that wants to phone home
        Message-ID: <odd-10@oddities.example.org>
        MIME-Version: 1.0
        Content-Type: text/html; charset=utf-8
        """,
        b"<p onload='steal()'>Pictures, scripts, styles and a refresh, none of which is fetched or run.</p>"
        b"<script>alert(1)</script><style>@import 'https://oddities.example.org/x.css'; p{color:red}</style>"
        b"<img src='https://oddities.example.org/pixel.gif?robin'><iframe src='https://oddities.example.org'></iframe>"
        b"<a href='javascript:alert(1)'>a link that is a program</a>, "
        b"<a href='https://oddities.example.org'>https://meridianbank.example.com</a> and "
        b"<b><i><u><b><i>unclosed tags",
    )
    post(
        "zalgo",
        "9d 06:25",
        LAB,
        "Exhibit 11: Z\u0351\u036b\u0343a\u0328\u0348\u0353l\u0335\u0321g\u0316\u0320o\u0489 and "
        "sp\u200bac\u200des no one s\u2060ees",
        """
        Forty accents on one letter, and spaces of no width between the others.
        The line below must be as high as every other line.

        H\u0351\u036b\u0343\u036a\u0302\u036be\u0321\u0316\u0320l\u0489l\u0335o
        """,
    )


def _well_formed_but_rare(post: Post) -> None:
    post(
        "long",
        "8d 06:00",
        LAB,
        "Exhibit 12: a subject for those who were told to put the most important thing first and "
        "then could not decide what that was, so that it goes on past the edge of every window, around the corner, "
        "down the stairs, and comes to rest here: tea at four",
        """
        Tea at four.
        """,
    )
    post(
        "flowed",
        "8d 06:05",
        LAB,
        "Exhibit 13: a text that flows",
        """
        This paragraph was cut into lines by the sender's program, which ended\x20
        each of them with a space, so that your program may join them again\x20
        and cut them anew to the width of your window, however wide or narrow\x20
        it is today.

        > A quotation flows too, and keeps its mark at the beginning of each\x20
        > line that comes out of it.

        --\x20
        The Cabinet
        """,
        flowed=True,
    )
    post.raw(
        "8d 06:15",
        """
        Date: {date}
        From: Curiosity Cabinet <cabinet@oddities.example.org>
        To: robin@example.org
        Subject: Exhibit 14: nesting dolls
        Message-ID: <odd-14@oddities.example.org>
        MIME-Version: 1.0
        Content-Type: message/rfc822
        """,
        b"From: doll-1@oddities.example.org\nTo: robin@example.org\nSubject: Outer doll\nMIME-Version: 1.0\n"
        b"Content-Type: message/rfc822\n\nFrom: doll-2@oddities.example.org\nSubject: Inner doll\n\n"
        b"It is cosy in here.",
    )
