"""`python -m tests.fuzz.fuzz_flows`: hostile flow files, expressions and AGI.

With atheris, inputs follow the coverage of the code; without it they are mutated at random. A
failure prints the input, and `--replay FILE` runs it again.
"""

from __future__ import annotations

import argparse
import importlib
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import ModuleType
from typing import Final, cast

#: By target, the module that has it.
TARGETS: Final = {
    "expression": "flow_targets",
    "flow_file": "flow_targets",
    "agi_script": "agi_targets",
    "agi_environment": "agi_targets",
    "agi_replies": "agi_targets",
}
#: By target, the name of what inputs are made of; a flow file is made of those that are shipped.
_SEEDS: Final = {
    "expression": "EXPRESSIONS",
    "agi_script": "SCRIPTS",
    "agi_environment": "CALLERS",
    "agi_replies": "REPLIES",
}
ROOT: Final = Path(__file__).parents[2]
#: An input that takes longer is a finding.
SECONDS_PER_INPUT: Final = 10


def _module(target: str) -> ModuleType:
    return importlib.import_module(f"tests.fuzz.{TARGETS[target]}")


def target_of(name: str) -> Callable[[bytes], None]:
    """What an input is given to."""
    return cast(Callable[[bytes], None], getattr(_module(name), name))


def seeds_of(target: str) -> list[bytes]:
    """What inputs are made of."""
    if target in _SEEDS:
        return list(getattr(_module(target), _SEEDS[target]))
    scripts = sorted((ROOT / "ivr_scripts").glob("*.yaml"))
    return [path.read_bytes() for path in scripts if ".test." not in path.name]


def mutated(seeds: Sequence[bytes], draw: random.Random) -> bytes:
    """A seed with a few bytes changed, moved, doubled or left out, or two seeds in one."""
    data = bytearray(draw.choice(seeds))
    for _ in range(draw.randint(1, 8)):
        at = draw.randrange(len(data) + 1)
        length = draw.randint(1, 12)
        kind = draw.randrange(5)
        if kind == 0:
            data[at : at + length] = draw.randbytes(draw.randint(0, 4))
        elif kind == 1:
            del data[at : at + length]
        elif kind == 2:
            data[at:at] = data[at : at + length] * draw.randint(1, 20)
        elif kind == 3:
            other = draw.choice(seeds)
            start = draw.randrange(len(other) + 1)
            data[at : at + length] = other[start : start + draw.randint(0, 60)]
        else:
            data[at:at] = draw.choice([b"{", b"[", b"- ", b"&a ", b"*a", b"\n", b"(", b"'", b"\0"])
    return bytes(data)


def at_random(target: str, seconds: float, seed: int) -> int:
    """Try mutated inputs for so long; returns how many were tried."""
    draw = random.Random(seed)
    seeds = seeds_of(target)
    check = target_of(target)
    until = time.monotonic() + seconds
    tried = 0
    while time.monotonic() < until:
        data = mutated(seeds, draw)
        begun = time.monotonic()
        try:
            check(data)
            spent = time.monotonic() - begun
            assert spent < SECONDS_PER_INPUT, f"it takes {spent:.0f} s"
        except BaseException:
            print(f"{target} failed with {data!r}", file=sys.stderr)
            raise
        tried += 1
    return tried


def by_coverage(target: str, seconds: int) -> None:
    """Have atheris look for inputs; it ends the process."""
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["acdengine", "adapters"]):
        check = target_of(target)
    atheris.Setup([sys.argv[0], f"-max_total_time={seconds}"], check)
    atheris.Fuzz()


def main(argv: Sequence[str]) -> int:
    """Command line of `python -m tests.fuzz.fuzz_flows`."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzz_flows", description=__doc__)
    parser.add_argument("--target", choices=list(TARGETS), action="append")
    parser.add_argument("--seconds", type=int, default=600, help="for each target")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--engine", choices=["random", "atheris"], default="random")
    parser.add_argument("--replay", type=Path, metavar="FILE")
    options = parser.parse_args(argv)
    for target in options.target or TARGETS:
        if options.replay is not None:
            target_of(target)(options.replay.read_bytes())
        elif options.engine == "atheris":
            by_coverage(target, options.seconds)
        else:
            print(f"{target}: {at_random(target, options.seconds, options.seed):,} inputs")
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
