"""Letters: newsletters in HTML, as careful people make them: preheader, tables, links, one tracking pixel."""

from __future__ import annotations

from collections.abc import Sequence
from html import escape
from typing import Final, NamedTuple

from mailtui.demo.samples.compose import File, Person, Post
from mailtui.demo.samples.files import sea


class Story(NamedTuple):
    title: str
    text: str
    link: str


class Issue(NamedTuple):
    key: str
    age: str
    who: Person
    subject: str
    preheader: str
    colour: str
    stories: Sequence[Story]
    flags: str = "S"


def write(post: Post) -> None:
    for issue in ISSUES:
        domain = issue.who.addr.partition("@")[2]
        post(
            issue.key,
            issue.age,
            issue.who,
            issue.subject,
            _plain(issue),
            html=_page(issue),
            flags=issue.flags,
            headers={
                "List-Id": f"{issue.who.name} <letters.{domain}>",
                "List-Unsubscribe": f"<https://{domain}/leave>, <mailto:leave@{domain}>",
                "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
            },
            files=(File("header.png", "image/png", sea(240, 60), inline="header@letters"),),
        )
    _html_only(post)


def _plain(issue: Issue) -> str:
    stories = (f"{story.title}\n{'-' * len(story.title)}\n{story.text}\n{story.link}" for story in issue.stories)
    return "\n\n".join([issue.preheader, *stories])


def _page(issue: Issue) -> str:
    rows = "\n".join(
        f'<tr><td style="padding:14px 24px"><h2 style="margin:0;color:{issue.colour}">{escape(story.title)}</h2>\n'
        f"<p>{escape(story.text)}</p>\n"
        f'<p><a href="{story.link}" style="color:{issue.colour}">Read on &rarr;</a></p></td></tr>'
        for story in issue.stories
    )
    domain = issue.who.addr.partition("@")[2]
    return f"""<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8"><title>{escape(issue.subject)}</title></head>
<body style="margin:0;background:#f4f1ea;font-family:Helvetica,Arial,sans-serif">
<div style="display:none;max-height:0;overflow:hidden">{escape(issue.preheader)}&#847;&zwnj;&nbsp;</div>
<table role="presentation" width="100%"><tr><td align="center">
<table role="presentation" width="600" style="background:#fff">
<tr><td><img src="cid:header@letters" width="600" height="150" alt="The sea in the evening"></td></tr>
<tr><td style="padding:14px 24px"><h1 style="color:{issue.colour}">{escape(issue.who.name)}</h1>
<p><em>{escape(issue.preheader)}</em></p></td></tr>
{rows}
<tr><td style="padding:14px 24px;font-size:12px;color:#777">You get this because you asked for it.
<a href="https://{domain}/leave">Leave</a> &middot; <a href="https://{domain}/browser">Read in the browser</a>
</td></tr></table></td></tr></table>
<img src="https://{domain}/open.gif?reader=robin" width="1" height="1" alt="" style="display:block">
</body></html>"""


def _html_only(post: Post) -> None:
    post.raw(
        "6d 06:10",
        """
        Date: {date}
        From: "The Crossword" <grid@crossword.example.net>
        To: robin@example.org
        Subject: No. 812, a friendly one
        Message-ID: <grid-812@crossword.example.net>
        List-Unsubscribe: <mailto:stop@crossword.example.net>
        MIME-Version: 1.0
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: 8bit
        """,
        b"""<html><body><h3>Across</h3>
<ol><li>Light that keeps its word (6) <small>B_ACO_</small></li>
<li value="5">Sounds like a sailor&#8217;s consent, twice (3, 3)</li></ol>
<h3>Down</h3><ol><li>Tea, for one who is late (5)</li></ol>
<blockquote>Last week&#8217;s 7 down was <b>heron</b>.
We are sorry about the word &ldquo;beakish&rdquo;.</blockquote>
</body></html>""",
    )


