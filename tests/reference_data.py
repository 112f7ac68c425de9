"""Where the reference data lies: beside the checkout, since it may not be passed on with it."""

from __future__ import annotations

from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
REFERENCE = ROOT.parent / "shared" / "data"


def reference(name: str) -> Path:
    """The path of one file of the reference data; skips the test where it is absent."""
    path = REFERENCE / name
    if not path.exists():
        pytest.skip(f"no reference data: {path} is not there")
    return path
