"""Why a call waits, went where it went, and got that agent: told from facts and state."""

from __future__ import annotations

from acdengine.engine.explain.answer import explain
from acdengine.engine.explain.explanation import Explanation

__all__ = ["Explanation", "explain"]
