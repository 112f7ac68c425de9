"""The messages of a live connection, both ways; each says in `type` what it is."""

from __future__ import annotations

from typing import Annotated, Final, Literal, TypeAlias, get_args

from msgspec import Meta, Struct

from acdengine.api.bodies import Id
from acdengine.api.views import AgentView, CallView, QueueView, StateView, TimeUs
from acdengine.facts import AnyFact

#: What facts are called.
KINDS: Final = frozenset(kind.__name__ for kind in get_args(AnyFact))

Why: TypeAlias = Literal["opened", "subscribed", "overflow"]


class Message(Struct, frozen=True, kw_only=True, tag_field="type"):
    """What the daemon sends."""


class Snapshot(Message, frozen=True, tag="snapshot"):
    """Forget what you know: rows follow, then `live`."""

    why: Annotated[Why, Meta(description="`overflow`: facts came faster than they were read.")]
    dropped: Annotated[int, Meta(description="Facts that were not sent because of that.")]
    at_us: TimeUs
    state: Annotated[StateView | None, Meta(description="null: the role does not see it.")]


class Rows(Message, frozen=True, tag="rows"):
    """Queues, agents and calls as they are; in place of what was known of each.

    An agent is told of its own calls; other roles ask for calls by HTTP.
    """

    queues: list[QueueView] = []
    agents: list[AgentView] = []
    calls: list[CallView] = []


class Live(Message, frozen=True, tag="live"):
    """The snapshot is complete: from here on there are only facts."""

    at_us: TimeUs


class Facts(Message, frozen=True, tag="facts"):
    """What happened, in order; also between the rows of a snapshot."""

    seq: Annotated[int, Meta(description="Number of the last one on this connection, from 1.")]
    facts: list[AnyFact]


class Subscribe(
    Struct, frozen=True, kw_only=True, tag_field="type", tag="subscribe", forbid_unknown_fields=True
):
    """What the client wants to hear from now on; empty lists: everything. A snapshot follows."""

    queues: Annotated[list[Id], Meta(max_length=1000)] = []
    agents: Annotated[list[Id], Meta(max_length=1000)] = []
    facts: Annotated[list[str], Meta(max_length=100, description="Kinds of facts.")] = []

    def __post_init__(self) -> None:
        unknown = next((kind for kind in self.facts if kind not in KINDS), None)
        if unknown is not None:
            raise ValueError(f"there are no facts called {unknown!r}")
