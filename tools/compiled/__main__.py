"""`python -m tools.compiled`: the compiled build, where its sources have changed.

``environment FOLDER`` makes an environment with the compiled wheel, ``wheels FOLDER`` both wheels.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tools.compiled.environment import make
from tools.compiled.wheels import NotBuilt, build

try:
    what, folder = sys.argv[1], Path(sys.argv[2]).absolute()
    if what == "environment":
        print(make(folder))
    else:
        print(build(folder, compiled=False))
        print(build(folder, compiled=True))
except NotBuilt as problem:
    sys.exit(f"not compiled: {problem}")
