"""Rules as Sieve: the words of RFC 5228, quoting that nothing breaks out of, and what Sieve can't say."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mailtui.model.folder import Role
from mailtui.model.ids import AccountId
from mailtui.model.intents import FolderNamed
from mailtui.model.rules import MARK_WORDS, Rule
from mailtui.search.to_sieve import export, quoted

TOKEN = re.compile(
    r'(?P<string>"(?:[^"\\]|\\.)*")|(?P<comment>#[^\n]*\n)|(?P<word>:?[A-Za-z0-9_]+)|(?P<mark>[][(){},;])|(?P<blank>\s+)',
    re.DOTALL,
)
TEXTS = st.text(st.characters(blacklist_categories=("Cs", "Cc")), min_size=1, max_size=30)


def tokens(script: str) -> list[tuple[str, str]]:
    """Raises if anything is no Sieve; strings as they are meant (RFC 5228 section 2.4.2)."""
    found, at = [], 0
    while at < len(script):
        token = TOKEN.match(script, at)
        assert token is not None, script[at : at + 40]
        at = token.end()
        kind, text = token.lastgroup or "", token[0]
        if kind == "string":
            text = re.sub(r"\\(.)", r"\1", text[1:-1], flags=re.DOTALL)
        if kind not in {"blank", "comment"}:
            found.append((kind, text))
    return found


def strings(script: str) -> list[str]:
    return [text for kind, text in tokens(script) if kind == "string"]


def rule(match: str, name: str = "a", **wanted: object) -> Rule:
    return Rule(name, match, **{"stop": True, **wanted})  # type: ignore[arg-type]


@given(TEXTS)
def test_quoted_strings_mean_the_text(text: str) -> None:
    assert strings(quoted(text)) == [text]


@given(name=TEXTS, words=TEXTS, folder=TEXTS)
def test_nothing_breaks_out_of_a_script(name: str, words: str, folder: str) -> None:
    """Names, words and folders come from a person, the structure from us."""
    query = 'subject:"' + words.replace("\\", "\\\\").replace('"', '\\"') + 'x"'
    plain = export([rule("subject:x", to=FolderNamed("y"))]).text
    script = export([rule(query, name, to=FolderNamed(folder), copy=None)]).text
    assert [kind for kind, _ in tokens(script)] == [kind for kind, _ in tokens(plain)]
    assert [text for text in strings(script) if text not in strings(plain)] == [
        text for text in (f"{words}x", folder) if text not in strings(plain)
    ]


@pytest.mark.parametrize(
    ("match", "test", "needs"),
    [
        ("from:billing@", 'header :contains "From" "billing@"', []),
        ("to:me", 'header :contains ["To", "Cc", "Bcc"] "me"', []),
        ("list:dev", 'header :contains "List-Id" "dev"', []),
        ("inv*", None, ["body"]),
        ("body:x", 'body :text :contains "x"', ["body"]),
        ("has:attachment", 'header :mime :anychild :contains "Content-Disposition" "attachment"', ["mime"]),
        ("size:>1k", "size :over 1024", []),
        ("-size:<2", "not size :under 2", []),
        ("cc:a cc:b", 'allof (header :contains "Cc" "a", header :contains "Cc" "b")', []),
        ("cc:a OR cc:b", 'anyof (header :contains "Cc" "a", header :contains "Cc" "b")', []),
        ("is:unread", 'not hasflag :is "\\\\Seen"', ["imap4flags"]),
        ("keyword:todo", 'hasflag :is "todo"', ["imap4flags"]),
        ("before:2026", 'date :value "lt" "date" "date" "2026-01-01"', ["date", "relational"]),
        ("in:inbox", "true", []),
        ("id:<a@b>", 'header :contains "Message-ID" "a@b"', []),
    ],
)
def test_tests(match: str, test: str | None, needs: list[str]) -> None:
    script = export([rule(match)])
    assert script.problems == ()
    if test is not None:
        assert f"if {test}\n" in script.text
    wanted = f"require {', '.join(quoted(one) for one in needs)};" if len(needs) == 1 else "require ["
    assert (wanted in script.text) is bool(needs)
    for need in needs:
        assert f'"{need}"' in script.text


@pytest.mark.parametrize("match", ["in:archive", "account:work", "id:abc", "after:7d", "a OR -in:x"])
def test_what_sieve_has_no_words_for_is_left_out_and_told(match: str) -> None:
    script = export([rule(match), rule("b", "second")])
    ((name, text),) = script.problems
    assert (name, text.startswith("left out: ")) == ("a", True)
    assert "# rule:[a]\n# left out: " in script.text
    assert tokens(script.text)
    assert "# rule:[second]\nif " in script.text


def test_actions() -> None:
    script = export(
        [
            rule("cc:a", "one", mark=("read", "unstar"), label=("x",), copy=FolderNamed("C"), to=FolderNamed("M")),
            rule("cc:b", "two", to=Role.ARCHIVE, stop=False),
            rule("cc:c", "three", to=Role.TRASH),
            rule("cc:d", "four", accounts=(AccountId("work"),)),
        ],
        ["work", "home"],
    )
    assert script.text == (
        'require ["copy", "fileinto", "imap4flags", "mailbox"];\n\n'
        '# rule:[one]\nif header :contains "Cc" "a"\n{\n    addflag ["\\\\Seen", "x"];\n    removeflag "\\\\Flagged";\n'
        '    fileinto :copy :create "C";\n    fileinto :create "M";\n    stop;\n}\n\n'
        '# rule:[two]\nif header :contains "Cc" "b"\n{\n    fileinto :create "Archive";\n}\n\n'
        '# rule:[three]\nif header :contains "Cc" "c"\n{\n    fileinto :create "Trash";\n    stop;\n}\n\n'
        '# rule:[four]\nif header :contains "Cc" "d"\n{\n    stop;\n}\n'
    )
    assert [name for name, _ in script.problems] == ["two", "four"]


def test_no_rules_are_an_empty_script() -> None:
    assert export([]).text == ""


@pytest.mark.parametrize("word", MARK_WORDS)
def test_every_mark_has_its_flag(word: str) -> None:
    command = "removeflag" if word.startswith("un") else "addflag"
    assert f"    {command} " in export([rule("x", mark=(word,))]).text
