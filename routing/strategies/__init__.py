"""The strategies, by name: every class in a module of this package that has a name and a pool.

A new strategy is a new module here. An unknown name is an error of the settings, never a silent
default.
"""

from __future__ import annotations

from collections.abc import Iterator
from importlib import import_module
from pkgutil import iter_modules
from typing import Final

from routing.strategies.base import Strategy


def _strategies() -> Iterator[Strategy]:
    for name in sorted(module.name for module in iter_modules(__path__)):
        module = import_module(f"{__name__}.{name}")
        for kind in vars(module).values():
            is_own = isinstance(kind, type) and kind.__module__ == module.__name__
            if is_own and isinstance(getattr(kind, "name", None), str) and hasattr(kind, "pool"):
                yield kind()


STRATEGIES: Final[dict[str, Strategy]] = {strategy.name: strategy for strategy in _strategies()}
