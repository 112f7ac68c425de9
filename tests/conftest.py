"""What holds for every test."""

from __future__ import annotations

import os

from hypothesis import settings

# Fixed examples by default: a green run stays green. HYPOTHESIS_PROFILE=explore searches on.
settings.register_profile("fixed", deadline=None, derandomize=True, print_blob=True)
settings.register_profile("explore", deadline=None, max_examples=2000, print_blob=True)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "fixed"))
