"""The table of security cases S1 to S39, each by its name. Those that have tests in the room they belong to are named
in ELSEWHERE, and those tests must exist; S16 to S19 and S39 are in test_security_sending."""

from __future__ import annotations

import ast
import json
import re
import socket
import stat
import subprocess
import sys
import time
import unicodedata
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from mailtui.config import paths
from mailtui.files.programs import Viewing
from mailtui.files.saving import save
from mailtui.mail.attachments import content, find
from mailtui.mail.headers import scan_envelope
from mailtui.mail.parse import parse_message
from mailtui.mail.render.browser import browser_page
from mailtui.mail.render.links import safe_url
from mailtui.mail.render.page import Options
from mailtui.mail.render.reader import Rendered, render_message
from mailtui.mail.sanitize import cell_width, safe_line
from mailtui.mail.text import scan_text
from mailtui.mail.trust import Known
from tests.support.parsing import tree_of
from tests.support.scoring import CORPUS
from tests.unit.mail.test_mail_browser import check as check_page

ROOT = Path(__file__).parents[2]
SECURITY = CORPUS / "security"
needs_corpus = pytest.mark.skipif(not SECURITY.is_dir(), reason="no corpus on this machine")

ELSEWHERE = {
    "S7": ("tests/dialogue/test_imap_opening.py", "test_no_tls_no_login"),
    "S8": ("tests/dialogue/test_imap_opening.py", "test_bad_greetings"),
    "S9": ("tests/dialogue/test_imap_opening.py", "test_bytes_between_the_ok_and_tls"),
    "S10": ("tests/dialogue/test_imap_opening.py", "test_starttls_forgets_what_was_said_before"),
    "S11": ("tests/dialogue/test_imap_session.py", "test_refusals"),
    "S13": ("tests/dialogue/test_imap_opening.py", "test_bad_greetings"),
    "S14": ("tests/dialogue/test_imap_opening.py", "test_certificates_that_can_not_be_trusted"),
    "S15": ("tests/unit/protocols/test_imap_words.py", "test_injection_by_mailbox_names"),
    "S29": ("tests/dialogue/test_imap_session.py", "test_a_compression_bomb"),
    "S31": ("tests/unit/config/test_config_read.py", "test_password_in_the_file"),
    "S32": ("tests/unit/config/test_config_secrets.py", "test_tokens_are_fetched_every_time"),
    "S33": ("tests/unit/config/test_config_secrets.py", "test_nothing_of_it_is_logged"),
    "S35": ("tests/unit/store/test_store_names.py", "test_evil_names_stay_inside_one_folder"),
    "S37": ("tests/property/test_search_property.py", "test_no_text_breaks_the_full_text_syntax"),
}


def read(name: str) -> bytes:
    return (SECURITY / name).read_bytes()


def files(*patterns: str) -> list[str]:
    return sorted({path.name for pattern in patterns for path in SECURITY.glob(pattern)})


def texts(rendered: Rendered) -> Iterator[str]:
    """Everything that the screen shows of a message."""
    for line in rendered.lines:
        yield "".join(span.text for span in line)
    for name, value in rendered.headers:
        yield from (name, value)
    for one in rendered.attachments:
        yield from (one.name, one.type, one.danger)
    for link in rendered.links:
        yield from (link.url, link.says, link.host)
    yield from (*rendered.notes, *rendered.warnings, rendered.verified)


def every_form(raw: bytes) -> Iterator[Rendered]:
    for options in (Options(), Options(html=True, whole=True), Options(all_headers=True, quotes_folded=True)):
        yield render_message(raw, 80, options=options)