TIDE: Final = Person("The Slow Tide", "letter@slowtide.example.org", 1)
TERM: Final = Person("Plain Terminal Weekly", "weekly@plainterminal.example.com")
BREAD: Final = Person("Crumb", "crumb@bakersletter.example.net", 1)
MAPS: Final = Person("Folded Maps", "hello@foldedmaps.example.org", 1)

ISSUES: Final = (
    Issue(
        "n1",
        "1h32m",
        TIDE,
        "The Slow Tide #48: what the estuary heard",
        "Four sounds, one heron, no hurry.",
        "#20606a",
        (
            Story(
                "A microphone in the mud",
                "For one month Ida Voss left a microphone under the old jetty. Shrimp crackle "
                "like hot butter; the noon ferry is a chord in F. She has learned to tell the weather by the mussels.",
                "https://slowtide.example.org/48/mud",
            ),
            Story(
                "The heron's timetable",
                "He comes at a quarter to seven, except on market days. We asked the fishmonger, who went red.",
                "https://slowtide.example.org/48/heron",
            ),
            Story(
                "Recipe: samphire on toast",
                "Butter, more than you think. Lemon, less than you think. Eat it standing up with the window open.",
                "https://slowtide.example.org/48/toast",
            ),
        ),
        "",
    ),
    Issue(
        "n2",
        "1d 06:00",
        TERM,
        "Plain Terminal Weekly: the case for 80 columns",
        "Narrow is a feature.",
        "#7a3b69",
        (
            Story(
                "Why lines should end",
                "Newspapers knew it, typewriters knew it, and your eyes know it every evening: a "
                "line that ends is a line that can be found again.",
                "https://plainterminal.example.com/80",
            ),
            Story(
                "Tool of the week: look",
                "It has been on your machine since before you were born. It finds words that "
                "begin with other words. That is all, and it takes a millisecond.",
                "https://plainterminal.example.com/look",
            ),
            Story(
                "Letters from readers",
                '"My cat walked over the keyboard and rebased." We have no advice, only respect.',
                "https://plainterminal.example.com/cat",
            ),
        ),
    ),
    Issue(
        "n3",
        "4d 05:30",
        BREAD,
        "Crumb: your starter is not dead",
        "It is sulking. Here is what to do.",
        "#9a5b13",
        (
            Story(
                "Three signs of life",
                "It smells of apples, it floats, it has opinions. If you see grey water on top, pour "
                "it off and apologise.",
                "https://bakersletter.example.net/life",
            ),
            Story(
                "A loaf for Thursdays",
                "Ten minutes in the morning, ten at night. The other twenty-three hours and forty "
                "minutes are the recipe.",
                "https://bakersletter.example.net/thursday",
            ),
        ),
    ),
    Issue(
        "n4",
        "9d 07:00",
        MAPS,
        "Folded Maps: islands that were never there",
        "A cartographer's apology, in four parts.",
        "#31572c",
        (
            Story(
                "Phantom islands",
                "For two hundred years an island lay south of Iceland on every chart. It was a cloud, "
                "then a mistake, then a tradition.",
                "https://foldedmaps.example.org/phantom",
            ),
            Story(
                "How to fold it back",
                "You can't. Nobody can. But there is a fold that looks deliberate.",
                "https://foldedmaps.example.org/fold",
            ),
        ),
    ),
    Issue(
        "n5",
        "15d 06:00",
        TIDE,
        "The Slow Tide #47: a lamp in every window",
        "How one street found its way home.",
        "#20606a",
        (
            Story(
                "Low Street, half past four",
                "When the council turned off every second lamp to save money, number 9 put a "
                "candle in the window. By Friday there were forty.",
                "https://slowtide.example.org/47/lamps",
            ),
        ),
    ),
    Issue(
        "n6",
        "16d 06:00",
        TERM,
        "Plain Terminal Weekly: mail is a file",
        "And files are what we are good at.",
        "#7a3b69",
        (
            Story(
                "One message, one file",
                "You can count them, copy them, search them, lose them and find them again. Most "
                "things that people build on top are ways of forgetting this.",
                "https://plainterminal.example.com/maildir",
            ),
        ),
    ),
)
