"""Versions of flows: by the hash of their content, with who brought them in and when.

A version is a flow with all that it can lead to, so that a caller who begins in it ends in it,
whatever is published meanwhile. Of each flow one version is live; a second one may be tried on a
share of the callers, the same caller always alike.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from hashlib import blake2b
from typing import Final, Literal

import msgspec
from msgspec import Struct, field

from acdengine.ivr.definition import CallStep, FlowDefinition, GotoStep, QueueStep
from acdengine.ivr.nodes.deciding import place_of

KEPT: Final = 20
"""Versions of a flow that are kept, besides those with callers in them."""

_CHANGES_KEPT: Final = 200

VersionChange = Literal["published", "rolled_back", "tried", "trial_ended"]


class UnknownVersion(LookupError):
    """A flow or version that is not kept."""


class FlowVersion(Struct, frozen=True, kw_only=True):
    """A flow and all that it can lead to, as they were at one time."""

    version: str
    flow_id: str
    flows: dict[str, FlowDefinition]
    at_us: int
    by: str


class Change(Struct, frozen=True, kw_only=True):
    """What was done to the versions of a flow."""

    what: VersionChange
    version: str
    at_us: int
    by: str
    #: With `tried`: of the callers, in percent.
    percent: int = 0


class Served(Struct, kw_only=True):
    """The versions of one flow."""

    live: str
    #: A second version for some callers; empty: none.
    trial: str = ""
    percent: int = 0
    #: Brought in last; empty: as `live`. It is taken in once, so that another one that was made
    #: live meanwhile stays so.
    latest: str = ""
    #: Oldest first.
    history: list[FlowVersion] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)


class FlowVersions:
    """The versions of all flows; `served` is all that a snapshot needs of them."""

    def __init__(self, served: dict[str, Served] | None = None) -> None:
        self.served: dict[str, Served] = served if served is not None else {}
        self._fresh: list[tuple[str, Change]] = []

    def take_changes(self) -> list[tuple[str, Change]]:
        """What was done since the last time, each with its flow."""
        fresh, self._fresh = self._fresh, []
        return fresh

    def publish(
        self, flows: Mapping[str, FlowDefinition], at_us: int, by: str, percent: int = 100
    ) -> list[FlowVersion]:
        """Take in flows; those that differ from what was taken in last are new versions, and are
        returned. A version that was made live since then stays so where its flow is the same.

        ``percent``: below 100, a new version of a flow that is there already is tried on that share
        of its callers. A trial of before is over.
        """
        published = []
        for flow_id in flows:
            bundle = reached_from(flow_id, flows)
            version = version_of(bundle)
            served = self.served.get(flow_id)
            if served is not None and version == (served.latest or served.live):
                continue
            new = FlowVersion(version=version, flow_id=flow_id, flows=bundle, at_us=at_us, by=by)
            if served is None:
                served = self.served.setdefault(flow_id, Served(live=""))
            if all(known.version != version for known in served.history):
                served.history.append(new)
                published.append(new)
            served.latest = version
            if percent < 100 and served.live not in ("", version):
                self.share(flow_id, version, percent, at_us, by)
            else:
                self._go_live(flow_id, "published", version, at_us, by)
        return published

    def make_live(self, flow_id: str, version: str, at_us: int, by: str) -> None:
        """Give a version to all callers: the one that is tried, or one of before.

        Raises:
            UnknownVersion: it is not kept.
        """
        served = self._served(flow_id, version)
        what: VersionChange = "published" if version == served.trial else "rolled_back"
        self._go_live(flow_id, what, version, at_us, by)

    def share(self, flow_id: str, version: str, percent: int, at_us: int, by: str) -> None:
        """Give a version to a share of the callers; 0 ends that, 100 makes it live.

        Raises:
            UnknownVersion: it is not kept.
            ValueError: the share is not from 0 to 100.
        """
        if not 0 <= percent <= 100:
            raise ValueError(f"a share of {percent} percent, expected 0 to 100")
        served = self._served(flow_id, version)
        if percent == 100:
            self._go_live(flow_id, "published", version, at_us, by)
            return
        what: VersionChange = "tried" if percent else "trial_ended"
        self._note(flow_id, Change(what=what, version=version, at_us=at_us, by=by, percent=percent))
        served.trial, served.percent = (version, percent) if percent else ("", 0)

    def version_for(self, flow_id: str, caller: str) -> FlowVersion:
        """The version in which a caller begins.

        Raises:
            UnknownVersion: there is no such flow.
        """
        served = self.served.get(flow_id)
        if served is None:
            raise UnknownVersion(f"there is no flow {flow_id}")
        is_tried = served.trial and place_of(f"{flow_id}@{served.trial}", caller) < served.percent
        return self.find(flow_id, served.trial if is_tried else served.live)

    def find(self, flow_id: str, version: str) -> FlowVersion:
        """A version that is kept.

        Raises:
            UnknownVersion: it is not.
        """
        for known in self._served(flow_id, version).history:
            if known.version == version:
                return known
        raise UnknownVersion(f"there is no version {version} of {flow_id}")

    def forget(self, is_used: Callable[[str], bool]) -> list[str]:
        """Drop the oldest versions above the number kept; those that are live, tried, brought
        in last or with callers in them stay. Returns what was dropped."""
        dropped = []
        for served in self.served.values():
            excess = len(served.history) - KEPT
            for known in served.history[: max(excess, 0)]:
                held = (served.live, served.trial, served.latest)
                if known.version not in held and not is_used(known.version):
                    served.history.remove(known)
                    dropped.append(known.version)
        return dropped

    def _served(self, flow_id: str, version: str) -> Served:
        served = self.served.get(flow_id)
        if served is None or all(known.version != version for known in served.history):
            raise UnknownVersion(f"there is no version {version} of {flow_id}")
        return served

    def _go_live(
        self, flow_id: str, what: VersionChange, version: str, at_us: int, by: str
    ) -> None:
        served = self.served[flow_id]
        served.live = version
        served.trial, served.percent = "", 0
        self._note(flow_id, Change(what=what, version=version, at_us=at_us, by=by))

    def _note(self, flow_id: str, change: Change) -> None:
        changes = self.served[flow_id].changes
        changes.append(change)
        del changes[:-_CHANGES_KEPT]
        self._fresh.append((flow_id, change))


def reached_from(flow_id: str, flows: Mapping[str, FlowDefinition]) -> dict[str, FlowDefinition]:
    """A flow and all that it can lead to, in the order of their ids."""
    reached: dict[str, FlowDefinition] = {}
    to_visit = [flow_id]
    while to_visit:
        name = to_visit.pop()
        flow = flows.get(name)
        if flow is None or name in reached:
            continue
        reached[name] = flow
        for step in flow.steps.values():
            if isinstance(step, (CallStep, GotoStep)):
                to_visit.append(step.flow_id)
            elif isinstance(step, QueueStep) and step.while_waiting:
                to_visit.append(step.while_waiting)
    return {name: reached[name] for name in sorted(reached)}


def version_of(flows: Mapping[str, FlowDefinition]) -> str:
    """The hash of flows by their content: 16 hexadecimal digits."""
    content = msgspec.json.encode(flows, order="deterministic")
    return blake2b(content, digest_size=8).hexdigest()
