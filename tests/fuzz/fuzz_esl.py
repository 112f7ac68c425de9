"""Fuzzing the event socket: `python -m tests.fuzz.fuzz_esl --seconds 600`.

With atheris where it is installed, which follows the coverage of the code; otherwise with
hypothesis, with another seed in every round. A finding is printed with what repeats it, and the
exit code is not 0.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import resource
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st

Check = Callable[[bytes], None]

#: Any input is worked on in far less; more means that something grows without end.
MAX_MEMORY_BYTES = 2 * 1024**3
SECONDS_PER_INPUT = 10
ROUND_EXAMPLES = 500

CORPUS = [
    b"\x06Content-Type: auth/request\n\nContent-Type: command/reply\nReply-Text: +OK\n\n",
    b"\xffContent-Length: 19\nContent-Type: text/event-json\n\n" + b'{"Unique-ID":"leg"}',
    b"\x00Content-Length: 40\nContent-Type: text/event-plain\n\n"
    + b"Unique-ID: a%0Ab\nContent-Length: 3\n\n+OK",
    b"\x10Content-Type: api/response\nContent-Length: 4\n\n-ERR",
    b"evil'\\',}{[:_:${x}ARRAY::^^;unload mod_event_socket",
]
PIECES = [
    b"Content-Type: ", b"Content-Length: ", b"text/event-json", b"text/event-plain", b"\n", b"\n\n",
    b"command/reply", b"api/response", b"1", b"9", b"40", b"4001", b"-", b'{"Unique-ID":"', b'"}',
    b"Event-Sequence: ", b"ARRAY::", b"|:", b"_undef_", b"%", b"%0A", b"%FF", b"\\ud800", b"\xff",
    b"\0", b"[", b"]", b"{", b"}", b"'", b"\\", b",", b"|", b":_:", b"${", b"^^", b"=", b" ", b"$",
    b"unload mod_event_socket", b"origination_nested_vars=true", "é汉".encode(),
]  # fmt: skip
inputs = st.one_of(
    st.lists(st.one_of(st.sampled_from(PIECES), st.binary(max_size=6)), max_size=40).map(b"".join),
    st.binary(max_size=400),
    st.tuples(st.sampled_from(CORPUS), st.binary(max_size=20)).map(b"".join),
)


def main(argv: Sequence[str] | None = None) -> int:
    """Fuzz for a while; 0 when nothing was found."""
    parser = argparse.ArgumentParser(prog="python -m tests.fuzz.fuzz_esl", description=__doc__)
    parser.add_argument("--seconds", type=float, default=600.0)
    parser.add_argument("--engine", choices=["auto", "atheris", "hypothesis"], default="auto")
    arguments = parser.parse_args(argv)
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY_BYTES * 2, resource.RLIM_INFINITY))
    has_atheris = importlib.util.find_spec("atheris") is not None
    if arguments.engine == "atheris" or (arguments.engine == "auto" and has_atheris):
        return _with_atheris(arguments.seconds)
    return with_hypothesis(arguments.seconds, _checks())


def _checks() -> list[Check]:
    targets = importlib.import_module("tests.fuzz.esl_targets")
    return [targets.check_codec, targets.check_quoting]


def with_hypothesis(seconds: float, checks: Sequence[Check]) -> int:
    """Rounds of random inputs until the time is over."""
    end_s = time.monotonic() + seconds
    rounds = inputs_seen = 0
    while time.monotonic() < end_s:
        rounds += 1

        @seed(rounds)
        @settings(
            max_examples=ROUND_EXAMPLES,
            derandomize=False,
            database=None,
            deadline=SECONDS_PER_INPUT * 1000,
            phases=[Phase.generate, Phase.shrink],
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        )
        @given(inputs)
        def one_round(data: bytes) -> None:
            nonlocal inputs_seen
            if time.monotonic() >= end_s:
                return
            inputs_seen += 1
            for check in checks:
                check(data)

        try:
            one_round()
        except Exception as error:  # noqa: BLE001 - whatever it is, it is a finding
            print(f"round {rounds}: {error!r}", *getattr(error, "__notes__", []), sep="\n")
            return 1
    print(f"hypothesis: {inputs_seen} inputs in {rounds} rounds, nothing found")
    return 0


def _with_atheris(seconds: float) -> int:
    atheris = importlib.import_module("atheris")
    with atheris.instrument_imports(include=["adapters"]):
        checks = _checks()

    def one_input(data: bytes) -> None:
        for check in checks:
            check(data)

    with tempfile.TemporaryDirectory() as folder:
        for number, data in enumerate(CORPUS):
            Path(folder, f"seed-{number}").write_bytes(data)
        options = [
            f"-max_total_time={max(1, int(seconds))}",
            f"-rss_limit_mb={MAX_MEMORY_BYTES // 1024**2}",
            f"-timeout={SECONDS_PER_INPUT}",
            "-max_len=8192",
            "-print_final_stats=1",
        ]
        atheris.Setup([sys.argv[0], *options, folder], one_input)
        atheris.Fuzz()  # ends the process by itself, with a code that is not 0 after a finding
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
