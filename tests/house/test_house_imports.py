"""Who may import whom: the contracts of pyproject.toml, and what a command really loads."""

from __future__ import annotations

import resource
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


def test_contracts() -> None:
    """import-linter over the whole tree."""
    program = Path(sys.executable).parent / "lint-imports"
    done = subprocess.run([str(program)], cwd=ROOT, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


def loaded(code: str) -> set[str]:
    """Names of the modules that an interpreter has after `code`."""
    script = f"import sys\n{code}\nsys.stdout.flush()\nprint('\\n@' + ' '.join(sys.modules))"
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, timeout=60, check=True
    )
    return set(done.stdout.rpartition("@")[2].split())


def roots(modules: set[str]) -> set[str]:
    return {name.partition(".")[0] for name in modules}


def test_help_loads_nothing_heavy() -> None:
    names = loaded("from mailtui.cli.main import main\nmain(['--help'])")
    heavy = {"textual", "rich", "asyncio", "sqlite3", "ssl", "socket", "aioimaplib", "aiosmtplib", "email", "logging"}
    assert not roots(names) & heavy
    assert {name for name in names if name.startswith("mailtui")} == {
        "mailtui",
        "mailtui.cli",
        "mailtui.cli.main",
        "mailtui.cli.parser",
    }


def test_help_is_quick() -> None:
    """CPU time of `--help` beyond an interpreter that only parses arguments; the least of five counts."""

    def children() -> float:
        usage = resource.getrusage(resource.RUSAGE_CHILDREN)
        return usage.ru_utime + usage.ru_stime

    def least(code: str) -> float:
        spent = []
        for _ in range(5):
            before = children()
            subprocess.run([sys.executable, "-c", code], cwd=ROOT, stdout=subprocess.DEVNULL, check=True, timeout=60)
            spent.append(children() - before)
        return min(spent)

    ours = least("from mailtui.cli.main import main\nmain(['--help'])")
    bare = least("import argparse\nargparse.ArgumentParser().format_help()")
    assert ours - bare < 0.060


COMMANDS = (
    "screen", "folders", "messages", "show", "sync", "upkeep", "reindexing", "doctor",
    "checks_local", "checks_server", "progress", "choose", "session", "acting", "asking", "folder_commands", "history",
    "ledger", "recovering", "bringing", "picking", "telling", "flag_words", "attached", "outbox", "sending", "sendmail",
    "sendmail_words", "pop", "classifying", "unsubscribing", "ruling", "resending",
    "setting_up",
)  # fmt: skip


@pytest.mark.parametrize("module", COMMANDS)
def test_no_command_loads_textual(module: str) -> None:
    assert not roots(loaded(f"import mailtui.cli.{module}")) & {"textual", "rich"}


def test_list_of_commands_is_complete() -> None:
    """Every module of cli that holds a command is looked at above."""
    plain = {"__init__", "main", "parser", "output", "shape", "exits", "finding"}
    assert {path.stem for path in (ROOT / "mailtui/cli").glob("*.py")} - plain == set(COMMANDS)


@pytest.mark.parametrize(
    "words",
    [
        ["--config", "config.example.toml", "config", "check"],
        ["--config", "/nonexistent.toml", "folders"],
        ["--config", "config.example.toml", "list", "-f", "inbox"],
        ["--config", "config.example.toml", "search", "x", "--json"],
        ["--config", "config.example.toml", "archive", "x"],
        ["--config", "config.example.toml", "undo"],
        ["schema", "message"],
        ["version"],
    ],
)
def test_commands_run_without_textual_or_network(words: list[str]) -> None:
    names = roots(loaded(f"from mailtui.cli.main import main\nmain({words!r})"))
    assert not names & {"textual", "rich", "aioimaplib", "aiosmtplib"}


def test_boot_and_engine_load_no_textual() -> None:
    assert not roots(loaded("import mailtui.boot, mailtui.engine.assembly")) & {"textual", "rich"}
