"""`python -m bench NAME …`: the load-test harness, one module a benchmark."""

from __future__ import annotations

import importlib
import sys
from typing import Final

#: Name on the command line to what it measures; the module of the same name has ``main(argv)``.
BENCHES: Final[dict[str, str]] = {
    "core": "whole call lives through the engine, saturated, on one core",
    "esl": "the ESL codec beside genesis and greenswitch",
    "wire": "whole calls over TCP, engine and adapter against the FreeSWITCH stand-in",
    "ivr": "callers inside menus, taken from step to step, on one core",
    "agi": "AGI scripts on legs of the stand-in, many at once: the bridge's part of a reply",
    "records": "facts into rows of a database, and what that costs the loop",
    "reports": "reports over a year of calls, beside queries written by hand",
    "journal": "what the journal costs the loop, turn by turn",
    "snapshot": "for how long a snapshot stops the loop, with more and more calls remembered",
    "replay": "a recorded day through the engine once more, compared, and with records on",
    "barge_in": "how soon a key silences a prompt of a shipped flow on a real FreeSWITCH",
    "freeswitch": "calls given to agents on a real FreeSWITCH, beside mod_callcenter",
}


def main(argv: list[str]) -> int:
    """Run one benchmark; returns its exit status."""
    if not argv or argv[0] not in BENCHES:
        print("usage: python -m bench NAME [options]\n", file=sys.stderr)
        for name, what in BENCHES.items():
            print(f"  {name:12} {what}", file=sys.stderr)
        return 2
    module = importlib.import_module(f"bench.{argv[0]}")
    status: int = module.main(argv[1:])
    return status


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
