"""No function, method or class is left that nothing uses."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest
from vulture import Vulture

from routing.strategies import STRATEGIES

pytestmark = pytest.mark.slow

ROOT: Final = Path(__file__).parents[2]
CODE: Final = ("acdengine", "adapters", "routing", "queues", "bench", "tools", "docs", "setup.py")
#: What is called by others than our own code, or is kept for tests, and by or for what.
ALLOWED: Final = {
    "acdengine_command": "typer: the options of the command itself",
    "doctor": "typer: a command",
    "erase": "typer: a command",
    "examples": "typer: a command",
    "list_accounts": "typer: a command",
    "list_prompts": "typer: a command",
    "analyse": "typer: a group of commands",
    "load_table": "typer: a command",
    "login": "typer: a command",
    "logout": "typer: a command",
    "passwd": "typer: a command",
    "freeswitch": "typer: a group of commands",
    "import_callcenter": "typer: a command",
    "import_menus": "typer: a command",
    "simulate": "typer: a command",
    "coerce": "click: how an option's value is taken",
    "handle_error": "aiohttp: a request that cannot be read",
    "log_exception": "aiohttp: what goes into its log",
    "ignore_aliases": "PyYAML: whether it refers from one place to another",
    "_can_be_drawn": "pydantic: a validator",
    "_is_given": "pydantic: a validator",
    "_at_most_all": "pydantic: a validator",
    "_can_be_typed": "pydantic: a validator",
    "_fits_together": "pydantic: a validator",
    "_one_body": "pydantic: a validator",
    "_says_no_kind": "pydantic: a validator",
    "_one_place": "pydantic: a validator",
    "_one_action": "pydantic: a validator",
    "_two_keys": "pydantic: a validator",
    "_each_phrase_once": "pydantic: a validator",
    "_phrases_are_scores": "pydantic: a validator",
    "_one_recogniser": "pydantic: a validator",
    "_one_way": "pydantic: a validator",
    "eof_received": "asyncio: the peer has closed its side",
    "has_ext_modules": "setuptools: the wheel is for one platform",
    "run_tests": "typer: a command",
    "try_out": "typer: a command",
    "run_until": "tests: the time of the simulated switch by hand",
    "thaw": "live and contract tests: a switch that stood still goes on",
    "node_folder_with": "live tests: the JavaScript client they compare with",
    "contains": "theory: whether the exact value is inside the interval",
    "merge": "tests: Welford's sums of two halves",
    "priority_mean_waits_s": "theory: the exact formula of priorities",
    "servers_for_service_level": "theory: the staffing tables",
    "aht_s": "tests: held against the bank's own summary",
    "recorded_half_hour": "tests: held against the bank's own summary",
    "debian_folder_with": "tests: AGI scripts in Perl and PHP",
    "late_replies": "tests: replies that came after their time",
}


@pytest.fixture(scope="module")
def unused() -> dict[str, str]:
    """Names that nothing in our code uses, each with its place."""
    found = Vulture()
    found.scavenge([str(ROOT / name) for name in CODE])
    kinds = (found.unused_funcs, found.unused_methods, found.unused_classes, found.unused_props)
    found_by_module = {type(strategy).__name__ for strategy in STRATEGIES.values()}
    return {
        item.name: f"{item.filename}:{item.first_lineno}"
        for kind in kinds
        for item in kind
        if item.name not in found_by_module
    }


def test_nothing_is_unused(unused: dict[str, str]) -> None:
    assert {name: place for name, place in unused.items() if name not in ALLOWED} == {}


def test_what_is_allowed_is_still_there_and_unused(unused: dict[str, str]) -> None:
    assert [name for name in ALLOWED if name not in unused] == []
