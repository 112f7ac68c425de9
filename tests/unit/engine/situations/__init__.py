"""Every situation that a call, an offer, a callback or an agent can be in, reached by a story.

The full matrix of situations and events (`test_matrix.py`) starts from these.
"""

from __future__ import annotations

from typing import Final

from tests.unit.engine.situations import agents, callbacks, calls, changes, consults
from tests.unit.engine.situations.telling import Stories

SITUATIONS: Final = Stories(
    calls.STORIES | consults.STORIES | callbacks.STORIES | agents.STORIES | changes.STORIES
)
