"""Letters: the Thursday book club, a small mailing list with its header fields."""

from __future__ import annotations

from typing import Final

from mailtui.demo.samples.compose import ROBIN, Person, Post
from mailtui.demo.samples.people import ARTHUR, CLUB, HELEN, LUCIA

LIST: Final = {
    "List-Id": "Thursday Book Club <thursday-books.lists.example.org>",
    "List-Post": "<mailto:thursday-books@lists.example.org>",
    "List-Unsubscribe": "<mailto:thursday-books-leave@lists.example.org>",
    "Precedence": "list",
}


def write(post: Post) -> None:
    def club(
        key: str, age: str, who: Person, subject: str, text: str, re: str = "", flags: str = "S", folder: str = "INBOX"
    ) -> None:
        post(key, age, who, subject, text, to=(CLUB,), re=re, flags=flags, folder=folder, headers=LIST)

    club("bk1", "14d 20:05", HELEN, "[thursday] Next book: nominations please", """
        Friends,

        The biscuit tin is empty, so we need a book. One nomination each, under
        four hundred pages, nothing with a dragon on the cover (Arthur).

        Helen
        """)  # fmt: skip
    club("bk2", "14d 21:30", ARTHUR, "", """
        There was one dragon. It was a metaphor. It was on page 3 and again on
        page 611.

        I nominate a history of salt. It is about everything.
        """, "bk1")  # fmt: skip
    club("bk3", "13d 09:12", LUCIA, "", """
        I nominate the diary of a lighthouse keeper's wife, 1881 to 1884. It is
        short and very funny, and almost nobody drowns.

        Besos,
        Lucía
        """, "bk1")  # fmt: skip
    post("bk4", "13d 12:40", ROBIN, "", """
        Seconding the lighthouse keeper's wife. I may be biased: half my working
        day has "lighthouse" in its name.
        """, to=(CLUB,), re="bk3", folder="Sent")  # fmt: skip
    club("bk5", "12d 18:00", HELEN, "", """
        Votes: lighthouse 6, salt 2, "the dragon again" 1 (anonymous, but in
        Arthur's hand). Lighthouse it is. Three weeks, my place, I have the big
        teapot back.
        """, "bk4")  # fmt: skip
    club("bk6", "5d 22:48", ARTHUR, "[thursday] I finished it and I have notes", """
        Against expectation I loved it. A few thoughts before they evaporate:

        1. The lamp is the main character. Everyone else is weather.
        2. She never once writes his name. "The Keeper" for three years, then on
           the last page, "John". I had to go and put the kettle on.
        3. Does anyone else think that the cow knew?

        A.
        """, "bk5")  # fmt: skip
    club("bk7", "5d 23:15", LUCIA, "", """
        > 3. Does anyone else think that the cow knew?

        THE COW KNEW.
        """, "bk6")  # fmt: skip
    club("bk8", "4d 08:20", HELEN, "", """
        >> 3. Does anyone else think that the cow knew?
        >
        > THE COW KNEW.

        No cow before Thursday, please. Some of us are on page 40.
        """, "bk7")  # fmt: skip
    club("bk9", "6h45m", HELEN, "[thursday] This Thursday, 7.30, bring a cup", """
        Friends,

        My place, half past seven. I have teapot, cake and chairs; I do not have
        enough cups, because of what happened at the poetry evening.

        Questions to chew on:

          - What does she leave out, and who did she think would read it?
          - The storm of February: one page. The lost button: four. Why?
          - Arthur may speak about the cow for five minutes. I will time him.

        Helen
        """, "bk8", flags="")  # fmt: skip
    club("bk10", "3h10m", ARTHUR, "", """
        Five minutes is ample. I have slides.
        """, "bk9", flags="")  # fmt: skip
