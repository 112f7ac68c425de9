"""The top-level package names are short: nothing else in the environment may own them."""

from __future__ import annotations

from importlib import metadata

import pytest


@pytest.mark.parametrize("name", ["acdengine", "adapters", "bench", "queues", "routing"])
def test_a_top_level_name_has_one_owner(name: str) -> None:
    owners = metadata.packages_distributions().get(name, [])
    assert sorted(set(owners)) == ["acdengine"], f"{name} is provided by {owners}"
