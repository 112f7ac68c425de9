"""Versions of flows: what makes a new one, who gets it, and what is kept."""

from __future__ import annotations

import msgspec
import pytest

from acdengine.ivr.definition import (
    AnyStep,
    CallStep,
    FlowDefinition,
    GotoStep,
    HangupStep,
    QueueStep,
    ReturnStep,
)
from acdengine.ivr.versions import KEPT, FlowVersions, Served, UnknownVersion, version_of


def flow(name: str, step: AnyStep) -> FlowDefinition:
    return FlowDefinition(flow_id=name, first="a", steps={"a": step})


def flows(cause: str = "normal") -> dict[str, FlowDefinition]:
    """`main` calls `sub`, and `sub` goes on in `end`, which hangs up; `other` stands alone."""
    return {
        "main": flow("main", CallStep(flow_id="sub", next="a")),
        "sub": flow("sub", GotoStep(flow_id="end")),
        "end": flow("end", HangupStep(cause=cause)),
        "other": flow("other", QueueStep(queue_id="q", while_waiting="hold")),
        "hold": flow("hold", ReturnStep()),
    }


def test_a_change_makes_new_versions_of_all_that_lead_to_it() -> None:
    versions = FlowVersions()
    assert len(versions.publish(flows(), 1, "ann")) == 5
    assert versions.publish(flows(), 2, "ann") == []
    changed = versions.publish(flows("busy"), 3, "bob")
    assert [(new.flow_id, new.by, new.at_us) for new in changed] == [
        ("main", "bob", 3), ("sub", "bob", 3), ("end", "bob", 3),
    ]  # fmt: skip
    assert list(changed[0].flows) == ["end", "main", "sub"]
    assert list(versions.version_for("other", "x").flows) == ["hold", "other"]


def test_a_version_is_its_content() -> None:
    first, second = flows(), flows()
    assert version_of(first) == version_of(dict(reversed(second.items())))
    assert version_of(first) != version_of(flows("busy"))
    stored = msgspec.json.decode(msgspec.json.encode(first), type=dict[str, FlowDefinition])
    assert version_of(stored) == version_of(first)


def test_a_version_of_before_can_be_live_again() -> None:
    versions = FlowVersions()
    versions.publish(flows(), 1, "ann")
    old = versions.version_for("end", "x").version
    versions.publish(flows("busy"), 2, "bob")
    versions.make_live("end", old, 3, "cy")
    assert versions.version_for("end", "x").version == old
    changes = [(change.what, change.by) for change in versions.served["end"].changes]
    assert changes == [("published", "ann"), ("published", "bob"), ("rolled_back", "cy")]
    assert len(versions.served["end"].history) == 2


def test_a_share_of_the_callers_gets_the_new_version_and_keeps_it() -> None:
    versions = FlowVersions()
    versions.publish(flows(), 1, "ann")
    [new] = versions.publish({"end": flows("busy")["end"]}, 2, "bob", percent=20)
    callers = [f"+4930{number}" for number in range(2_000)]
    chosen = [versions.version_for("end", caller).version == new.version for caller in callers]
    assert 300 < sum(chosen) < 500
    again = FlowVersions(
        msgspec.json.decode(msgspec.json.encode(versions.served), type=dict[str, Served])
    )
    assert [again.version_for("end", c).version == new.version for c in callers] == chosen
    # A larger share holds all of the smaller one.
    versions.share("end", new.version, 60, 3, "bob")
    for caller, was in zip(callers, chosen, strict=True):
        assert not was or versions.version_for("end", caller).version == new.version
    versions.share("end", new.version, 0, 4, "bob")
    assert all(versions.version_for("end", c).version != new.version for c in callers)
    versions.share("end", new.version, 100, 5, "bob")
    assert versions.served["end"].live == new.version
    changes = [(change.what, change.percent) for change in versions.served["end"].changes]
    assert changes[1:] == [("tried", 20), ("tried", 60), ("trial_ended", 0), ("published", 0)]


def test_what_is_published_for_all_ends_a_trial() -> None:
    versions = FlowVersions()
    versions.publish(flows(), 1, "ann")
    versions.publish(flows("busy"), 2, "ann", percent=50)
    versions.publish(flows("congestion"), 3, "ann")
    assert (versions.served["end"].trial, versions.served["end"].percent) == ("", 0)


def test_what_is_not_kept_is_refused() -> None:
    versions = FlowVersions()
    versions.publish(flows(), 1, "ann")
    for call in (
        lambda: versions.make_live("end", "none", 2, "x"),
        lambda: versions.share("none", "none", 5, 2, "x"),
        lambda: versions.version_for("none", "x"),
        lambda: versions.find("end", "none"),
    ):
        with pytest.raises(UnknownVersion):
            call()
    with pytest.raises(ValueError, match="expected 0 to 100"):
        versions.share("end", versions.served["end"].live, 101, 2, "x")
    assert len(versions.served["end"].changes) == 1


def test_old_versions_are_dropped_when_nobody_is_in_them() -> None:
    versions = FlowVersions()
    for number in range(KEPT + 5):
        versions.publish({"end": flow("end", HangupStep(cause=str(number)))}, number, "ann")
    in_order = [known.version for known in versions.served["end"].history]
    versions.make_live("end", in_order[0], 99, "ann")
    dropped = versions.forget(lambda version: version == in_order[1])
    assert dropped == in_order[2:5]
    assert versions.find("end", in_order[1]).version == in_order[1]
