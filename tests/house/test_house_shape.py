"""The size and form of the house: rooms say what they know, modules and functions stay small, families can travel."""

from __future__ import annotations

import ast
import dataclasses
import pickle
import typing
from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from types import UnionType
from typing import Any

import pytest

from mailtui.model import changes, facts, intents
from tests.support.parsing import tree_of

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "mailtui").rglob("*.py"))
ROOMS = [path for path in MODULES if path.name == "__init__.py" and path.parent != ROOT / "mailtui"]

WISHED_LINES, MOST_LINES = 400, 600
WISHED_FUNCTION, MOST_FUNCTION = 40, 60
MOST_APP = 250
LONG_SHARE = 0.02
"""Share of functions that may be longer than wished."""


def name(path: Path) -> str:
    return str(path.relative_to(ROOT))


def functions(path: Path) -> Iterator[tuple[str, int]]:
    """Every function with its length in lines, from `def` to its end, without its docstring."""
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            length = (node.end_lineno or node.lineno) - node.lineno + 1
            if ast.get_docstring(node) is not None:
                words = node.body[0]
                length -= (words.end_lineno or words.lineno) - words.lineno + 1
            yield f"{name(path)}:{node.lineno} {node.name}", length


def test_modules_stay_small() -> None:
    lengths = {name(path): len(path.read_text().splitlines()) for path in MODULES}
    assert {module: lines for module, lines in lengths.items() if lines > MOST_LINES} == {}
    wide = [module for module, lines in lengths.items() if lines > WISHED_LINES]
    assert len(wide) <= 3, wide


def test_functions_stay_small() -> None:
    """The sample letters of the demo are prose, not code."""
    lengths = dict(each for path in MODULES if "samples" not in path.parts for each in functions(path))
    assert {function: lines for function, lines in lengths.items() if lines > MOST_FUNCTION} == {}
    long = {function: lines for function, lines in lengths.items() if lines > WISHED_FUNCTION}
    assert len(long) <= max(3, LONG_SHARE * len(lengths)), long


def test_classes_are_no_gods() -> None:
    for path in MODULES:
        for node in ast.walk(tree_of(path)):
            if isinstance(node, ast.ClassDef):
                methods = [one for one in node.body if isinstance(one, ast.FunctionDef | ast.AsyncFunctionDef)]
                assert len(methods) <= 35, f"{name(path)} {node.name}: {len(methods)} methods"


def test_app_stays_thin() -> None:
    app = ROOT / "mailtui/ui/app.py"
    assert len(app.read_text().splitlines()) <= MOST_APP


def test_no_room_for_leftovers() -> None:
    banned = {"utils", "util", "helpers", "helper", "misc", "common", "manager", "managers"}
    assert [name(path) for path in MODULES if {path.stem, *path.relative_to(ROOT).parts} & banned] == []


@pytest.mark.parametrize("path", ROOMS, ids=name)
def test_every_room_says_what_it_knows_and_holds_no_code(path: Path) -> None:
    tree = tree_of(path)
    words = ast.get_docstring(tree) or ""
    assert len(tree.body) == 1, "an __init__ holds its docstring only"
    assert "knows" in words.lower(), "the docstring says what the room knows"
    assert "never" in words.lower(), "the docstring says what the room never does"


def test_every_module_says_what_it_is() -> None:
    assert [name(path) for path in MODULES if not ast.get_docstring(tree_of(path))] == []


def test_test_files_have_names_of_their_own() -> None:
    seen: dict[str, Path] = {}
    for path in (ROOT / "tests").rglob("test_*.py"):
        assert path.name not in seen, f"{path} and {seen[path.name]}"
        seen[path.name] = path


FAMILIES = [intents.Intent, intents.Wish, intents.PendingIntent, facts.Fact, changes.Change]
MEMBERS = [one for family in FAMILIES for one in (typing.get_args(family) or (family,))]


def example(hint: Any) -> Any:
    """A value for a type hint."""
    origin, inner = typing.get_origin(hint), typing.get_args(hint)
    if isinstance(hint, typing.NewType):
        return example(hint.__supertype__)
    if origin is typing.Union or isinstance(hint, UnionType):
        return example(inner[0])
    if origin is tuple:
        return (example(inner[0]),) if inner[-1] is Ellipsis else tuple(example(one) for one in inner)
    if origin is frozenset:
        return frozenset({example(inner[0])})
    if isinstance(hint, type) and issubclass(hint, Enum):
        return next(iter(hint))
    if dataclasses.is_dataclass(hint) or hasattr(hint, "_fields"):
        hints = typing.get_type_hints(hint)
        return hint(**{field: example(hints[field]) for field in fields(hint)})
    return hint()


def fields(kind: Any) -> tuple[str, ...]:
    if dataclasses.is_dataclass(kind):
        return tuple(field.name for field in dataclasses.fields(kind))
    found: tuple[str, ...] = kind._fields
    return found


@pytest.mark.parametrize("kind", MEMBERS, ids=lambda kind: str(kind.__name__))
def test_messages_can_travel_between_processes(kind: Any) -> None:
    """Intents, Wishes, Facts and Changes are frozen, slotted, equal by value, and survive pickling."""
    value = example(kind)
    assert pickle.loads(pickle.dumps(value)) == value
    assert hash(value) == hash(example(kind))
    assert not hasattr(value, "__dict__")
    with pytest.raises(dataclasses.FrozenInstanceError):
        setattr(value, fields(kind)[0], None)
