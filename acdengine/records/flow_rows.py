"""Rows of a call's way through IVR flows: flows, their steps, tags, answers to surveys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from acdengine.facts import AnyFact
from acdengine.flow_facts import (
    CallTagged,
    FlowEntered,
    FlowLeft,
    FlowStepLeft,
    SurveyAnswered,
)
from acdengine.records.open_rows import OpenRows
from acdengine.records.rows import CALL_TYPE_TAG, CallTagRow, SurveyAnswerRow


class FlowRows:
    """Makes rows of the facts of `acdengine.flow_facts`."""

    def __init__(self, rows: OpenRows) -> None:
        self._rows = rows

    def handlers(self) -> dict[type[AnyFact], Callable[[Any], None]]:
        """What takes each kind of fact."""
        return {
            FlowEntered: self.entered,
            FlowLeft: self.left,
            FlowStepLeft: self.step_left,
            CallTagged: self.tagged,
            SurveyAnswered: self.answered,
        }

    def entered(self, fact: FlowEntered) -> None:
        """A call comes into a flow."""
        flow = self._rows.begin(
            "flow", fact.call_id, fact.at_us, target=fact.flow_id, detail=fact.version
        )
        flow.step_at_us = fact.at_us

    def step_left(self, fact: FlowStepLeft) -> None:
        """A step of the flow ends: it began where the one before ended."""
        rows = self._rows
        flow = rows.of("flow", fact.call_id)
        step = rows.point(
            "flow_step", fact.call_id, fact.at_us, reference=fact.flow_id, target=fact.step,
            detail=fact.detail,
        )  # fmt: skip
        step.outcome = fact.way
        if flow is not None:
            step.started_at_us = flow.step_at_us or flow.started_at_us
            flow.step_at_us = fact.at_us
            rows.changed(flow)

    def left(self, fact: FlowLeft) -> None:
        """A call leaves its flow; where it had come back to it, that is told here first."""
        rows = self._rows
        flow = rows.end("flow", fact.call_id, fact.at_us, "left")
        if flow is None:
            flow = rows.point(
                "flow", fact.call_id, fact.at_us, target=fact.flow_id, detail=fact.version
            )
            flow.outcome = "left"
            flow.started_at_us = fact.at_us - fact.lasted_us
        flow.reference = fact.to

    def tagged(self, fact: CallTagged) -> None:
        """A flow gives the call a tag; one of them says of what type the call is."""
        rows = self._rows
        call = rows.calls.get(fact.call_id)
        if fact.name == CALL_TYPE_TAG and call is not None:
            call.call_type = fact.value
            rows.changed(call)
        rows.add(
            CallTagRow(
                rows.source_id, rows.seq, rows.idx, fact.call_id, rows.tenant_of(fact.call_id),
                fact.name, fact.value, fact.at_us,
            )
        )  # fmt: skip

    def answered(self, fact: SurveyAnswered) -> None:
        """The caller answers a question."""
        rows = self._rows
        call = rows.calls.get(fact.call_id)
        queue_id, agent_id = ("", "") if call is None else (call.last_queue_id, call.last_agent_id)
        rows.add(
            SurveyAnswerRow(
                rows.source_id, rows.seq, rows.idx, fact.call_id, rows.tenant_of(fact.call_id),
                queue_id, agent_id, fact.survey, fact.question, fact.score, fact.scale, fact.at_us,
            )
        )  # fmt: skip
