"""The live tests' own questions, to be asked of the stand-in."""

from __future__ import annotations

import importlib
from collections.abc import Mapping


def asked_of_the_standin(
    module: str, without: Mapping[str, str] | None = None
) -> dict[str, object]:
    """The tests and fixtures of a module of `tests.live`, for another module's namespace.

    Args:
        without: tests that cannot be asked of the stand-in, and why not.
    """
    asked = importlib.import_module(module)
    left_out = without or {}
    missing = [name for name in left_out if not hasattr(asked, name)]
    assert not missing, f"{module} has no {missing}"
    return {
        name: value
        for name, value in vars(asked).items()
        if name not in left_out
        and (name.startswith("test_") or type(value).__name__ == "FixtureFunctionDefinition")
    }
