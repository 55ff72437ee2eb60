"""Python source as a tree, in a process where much has happened before."""

from __future__ import annotations

import ast
import gc
from pathlib import Path


def tree_of(path: Path) -> ast.Module:
    """The module at `path`.

    Garbage waits: what is collected in the middle may write a traceback, for which Python 3.11 parses again, and of
    parsing within parsing it makes a SystemError (python/cpython#106905)."""
    source = path.read_text()
    gc.disable()
    try:
        return ast.parse(source)
    finally:
        gc.enable()
