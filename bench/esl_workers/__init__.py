"""Programs that read one stream of events over and over, each with another client's codec.

Each runs in an interpreter of its own, the peers' in environments of their own, so none may import
anything of ours. What they are given and answer is written down in `loop.py`.
"""

from __future__ import annotations
