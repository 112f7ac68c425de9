"""How often the steps of a flow were taken, by a file of facts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

import msgspec

#: What a line of interest holds, whatever else is in it.
_MARK: Final = b'"FlowStepLeft"'


class _Line(msgspec.Struct):
    """What is read of a fact."""

    type: str = ""
    flow_id: str = ""
    step: str = ""
    way: str = ""


class OtherFacts(Exception):
    """Why a file does not tell how often steps were taken, in words."""


def taken_in(files: Iterable[Path], flow: str, tenant: str = "") -> Counter[tuple[str, str]]:
    """Step and way of a flow to how often they were taken.

    Args:
        files: of facts, a line of JSON each; lines that are not whole are left out.
        flow: its name without the tenant.
        tenant: whose; needed where several have a flow of this name.

    Raises:
        OtherFacts: no caller was in the flow, or callers of several tenants were.
        OSError: a file cannot be read.
    """
    by_tenant: dict[str, Counter[tuple[str, str]]] = {}
    seen: dict[str, None] = {}
    for fact in _facts(files):
        owner, _, name = fact.flow_id.rpartition("/")
        seen[fact.flow_id] = None
        if name == flow and tenant in ("", owner):
            by_tenant.setdefault(owner, Counter())[fact.step, fact.way] += 1
    if not by_tenant:
        there = ", ".join(sorted(seen)) or "no flow"
        raise OtherFacts(f"there are no facts of the flow '{flow}', only of {there}")
    if len(by_tenant) > 1:
        raise OtherFacts(f"there are facts of {', '.join(sorted(by_tenant))}: which tenant?")
    return next(iter(by_tenant.values()))


def _facts(files: Iterable[Path]) -> Iterator[_Line]:
    decoder = msgspec.json.Decoder(_Line)
    for file in files:
        with file.open("rb") as lines:
            for line in lines:
                if _MARK not in line:
                    continue
                try:
                    fact = decoder.decode(line)
                except msgspec.DecodeError:
                    continue
                if fact.type == "FlowStepLeft":
                    yield fact
