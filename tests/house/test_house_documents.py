"""The documents name what exists, and nothing in the tree names the machine it was written on."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
import tomllib
from pathlib import Path

import jsonschema
import pytest

from mailtui import __version__
from mailtui.cli import exits
from mailtui.cli.main import main
from mailtui.cli.parser import SCHEMAS, build

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text()
DOCUMENTS = ("README.md", "CHANGELOG.md", "CONTRIBUTING.md", "LICENSE", "config.example.toml")


def tracked() -> list[Path]:
    """Files under version control, or (outside of a checkout) none."""
    git = shutil.which("git")
    if git is None or not (ROOT / ".git").exists():
        pytest.skip("not a git checkout")
    done = subprocess.run([git, "ls-files", "-z"], cwd=ROOT, capture_output=True, check=True, timeout=60)
    return [ROOT / one for one in done.stdout.decode().split("\0") if one and (ROOT / one).is_file()]


def test_documents_are_there() -> None:
    for document in DOCUMENTS:
        assert (ROOT / document).stat().st_size > 500, document


def test_readme_names_every_command_and_no_other() -> None:
    parser = build()
    known = set(next(action.choices for action in parser._actions if action.dest == "command" and action.choices))
    shown = set(re.findall(r"^\| `mailtui ([a-z-]+)", README, flags=re.M))
    assert shown == known


def test_readme_commands_are_understood() -> None:
    """Every `mailtui ...` line of the README's shell blocks parses."""
    blocks = "\n".join(re.findall(r"```sh\n(.*?)```", README, flags=re.S))
    lines = re.findall(r"(?:^|/bin/|&& )mailtui([^#|&\n]*)", blocks, flags=re.M)
    assert len(lines) >= 4
    for line in lines:
        words = [word.strip("'") for word in re.findall(r"'[^']*'|\S+", line)]
        build().parse_args(words)


def test_readme_lists_every_exit_code() -> None:
    shown = {int(code) for code in re.findall(r"^\| (\d+) \|", README, flags=re.M)}
    assert shown == set(exits.MEANINGS)


def test_readme_example_of_a_message_fits_its_schema() -> None:
    block = next(one for one in re.findall(r"```json\n(.*?)```", README, flags=re.S))
    schema = json.loads((ROOT / "mailtui/cli/schema/message.json").read_text())
    for message in json.loads(block):
        assert set(message) == set(schema["properties"])
        jsonschema.Draft202012Validator(schema).validate(message)


def test_readme_config_is_good(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(next(one for one in re.findall(r"```toml\n(.*?)```", README, flags=re.S)))
    assert main(["--config", str(config), "config", "check"]) == 0


def test_readme_files_exist() -> None:
    for target in re.findall(r"\]\(([^)]+)\)", README):
        if not target.startswith(("http", "docs/screenshot")):
            assert (ROOT / target).exists(), target


def test_ci_runs_the_readmes_tests() -> None:
    script = (ROOT / ".ci/run").read_text()
    assert (ROOT / ".ci/run").stat().st_mode & 0o111
    assert "-e '.[dev,demo]'" in script
    assert "-e '.[dev,demo]'" in README
    assert "MAILTUI_REQUIRE_SERVERS=1" in script


@pytest.mark.parametrize("name", SCHEMAS)
def test_published_schemas_are_valid(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["schema", name]) == 0
    jsonschema.Draft202012Validator.check_schema(json.loads(capsys.readouterr().out))


def test_no_schema_is_left_out() -> None:
    assert {path.stem for path in (ROOT / "mailtui/cli/schema").glob("*.json")} == set(SCHEMAS)


def test_version_has_one_place() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["dynamic"] == ["version"]
    assert re.fullmatch(r"\d+\.\d+\.\d+(\.dev\d+|rc\d+)?", __version__)
    assert "## [Unreleased]" in (ROOT / "CHANGELOG.md").read_text() or f"[{__version__}]" in README


HOUSE_WORDS = re.compile(
    "|".join(
        (
            r"/work/(?:main|shared|venv)",
            r"/home/[a-z]",
            r"/opt/py" + "pi",
            r"file:///" + "opt",
            r"--index-" + "url|--extra-index" + "-url|PIP_INDEX" + "_URL",
            r"/tmp/w" + "/",
            r"/root/\.",
        )
    )
)


def test_nothing_names_the_machine_it_was_written_on() -> None:
    for path in tracked():
        if path == Path(__file__):
            continue
        try:
            text = path.read_text()
        except UnicodeDecodeError:
            continue
        found = HOUSE_WORDS.search(text)
        assert found is None, f"{path.relative_to(ROOT)}: {found and found.group()}"