def check(name: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((SECURITY / "expected.json").read_text())[name].get("checks", {})
    return found


@pytest.fixture
def tripwire(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every attempt to reach a network, or a name server."""
    tried: list[str] = []

    def connect(self: socket.socket, address: Any) -> None:
        tried.append(f"connect {address}")
        raise OSError("no network here")

    def lookup(*words: Any, **more: Any) -> Any:
        tried.append(f"lookup {words}")
        raise OSError("no network here")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", lookup)
    return tried


# -- S1 to S6: what is seen


@needs_corpus
@pytest.mark.parametrize("name", files("*.eml"))
def test_s01_no_control_character_of_any_message_reaches_the_screen(name: str) -> None:
    """All of them in a real terminal: test_security_pty."""
    raw = read(name)
    for rendered in every_form(raw):
        for text in texts(rendered):
            bad = {char for char in text if unicodedata.category(char) in {"Cc", "Cs", "Cf", "Zl", "Zp"}}
            assert not bad, (text[:80], bad)
    envelope = scan_envelope(raw)
    for text in (envelope.subject, *(one.name for one in envelope.from_), *(one.addr for one in envelope.from_)):
        assert all(unicodedata.category(char) not in {"Cc", "Cs", "Cf"} for char in safe_line(text))


@needs_corpus
@pytest.mark.parametrize("name", files("markup_*.eml"))
def test_s02_markup_is_shown_letter_by_letter(name: str) -> None:
    wanted = check(name).get("literal_subject")
    shown = "\n".join(texts(render_message(read(name), 200)))
    raw = read(name).decode("utf-8", "replace")
    assert wanted is None or wanted in shown
    for tag in re.findall(r"\[[@/a-z$][^\]\n]{0,40}\]", raw):
        assert tag in shown


def test_s02_no_widget_reads_markup() -> None:
    """Whatever is given to Textual as text says that it is none."""
    for path in (ROOT / "mailtui" / "ui").rglob("*.py"):
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"Static", "Label"}:
                named = {one.arg: one.value for one in node.keywords}
                assert isinstance(named.get("markup"), ast.Constant), f"{path}:{node.lineno}"
                assert named["markup"].value is False, f"{path}:{node.lineno}"  # type: ignore[attr-defined]


@needs_corpus
@pytest.mark.parametrize(
    "name", files("bidi_*.eml", "zero_width.eml", "tag_chars.eml", "line_sep.eml", "zalgo.eml", "wide_*.eml")
)
def test_s03_one_row_stays_one_row_as_wide_as_its_letters(name: str) -> None:
    for rendered in every_form(read(name)):
        for line in rendered.lines:
            assert sum(cell_width(span.text) for span in line) <= 80
        for text in texts(rendered):
            assert "\n" not in text
            assert not set(text) & set("\u202a\u202b\u202d\u202e\u2066\u2067\u2068\u200b\u200d\ufeff\u2028\u2029")
            assert cell_width(text) == sum(map(cell_width, text))


@needs_corpus
@pytest.mark.parametrize("name", files("mailsploit_*.eml", "two_from.eml", "display_name_addr.eml", "sender_m*.eml"))
def test_s04_the_real_address_is_always_there(name: str) -> None:
    rendered = render_message(read(name), 100)
    card = " ".join([*(value for _, value in rendered.headers), *rendered.warnings])
    for words in check(name).get("must_show", ()):
        assert words in card
    spoofed = check(name).get("spoofed", "")
    senders = scan_envelope(read(name)).from_
    assert spoofed not in {one.addr for one in senders}, "an answer never goes to it"
    if name in {"two_from.eml", "display_name_addr.eml", "sender_mismatch.eml"}:
        assert rendered.warnings


@needs_corpus
def test_s05_foreign_letters_are_told() -> None:
    homograph = render_message(read("homograph_addr.eml"), 80)
    assert any("looks like paypal.com, but it is xn--pypal-4ve.com" in one for one in homograph.warnings)
    idn = render_message(read("html_idn.eml"), 80)
    assert idn.links[0].host == "xn--pypal-4ve.com"
    assert safe_url("http://p\u0430ypal.com/x") == "http://xn--pypal-4ve.com/x"


@needs_corpus
def test_s06_only_ones_own_server_verifies() -> None:
    known = Known({}, frozenset(("mx.home.example",)))
    for name in ("authres_forged.eml", "emoji_lock.eml"):
        assert render_message(read(name), 80, options=Options(known=known)).verified == ""


@pytest.mark.parametrize("case", ELSEWHERE)
def test_other_rooms_have_their_cases(case: str) -> None:
    """S7 to S15, S29, S31 to S33, S35, S37."""
    file, function = ELSEWHERE[case]
    names = {
        node.name for node in ast.walk(tree_of(ROOT / file)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    }
    assert function in names


def test_s12_referrals_are_never_followed() -> None:
    """No code reads them: the word is not there, and only links open connections."""
    for path in (ROOT / "mailtui" / "protocols").rglob("*.py"):
        assert "REFERRAL" not in path.read_text().upper().replace("REFERRALS ARE NEVER", "")


# -- S20 to S22: files


@needs_corpus
@pytest.mark.parametrize("name", files("fname_*.eml", "bidi_filename.eml", "same_names.eml", "winmail.eml"))
def test_s20_attachments_stay_in_their_folder(name: str, tmp_path: Path) -> None:
    folder = tmp_path / "in"
    raw = parse_message(read(name)).raw
    found = find(raw)
    assert found
    for one in found:
        file = save(content(raw, one), str(folder), one.file_name)
        path = Path(file.path)
        assert path.parent == folder
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert len(path.name.encode()) <= 255
        assert not path.name.startswith((".", "-", "~"))
        assert all(unicodedata.category(char) not in {"Cc", "Cf", "Cs"} for char in path.name)
    assert len(list(folder.iterdir())) == len(found)
    assert [one.name for one in tmp_path.iterdir()] == ["in"]
    assert check(name).get("count", len(found)) == len(found)


@needs_corpus
@pytest.mark.parametrize("name", ["fname_dbl.eml", "fname_desktop.eml", "bidi_filename.eml"])
def test_s21_dangerous_files_are_known(name: str) -> None:
    assert any(one.dangers for one in find(read(name)))


def test_s21_the_opener_gets_one_argument_and_no_shell(tmp_path: Path) -> None:
    viewing = Viewing()
    seen = tmp_path / "seen"
    code = f"import sys; open({str(seen)!r}, 'w').write(repr(sys.argv[1:]))"
    viewing.open("; touch /tmp/evil", [sys.executable, "-c", code])
    viewing._running[0].wait()
    assert seen.read_text() == repr(["; touch /tmp/evil"])
    viewing.close()


def test_s22_files_for_viewers_are_private(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_RUNTIME_DIR", str(tmp_path))
    viewing = Viewing()
    names = {viewing.put([b"x"], "a.pdf").path for _ in range(3)}
    assert len(names) == 3
    for path in tmp_path.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077
    viewing.close()
    assert list(tmp_path.iterdir()) == []


# -- S23 to S27: what is never loaded, sent or mixed


@needs_corpus
@pytest.mark.parametrize(
    "name", files("html_*.eml", "ext_body.eml", "mdn_request.eml", "unsub_*.eml", "efail_gaps.eml")
)
def test_s23_s27_nothing_is_fetched_or_sent(name: str, tripwire: list[str]) -> None:
    raw = read(name)
    begin = time.process_time()
    for _ in every_form(raw):
        pass
    scan_text(raw)
    page = browser_page(raw)
    assert time.process_time() - begin < check(name).get("max_parse_s", 2) * 4
    assert tripwire == []
    check_page(page)


@needs_corpus
def test_s24_links_are_what_they_are() -> None:
    found = render_message(read("html_mismatch.eml"), 80)
    assert any(link.host and link.says for link in found.links)
    assert found.warnings
    for name in ("html_jsurl.eml", "html_dataurl.eml", "html_fileurl.eml"):
        for link in render_message(read(name), 80).links:
            assert link.url.startswith(("http://", "https://", "mailto:"))
    for url in ("javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "\\\\server\\share", "x-unknown:1"):
        assert safe_url(url) == ""


@needs_corpus
def test_s25_hidden_text_is_not_shown() -> None:
    rendered = render_message(read("html_hidden.eml"), 80)
    assert not any("HIDDENWORD" in text for text in texts(rendered))
    assert "hidden text not shown" in rendered.notes


@needs_corpus
def test_s26_parts_are_never_joined() -> None:
    raw = read("efail_gaps.eml")
    for rendered in every_form(raw):
        assert not any("secret" in link.url.lower() for link in rendered.links)
    for url in re.findall(r'(?:src|href)="([^"]*)"', browser_page(raw)):
        assert "secret" not in url.lower()


# -- S28, S30: bombs


@needs_corpus
@pytest.mark.parametrize("name", [*files("bomb_*.eml"), "zalgo.eml", "reply_long_refs.eml"])
def test_s28_s30_bombs_are_quick(name: str) -> None:
    raw = read(name)
    begin = time.process_time()
    scan_envelope(raw)
    row = time.process_time() - begin
    render_message(raw, 80)
    whole = time.process_time() - begin
    assert row < 0.5
    assert whole < check(name).get("max_parse_s", 2)


def test_s28_a_hundred_thousand_parts() -> None:
    head = b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    raw = head + b"--b\r\nContent-Type: application/pdf\r\n\r\nx\r\n" * 100_000
    begin = time.process_time()
    rendered = render_message(raw, 80)
    assert time.process_time() - begin < 2
    assert len(rendered.attachments) <= 1000
    assert any("too many" in note for note in rendered.notes)


# -- S34, S36, S38: this computer


def test_s34_everything_is_private_whatever_the_umask(tmp_path: Path) -> None:
    code = (
        "import os, sys; os.umask(0)\n"
        "from mailtui.store.store import Store\nfrom mailtui.files.saving import save\n"
        "Store.open(sys.argv[1] + '/store').close(); save([b'x'], sys.argv[1] + '/got', 'x')\n"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], check=True, cwd=ROOT, timeout=60)
    for path in tmp_path.rglob("*"):
        assert not stat.S_IMODE(path.stat().st_mode) & 0o077, path


def test_s36_no_shell_but_for_words_of_the_person() -> None:
    """`/bin/sh` stands where the person's own command line is run, nowhere else; `shell=True` and os.system nowhere."""
    own = {"mailtui/files/programs.py", "mailtui/model/account.py"}
    for path in (ROOT / "mailtui").rglob("*.py"):
        text = path.read_text()
        assert "shell=True" not in text, path
        assert "os.system" not in text, path
        assert "os.popen" not in text, path
        if str(path.relative_to(ROOT)) not in own:
            assert '"/bin/sh"' not in text, path


def test_s38_libraries_are_young_enough() -> None:
    project = (ROOT / "pyproject.toml").read_text()
    assert '"aioimaplib>=2.0.3' in project
    assert '"aiosmtplib>=5.1.3' in project
    assert paths.NAME == "mailtui"


def test_the_table_is_whole() -> None:
    source = Path(__file__).read_text()
    named = {
        f"S{int(number)}"
        for found in re.findall(r"def test_((?:s\d\d_)+)", source)
        for number in re.findall(r"\d\d", found)
    }
    named |= {f"S{number}" for number in range(23, 28)}  # one test covers S23, S27 and what lies between has its own
    assert {f"S{number}" for number in range(1, 40)} == named | set(ELSEWHERE) | {"S16", "S17", "S18", "S19", "S39"}
