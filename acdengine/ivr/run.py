"""Where one caller is in the flows: small, plain data, which a snapshot holds."""

from __future__ import annotations

from msgspec import Struct

from acdengine.ivr.expressions.values import Values


class Frame(Struct):
    """One flow on the caller's way; those below it have called it and go on when it returns."""

    flow_id: str
    step: str
    variables: Values


class Pending(Struct):
    """What the present step waits for."""

    ticket: int
    #: Which part of the step it is, in the step's own words.
    phase: str = ""
    #: Parts of its audio that have been heard to their end.
    heard: int = 0
    #: Of these, those that were heard before a restart and are not played now.
    skipped: int = 0
    #: What was understood and is being confirmed.
    value: str = ""
    #: A second ticket: a timer, or audio, beside what is waited for.
    beside: int = 0
    #: When a wait is over.
    due_us: int = 0


class FlowRun(Struct):
    """One caller in the flows. `frames` is empty when the flow is over."""

    call_id: str
    #: Content hash of the version in which the caller began, and ends.
    version: str
    #: The flow that the caller is in, last, and those that wait for it.
    frames: list[Frame]
    #: What expressions can read of the call: `caller.number` and so on.
    call: Values
    #: Since when the budget runs.
    started_us: int
    language: str
    #: The last ticket given out.
    ticket: int = 0
    pending: Pending | None = None
    steps: int = 0
    #: In the present input step: nothing typed, something else typed, not confirmed.
    noinputs: int = 0
    nomatches: int = 0
    refusals: int = 0
    music: str = ""
    #: The ticket of the target that the call was sent to, since when, and the number of frames
    #: below those that the caller goes through while waiting there.
    reaching: int = 0
    left_us: int = 0
    floor: int = 0
    #: Variables of the first flow when it was over.
    results: Values | None = None
    #: The budget was used up, and the way out is being gone.
    is_spent: bool = False
    #: The agent whose PIN the caller has typed.
    agent_id: str = ""
