"""The words of the command line. Only argparse is loaded here: `--help` must be quick."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, cast

from mailtui import __version__

SCHEMAS = (
    "message", "folder", "shown-message", "attachments", "saved", "action", "history", "ledger", "recover",
    "outbox", "sent", "sync-event", "maildrop", "doctor", "config", "reindex", "import", "verdict", "unsubscribed",
    "rule", "caught", "sieve",
)  # fmt: skip

_EPILOG = """\
Without a command mailtui opens on the screen. `mailtui COMMAND --help` tells more about one.

exit codes: 0 done, 1 failed, 2 wrong words or config, 3 not found, 4 login refused, 5 no trustworthy TLS,
            6 store unusable, 75 try later, 130 interrupted
"""


def build(only: str = "") -> argparse.ArgumentParser:
    """Every command's `run` default is "module:function", loaded by `main`. `only`: the words of this command are all
    that is needed (making all of them takes longer than many a command); if there is no such one, all are made."""
    parser = argparse.ArgumentParser(
        prog="mailtui",
        description="A fast, safe mail client for the terminal.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    parser.add_argument("--config", metavar="FILE", help="read this config file (default: see `mailtui config path`)")
    parser.add_argument("--debug", action="store_true", help="show where an unexpected error comes from")
    parser.add_argument("--version", action="version", version=f"mailtui {__version__}")
    parser.set_defaults(run="screen:run", json=False)
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", dest="command", action=Chosen)
    assert isinstance(commands, Chosen)
    commands.only = only
    for add in (_add_reading, _add_acting, _add_sending, _add_folder, _add_rules, _add_history, _add_upkeep):
        add(commands)
    return parser if commands.choices else build()


Commands = argparse._SubParsersAction  # its only name


class Chosen(argparse._SubParsersAction):  # type: ignore[type-arg]
    """Makes the parser of one command, and nothing for the others."""

    only = ""

    def add_parser(self, name: str, **words: Any) -> argparse.ArgumentParser:
        if self.only and name != self.only:
            return cast("argparse.ArgumentParser", _Nobody())
        made: argparse.ArgumentParser = super().add_parser(name, **words)
        return made


class _Nobody:
    """Takes every word and keeps none."""

    def __getattr__(self, name: str) -> Callable[..., _Nobody]:
        return lambda *words, **more: self


def _add_reading(commands: Commands[argparse.ArgumentParser]) -> None:
    folders = _command(commands, "folders", "list folders with their counts", "folders:run")
    _account(folders)
    listing = _command(commands, "list", "list the messages of a folder, newest first", "messages:run_list")
    listing.add_argument(
        "-f",
        "--folder",
        required=True,
        help="name of the folder, or its role: inbox, sent, drafts, archive, junk, trash, advertising",
    )
    _account(listing)
    _limit(listing)
    search = _command(commands, "search", "find messages, newest first", "messages:run_search")
    search.add_argument("query", nargs="+", help='words and terms such as from:anna, subject:"the plan", is:unread')
    search.add_argument("-f", "--folder", help="only in this folder (name or role)")
    _account(search)
    _limit(search)
    show = _command(commands, "show", "print one message", "show:run", json=False)
    show.add_argument("id", help="the message's id, as `list` and `search` print it")
    form = show.add_mutually_exclusive_group()
    form.add_argument("--raw", action="store_true", help="its exact bytes")
    form.add_argument("--json", action="store_true", help="print JSON (see `mailtui schema shown-message`)")
    classify = _command(commands, "classify", "say whether a message looks like spam or advertising", "classifying:run")
    classify.add_argument("id", help="the message's id")
    classify.add_argument("--why", action="store_true", help="every point of it, and the ways off its list")
    leave = _command(commands, "unsubscribe", "leave the list that a message came by", "unsubscribing:run")
    leave.add_argument("id", help="the message's id")
    leave.add_argument("--show", action="store_true", help="only say how it would be done")
    _yes(leave)
    attached = _command(commands, "attachments", "list what is attached to a message", "attached:run_list")
    attached.add_argument("id", help="the message's id, as `list` and `search` print it")
    save = _command(commands, "save", "save attachments of a message", "attached:run_save")
    save.add_argument("id", help="the message's id")
    save.add_argument("parts", nargs="*", metavar="PART", help="number or name, as `attachments` prints it; none: all")
    save.add_argument("--to", metavar="DIR", help="folder to save in (default: [general] downloads)")


_FILING = (
    ("archive", "move messages to Archive", "acting:run_filing"),
    ("delete", "move messages to Trash, or delete them for ever", "acting:run_delete"),
    ("spam", "mark messages as spam and move them to Junk", "acting:run_filing"),
    ("not-spam", "take messages out of Junk, into Inbox", "acting:run_filing"),
    ("advertising", "move messages to Advertising", "acting:run_filing"),
    ("not-advertising", "take messages out of Advertising, into Inbox", "acting:run_filing"),
)


def _add_acting(commands: Commands[argparse.ArgumentParser]) -> None:
    flag = _command(commands, "flag", "mark messages", "acting:run_flag")
    names = "seen, flagged, answered, draft, forwarded, or any keyword (may be repeated)"
    flag.add_argument("--add", action="append", default=[], metavar="NAME", help=f"put this flag on: {names}")
    flag.add_argument("--remove", action="append", default=[], metavar="NAME", help="take this flag off")
    _messages(flag)
    for name, words in (("move", "move messages to a folder"), ("copy", "copy messages to a folder")):
        parser = _command(commands, name, words, f"acting:run_{name}")
        parser.add_argument("--to", required=True, metavar="FOLDER", help="name of the folder, or its role")
        _messages(parser)
    for name, words, run in _FILING:
        parser = _command(commands, name, words, run)
        if name == "delete":
            parser.add_argument("--forever", action="store_true", help="off the server, also what lies in Trash")
            _yes(parser)
        _messages(parser)


def _add_sending(commands: Commands[argparse.ArgumentParser]) -> None:
    send = _command(commands, "send", "send the message (RFC 5322) that comes on stdin", "sending:run_send")
    send.add_argument("--at", metavar="WHEN", help='send it later: "18:00", "tomorrow 9", "in 2h", "2026-12-24 18:00"')
    _account(send)
    again = _command(commands, "resend", "send a message again, unchanged, to somebody else", "resending:run")
    again.add_argument("id", metavar="ID", help="as `list` and `search` print it")
    again.add_argument("--to", action="append", default=[], required=True, metavar="ADDRESS", help="may be repeated")
    again.add_argument("--cc", action="append", default=[], metavar="ADDRESS")
    again.add_argument("--bcc", action="append", default=[], metavar="ADDRESS")
    again.add_argument("--at", metavar="WHEN", help="as for `send`")
    _account(again)
    mail = _command(commands, "sendmail", "stand in for sendmail(8)", "sendmail:run", json=False)
    mail.usage = "mailtui sendmail [-t] [-i] [-f ADDRESS] [-F NAME] [-bm|-bp] [--account NAME] [ADDRESS ...]"
    mail.add_argument(
        "words", nargs="*", metavar="...", help="as sendmail takes them; what means nothing here is ignored"
    )
    compose = _command(
        commands, "compose", "write a message: on the screen, or from these words", "sending:run_compose"
    )
    compose.add_argument("to", nargs="*", metavar="TO", help="addresses, or a mailto: link")
    compose.add_argument("--cc", action="append", default=[], metavar="ADDRESS")
    compose.add_argument("--bcc", action="append", default=[], metavar="ADDRESS")
    compose.add_argument("--subject", metavar="TEXT")
    compose.add_argument("--body", metavar="FILE", help="the text; `-`: from stdin")
    compose.add_argument("--template", metavar="NAME", help="begin with this text of the config")
    compose.add_argument("--attach", action="append", default=[], metavar="FILE", help="may be repeated")
    compose.add_argument("--markdown", action="store_true", help="the text is Markdown: HTML goes along")
    end = compose.add_mutually_exclusive_group()
    end.add_argument("--send", action="store_true", help="send it")
    end.add_argument("--draft", action="store_true", help="save it in Drafts")
    _account(compose)
    drafts = _command(commands, "drafts", "list drafts, newest first", "outbox:run_drafts")
    _account(drafts)
    _limit(drafts)
    _add_outbox(commands)


def _add_outbox(commands: Commands[argparse.ArgumentParser]) -> None:
    outbox = _command(commands, "outbox", "list what is on its way out, oldest first", "outbox:run_list")
    outbox.add_argument("--all", action="store_true", help="also what was sent in the last week")
    _account(outbox)
    what = outbox.add_subparsers(title="what", metavar="WHAT", dest="what")
    for name, words in (
        ("cancel", "don't send: back to Drafts"),
        ("now", "don't wait any longer"),
        ("again", "send it again to those who were refused or are unsure"),
        ("settle", "it is well as it is: unsure ones count as sent, refused ones are given up"),
    ):
        parser = _command(what, name, words, "outbox:run_order", json=False)
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        parser.add_argument("ids", nargs="+", metavar="ID", help="number of the message, as `mailtui outbox` prints")


def _add_folder(commands: Commands[argparse.ArgumentParser]) -> None:
    folder = commands.add_parser(
        "folder", help="make, rename, delete folders", description="Make, rename, delete folders.", allow_abbrev=False
    )
    what = folder.add_subparsers(title="what", metavar="WHAT", dest="what", required=True)
    for name, words in (
        ("create", "make a folder"),
        ("rename", "rename a folder, with all below it"),
        ("delete", "delete a folder with the mail in it"),
        ("subscribe", "subscribe to a folder"),
        ("unsubscribe", "unsubscribe from a folder"),
    ):
        parser = _command(what, name, words, f"folder_commands:run_{name}")
        parser.add_argument("name", metavar="NAME", help="full name" if name == "create" else "its name or role")
        if name == "rename":
            parser.add_argument("new", metavar="NEW", help="its new name, in full")
        if name == "delete":
            _yes(parser)
        _account(parser)


def _add_rules(commands: Commands[argparse.ArgumentParser]) -> None:
    rules = commands.add_parser(
        "rules",
        help="list, rehearse, apply or export the rules of config.toml",
        description="List, rehearse, apply or export the rules of config.toml.",
        allow_abbrev=False,
    )
    what = rules.add_subparsers(title="what", metavar="WHAT", dest="what", required=True)
    _command(what, "list", "list the rules", "ruling:run_list")
    for name, words in (
        ("test", "list what the rules would catch and do; change nothing"),
        ("apply", "do to mail that is here what the rules say, as one step of the history"),
        ("export", "print the rules as Sieve (RFC 5228)"),
    ):
        parser = _command(what, name, words, f"ruling:run_{name}")
        parser.add_argument("name", nargs="?", metavar="NAME", help="only this rule")
        if name != "export":
            parser.add_argument("-f", "--folder", help="mail of this folder, name or role (default: the Inbox)")
        _account(parser)


def _add_history(commands: Commands[argparse.ArgumentParser]) -> None:
    for name, words in (("undo", "take back what was done last"), ("redo", "do again what was undone last")):
        parser = _command(commands, name, words, f"history:run_{name}")
        which = parser.add_mutually_exclusive_group() if name == "undo" else parser
        which.add_argument("count", nargs="?", type=_steps, default=1, metavar="N", help="so many steps (default 1)")
        if name == "undo":
            which.add_argument("--step", type=_steps, metavar="ID", help="only this step of `mailtui history`")
    history = _command(commands, "history", "list what was done, newest first", "history:run_history")
    _limit(history, "steps")
    ledger = _command(
        commands, "ledger", "list operations that wait for the server, or that it refused", "ledger:run_list"
    )
    _account(ledger)
    what = ledger.add_subparsers(title="what", metavar="WHAT", dest="what")
    for name, words in (("retry", "ask the server again"), ("discard", "give an operation up")):
        parser = _command(what, name, words, f"ledger:run_{name}", json=False)
        parser.add_argument("--json", action="store_true", default=argparse.SUPPRESS, help="print JSON")
        parser.add_argument("ids", nargs="+", metavar="ID", help="number of the operation, as `mailtui ledger` prints")
    recover = _command(commands, "recover", "list mail that left its server, or bring it back", "recovering:run")
    recover.add_argument("ids", nargs="*", metavar="ID", help="bring these back; `-`: ids from stdin")
    _account(recover)
    _limit(recover, "copies")


def _add_upkeep(commands: Commands[argparse.ArgumentParser]) -> None:
    sync = _command(commands, "sync", "fetch mail and send waiting changes", "sync:run")
    sync.add_argument("-a", "--account", action="append", default=[], help="only this account (may be repeated)")
    when = sync.add_mutually_exclusive_group()
    when.add_argument("--once", action="store_true", help="one round, then end (the default)")
    when.add_argument("--watch", action="store_true", help="go on until interrupted")
    pop = commands.add_parser(
        "pop", help="look at POP3 maildrops", description="Look at POP3 maildrops.", allow_abbrev=False
    )
    what = pop.add_subparsers(title="what", metavar="WHAT", dest="what", required=True)
    status = _command(what, "status", "list what lies on the server, and when it is deleted there", "pop:run_status")
    _account(status)
    _command(commands, "reindex", "build the index anew from the mail on disk", "upkeep:run_reindex")
    bring = _command(commands, "import", "copy mail of another program into a local account", "bringing:run")
    bring.add_argument(
        "path", nargs="?", metavar="PATH", help="a maildir or an mbox file (default: the account's `path`)"
    )
    bring.add_argument("-f", "--folder", metavar="NAME", help="put it into this folder, folders in it below")
    _account(bring)
    doctor = _command(
        commands, "doctor", "check config, servers and store; say how to mend what is broken", "doctor:run"
    )
    _account(doctor)
    _add_setup(commands)
    config = _command(commands, "config", "look at the configuration", "upkeep:run_config")
    config.add_argument("what", choices=("check", "path"), help="check: is it right; path: where is it")
    _command(
        commands,
        "demo",
        "try mailtui with sample mail; needs no account, leaves nothing behind",
        "screen:demo",
        json=False,
    )
    schema = _command(
        commands, "schema", "print the JSON Schema of what --json prints", "upkeep:run_schema", json=False
    )
    schema.add_argument("name", nargs="?", choices=SCHEMAS, help="without a name: list them")
    _command(commands, "version", "print the version", "upkeep:run_version")


def _add_setup(commands: Commands[argparse.ArgumentParser]) -> None:
    setup = _command(
        commands, "setup", "set up a first account: finds servers, tries the login", "setting_up:run", json=False
    )
    setup.add_argument("--email", metavar="ADDRESS", help="your address; what is not given is asked")
    setup.add_argument("--name", metavar="TEXT", help="your name as others see it")
    setup.add_argument("--account", metavar="NAME", help="name of the account (default: made from the address)")
    incoming = setup.add_mutually_exclusive_group()
    incoming.add_argument("--imap", metavar="SERVER", help='host, host:port, "host:port starttls"; default: found')
    incoming.add_argument("--pop3", metavar="SERVER", help="the same, for an account that is fetched by POP3")
    setup.add_argument("--smtp", metavar="SERVER", help="the same, for sending")
    setup.add_argument("--user", metavar="LOGIN", help="login name (default: the address)")
    secret = setup.add_mutually_exclusive_group()
    secret.add_argument("--password-command", metavar="COMMAND", help="program that prints the password")
    secret.add_argument("--token-command", metavar="COMMAND", help="program that prints an OAuth 2 token")
    secret.add_argument("--keyring", action="store_true", help="keep the password (asked, or stdin) in the keyring")
    secret.add_argument("--in-file", action="store_true", help="keep it in config.toml, which you alone can read")
    setup.add_argument("--ca-file", metavar="FILE", help="PEM file, if the servers have an authority of their own")
    setup.add_argument("--untested", action="store_true", help="write it without trying the logins")


def _command(
    commands: Commands[argparse.ArgumentParser], name: str, words: str, run: str, *, json: bool = True
) -> argparse.ArgumentParser:
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=words, description=words[0].upper() + words[1:] + ".", allow_abbrev=False
    )
    parser.set_defaults(run=run)
    if json:
        parser.add_argument("--json", action="store_true", help="print JSON (see `mailtui schema`)")
    return parser


def _account(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("-a", "--account", help="only this account")


def _messages(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "ids",
        nargs="+",
        metavar="ID",
        help="ids as `list` and `search` print them; `-`: from stdin, one per line or as their JSON",
    )
    _account(parser)


def _yes(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--yes", action="store_true", help="don't ask")


def _limit(parser: argparse.ArgumentParser, what: str = "messages") -> None:
    parser.add_argument("--limit", type=_count, default=50, metavar="N", help=f"at most N {what}, 0: all (default 50)")


def _count(word: str) -> int:
    if not word.isascii() or not word.isdigit() or len(word) > 9:
        raise argparse.ArgumentTypeError(f"'{word}' is not a number")
    return int(word)


def _steps(word: str) -> int:
    number = _count(word)
    if number == 0:
        raise argparse.ArgumentTypeError("0 is no step")
    return number
