"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import Phase, settings

# Fixed examples by default: a green run stays green. HYPOTHESIS_PROFILE=explore searches on.
# No "explain" phase: with state machines it takes longer than a test may hang.
PHASES = (Phase.explicit, Phase.reuse, Phase.generate, Phase.target, Phase.shrink)
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True, phases=PHASES)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
