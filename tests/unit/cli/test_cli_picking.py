"""Ids from stdin: what `list` and `search` print, or one per line."""

from __future__ import annotations

from pathlib import Path

import pytest

from mailtui.cli import exits
from mailtui.cli.main import main
from tests.support.acting import Captured, acted, ids, on_stdin, refused


def test_ids_from_a_search(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch) -> None:
    found = ids(capsys)
    capsys.readouterr()
    main(["list", "-f", "inbox", "-a", "home", "--limit", "2", "--json"])
    on_stdin(monkeypatch, capsys.readouterr().out)
    assert acted(capsys, "archive", "-")["changed"] == 2
    assert ids(capsys, "archive") == found[:2]


@pytest.mark.parametrize("form", ["{0}\n\n {1} \r\n", "\ufeff{0}\n{1}", '["{0}", "{1}"]', '{{"id": "{0}"}}'])
def test_forms_of_stdin(root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    words = ids(capsys)
    on_stdin(monkeypatch, form.format(*words))
    acted(capsys, "archive", words[1], "-")
    assert set(ids(capsys, "archive")) == set(words[:2])


@pytest.mark.parametrize("text", ["[]\n", ""])
def test_no_ids_on_stdin_is_nothing_to_do(
    root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    for command in ("archive", "recover"):
        on_stdin(monkeypatch, text)
        assert main([command, "-"]) == 0
        assert capsys.readouterr().out == "Nothing to do: no message was named\n"
    on_stdin(monkeypatch, text)
    assert acted(capsys, "delete", "--forever", "-")["changed"] == 0


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[1, 2]", "has no `id`"),
        ('[{"uid": 1}]', "has no `id`"),
        ('[{"id": ""}]', "has no `id`"),
        ("[" * 100_000, "is no JSON"),
        ('[{"id": "a"', "is no JSON"),
        ("ID  DATE  FLAGS\nabc 2020\n", "is not one id"),
        (b"\xff\xfe\x1b[31m x y", "is not one id"),
    ],
)
def test_stdin_that_holds_no_ids(
    root: Path, capsys: Captured, monkeypatch: pytest.MonkeyPatch, text: str | bytes, named: str
) -> None:
    on_stdin(monkeypatch, text)
    status, said = refused(capsys, "archive", "-")
    assert status == exits.USAGE
    assert named in said
    assert "\x1b" not in said
