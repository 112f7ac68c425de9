"""Entry of `python -m tools.compiled`."""

from __future__ import annotations

import sys

from tools.compiled.build import NotCompiled, build

try:
    print(build())
except NotCompiled as problem:
    print(f"the engine runs as plain Python: {problem}", file=sys.stderr)
    sys.exit(1)
