"""Hostile callers: display names with injected commands, and calls whose offers always fail."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, NamedTuple

from acdengine.events import OfferCause

#: Numbers, names and parts of ids, each of which has been more than a text somewhere.
WORDS: Final = (
    "reload-mod_event_socket", "unload mod_event_socket", "anonymous", "", "+", "49", "0" * 300,
    "${system(id)}", "$${base_dir}", "'; api shutdown '", "x\n\napi shutdown\n\n", "a\r\nX-Evil: 1",
    "\x00", "\x1b[2J\x1b]0;owned\x07", "{acd_agent_id=t1/a}", "]{x=y}[", "|loopback/9", ",", ":_:",
    "../../etc/passwd", "/dev/null", "=cmd|'/c calc'!A1", "<script>", "{{7*7}}", "%s%n", "汉🙂é",
    "t1/a1", "c1", "c1-1", "line-1-1", "undef", "ARRAY::a|:b", '"', "\\", "a b", "\u202e", "\u2028",
)  # fmt: skip
#: Causes with which the offers of an undeliverable call end, each equally likely.
_ENDS: Final[tuple[OfferCause, ...]] = ("not_rung", "not_rung", "failed")


class Hostile(NamedTuple):
    """What a hostile caller brings along.

    Attributes:
        number: theirs.
        name: theirs.
        mark: at the end of the ids of their calls.
        ends: how every offer of their calls ends, at once; empty: telephones ring as for others.
    """

    number: str
    name: str
    mark: str
    ends: OfferCause | None


#: Of everybody else.
HARMLESS: Final = Hostile("", "", "", None)


def draw_hostile(random: Callable[[], float]) -> Hostile:
    """A caller who means harm."""

    def word() -> str:
        return WORDS[int(random() * len(WORDS))]

    ends = _ENDS[int(random() * len(_ENDS))] if random() < 0.5 else None
    return Hostile(word(), word(), f"-{word()}", ends)
