"""Recordings of conversations: which are made, from the bridge to the end, and what is left out.

There is one file for each conversation with an agent. The switch writes it and says when it has
begun and ended, and how long it is; that is the truth, also where it comes after the end of the
call. Pausing is silence of the same length in the file, so that both voices stay in step.
"""

from __future__ import annotations

from collections.abc import Iterator
from zlib import crc32

from acdengine.centre_facts import RecordingSpaceChanged
from acdengine.commands import PauseRecording, ResumeRecording, StartRecording, StopRecording
from acdengine.conversation_facts import (
    RecordingLeftOut,
    RecordingPaused,
    RecordingResumed,
    RecordingStarted,
    RecordingStopped,
)
from acdengine.engine.file_names import caller_part, file_name
from acdengine.engine.part import Handlers, Part, Share, Shares, table
from acdengine.engine.records import Call, CallRecordings, Recording
from acdengine.engine.state import EngineState
from acdengine.events import RecordingBegan, RecordingEnded, SpaceChanged
from acdengine.facts import AnyFact
from acdengine.machines import RECORDING_TABLE, RecordingTrigger
from acdengine.requests import (
    RecordingPauseRequested,
    RecordingResumeRequested,
    RecordingStartRequested,
    RecordingStopRequested,
    Request,
)
from queues.policy import RecordingPolicy

#: Who has ordered what the settings ask for.
POLICY = "policy"
_PERMILLE = 1000
_NOT_RECORDED = "this conversation is not being recorded"


class Recordings(Part):
    """Starts, pauses and stops recordings."""

    def __init__(self, state: EngineState) -> None:
        self._state = state

    def handlers(self) -> Handlers:
        """The events that this part handles."""
        return {
            RecordingBegan: self.began,
            RecordingEnded: self.ended,
            SpaceChanged: self.space,
            RecordingStartRequested: self.start,
            RecordingStopRequested: self.stop,
            RecordingPauseRequested: self.pause,
            RecordingResumeRequested: self.resume,
        }

    def shares(self) -> Shares:
        """The recordings that are not complete, and the nodes without space."""
        state = self._state
        return {
            "recordings": table(
                list[Recording], state.recordings, lambda recording: recording.file
            ),
            "full_nodes": Share(
                dict[str, bool], lambda: state.full_nodes, state.full_nodes.update, dict
            ),
        }

    def check(self) -> Iterator[str]:
        """Conversations alone are recorded, each recording for one call."""
        state = self._state
        for call in state.calls.values():
            if call.recording and call.state not in ("talking", "held"):
                yield f"call {call.call_id} ({call.state}) is recorded"
            if call.recording and call.recording not in state.recordings:
                yield f"call {call.call_id} names recording {call.recording}, which is unknown"
        for file, recording in state.recordings.items():
            owner = state.calls.get(recording.call_id)
            if recording.state == "over":
                yield f"recording {file} is over and kept"
            elif recording.state != "stopping" and (owner is None or owner.recording != file):
                yield f"recording {file} ({recording.state}) has no call"

    # -- with conversations --------------------------------------------------------------------

    def conversation_began(self, call: Call, agent_id: str) -> None:
        """Start a recording, where the queue's policy wants one."""
        recording = self._present(call)
        if recording is not None:
            # Found on the switch, running.
            recording.agent_id = agent_id
        elif self._wanted(call):
            self._start(call, agent_id, POLICY)

    def _present(self, call: Call) -> Recording | None:
        """The recording that is running; None without one."""
        return self._state.recordings.get(call.recording)

    def _policy(self, call: Call) -> RecordingPolicy:
        queue = self._state.queues.get(call.last_queue_id)
        return queue.policy.recording if queue is not None else RecordingPolicy()

    def _wanted(self, call: Call) -> bool:
        """Whether the policy has a call recorded. A share is drawn from the call's id, so that all
        conversations of a call are treated alike, and every engine decides the same."""
        policy = self._policy(call)
        if call.recordings is not None and call.recordings.stopped:
            return False
        if policy.mode == "share":
            return crc32(call.call_id.encode()) % _PERMILLE < policy.share_permille
        return policy.mode == "always"

    def _start(self, call: Call, agent_id: str, by: str) -> str:
        """Begin a recording; why not, where that is not possible."""
        state = self._state
        now = state.now_us
        if call.node_id in state.full_nodes:
            state.tell_call(
                call, RecordingLeftOut(now, call.call_id, agent_id, call.last_queue_id, "disk")
            )
            return "there is no space left for recordings"
        policy = self._policy(call)
        recordings = _recordings_of(call)
        recordings.made += 1
        fields = {
            "tenant": call.tenant_id,
            "queue": call.last_queue_id.partition("/")[2],
            "agent": agent_id.partition("/")[2],
            "caller": caller_part(call.caller.ani, policy.mask_caller),
            "call_id": call.call_id,
        }
        name = file_name(policy.pattern, fields, now)
        file = f"{name}_{recordings.made}.{policy.format}"
        recording = Recording(
            file, call.call_id, agent_id, call.last_queue_id, call.node_id, by=by, began_us=now
        )
        state.recordings[file] = recording
        recordings.file = file
        state.commands.append(StartRecording(call.call_id, file, policy.stereo))
        return ""

    def conversation_over(self, call: Call) -> None:
        """Stop the recording, if there is one."""
        recording = self._present(call)
        if recording is not None:
            self._stop(call, recording)

    def _stop(self, call: Call, recording: Recording) -> None:
        _recordings_of(call).file = ""
        self._move(recording, "stopped")
        self._state.commands.append(StopRecording(call.call_id, recording.file))

    def held(self, call: Call, is_held: bool) -> None:
        """Pause the recording while the caller is on hold, unless the policy records hold."""
        recording = self._present(call)
        if recording is None or self._policy(call).on_hold:
            return
        recording.is_held = is_held
        self._mask(call, recording)

    def _mask(self, call: Call, recording: Recording) -> None:
        """Order silence while the recording is paused or held, and sound again after that."""
        masked = recording.is_held or bool(recording.paused_by)
        if masked == (recording.state == "paused"):
            return
        self._move(recording, "paused" if masked else "resumed")
        recording.was_paused = True
        self._order_mask(recording)
        by = recording.paused_by or "hold"
        fact = RecordingPaused if masked else RecordingResumed
        now = self._state.now_us
        self._tell(recording, fact(now, call.call_id, recording.agent_id, recording.file, by))

    def _order_mask(self, recording: Recording) -> None:
        order = PauseRecording if recording.state == "paused" else ResumeRecording
        self._state.commands.append(order(recording.call_id, recording.file))

    def _move(self, recording: Recording, trigger: RecordingTrigger) -> bool:
        """Change a recording's state by its table; False where it comes too late to matter."""
        state = RECORDING_TABLE[recording.state].get(trigger)
        if state is None:
            self._state.count("late_events")
            return False
        recording.state = state
        self._state.changed = True
        return True

    def _tell(self, recording: Recording, fact: AnyFact) -> None:
        """A fact about a call, which may have ended by now."""
        state = self._state
        call = state.calls.get(recording.call_id) or state.ended.get(recording.call_id)
        if call is not None:
            state.tell_call(call, fact)
        else:
            state.facts.append(fact)

    # -- what the switch reports ---------------------------------------------------------------

    def began(self, event: RecordingBegan) -> None:
        """Handles `RecordingBegan`: the switch writes the file."""
        recording = self._state.recordings.get(event.file)
        if recording is None:
            self._state.count("late_events")
        elif not recording.is_told:
            self._begun(recording)

    def _begun(self, recording: Recording) -> None:
        recording.is_told = True
        if recording.state == "ordered":
            self._move(recording, "begun")
        self._tell(
            recording,
            RecordingStarted(
                self._state.now_us, recording.call_id, recording.agent_id, recording.queue_id,
                recording.file, recording.by,
            ),
        )  # fmt: skip

    def ended(self, event: RecordingEnded) -> None:
        """Handles `RecordingEnded`: the file is complete, or could not be begun."""
        recording = self._state.recordings.get(event.file)
        if recording is None or recording.call_id != event.call_id:
            self._state.count("late_events")
            return
        self._over(recording, event.length_us, event.cause)

    def _over(self, recording: Recording, length_us: int, cause: str) -> None:
        state = self._state
        now = state.now_us
        self._move(recording, "ended")
        del state.recordings[recording.file]
        call = state.calls.get(recording.call_id)
        if call is not None and call.recording == recording.file:
            _recordings_of(call).file = ""
        call_id, agent_id = recording.call_id, recording.agent_id
        if recording.is_told or length_us:
            if not recording.is_told:
                self._begun(recording)
            self._tell(
                recording,
                RecordingStopped(now, call_id, agent_id, recording.file, length_us, cause),
            )
        else:
            self._tell(
                recording, RecordingLeftOut(now, call_id, agent_id, recording.queue_id, cause)
            )

    def space(self, event: SpaceChanged) -> None:
        """Handles `SpaceChanged`: a node's disk is nearly full, or has room again. Calls go on; new
        recordings need room."""
        state = self._state
        if event.is_enough == (event.node_id not in state.full_nodes):
            return
        if event.is_enough:
            del state.full_nodes[event.node_id]
        else:
            state.full_nodes[event.node_id] = True
        state.facts.append(
            RecordingSpaceChanged(state.now_us, event.node_id, event.is_enough, event.free_bytes)
        )

    # -- comparing -----------------------------------------------------------------------------

    def synced(self, node_id: str, live: dict[str, tuple[str, ...]]) -> None:
        """Compare recordings with what a node records, by call; take in what was not reported."""
        state = self._state
        for recording in [one for one in state.recordings.values() if one.node_id == node_id]:
            is_live = recording.file in live.get(recording.call_id, ())
            if is_live and not recording.is_told:
                self._begun(recording)
            if is_live and recording.state == "stopping":
                state.commands.append(StopRecording(recording.call_id, recording.file))
            elif is_live and recording.was_paused:
                # The order may have been lost with the connection, a card's number be on record.
                self._order_mask(recording)
            elif not is_live and recording.state == "ordered":
                policy = self._policy(state.calls[recording.call_id])
                order = StartRecording(recording.call_id, recording.file, policy.stereo)
                state.commands.append(order)
            elif not is_live:
                self._over(recording, 0, "lost")
        for call_id, files in live.items():
            for file in files:
                if file not in state.recordings and call_id in state.calls:
                    state.commands.append(StopRecording(call_id, file))

    def adopt(self, call: Call, files: tuple[str, ...]) -> None:
        """Take over a recording that the engine did not know of."""
        if not files or call.recording:
            return
        file = files[-1]
        recordings = _recordings_of(call)
        recordings.file = file
        recordings.made += 1
        state = self._state
        recording = state.recordings[file] = Recording(
            file, call.call_id, "", call.queue_id, call.node_id, by=POLICY, began_us=state.now_us
        )
        self._begun(recording)

    def lost(self, node_id: str) -> None:
        """A node is lost: its recordings have ended."""
        for recording in [one for one in self._state.recordings.values() if one.node_id == node_id]:
            self._over(recording, 0, "lost")

    # -- requests ------------------------------------------------------------------------------

    def _conversation(self, request: Request, call_id: str) -> Call | None:
        call = self._state.calls.get(call_id)
        if call is None or call.state not in ("talking", "held"):
            self._state.answer(request, self._state.why_no_conversation(call_id))
            return None
        return call

    def start(self, event: RecordingStartRequested) -> None:
        """Start recording a conversation on request."""
        call = self._conversation(event, event.call_id)
        if call is None:
            return
        if call.recording:
            self._state.answer(event, "it is being recorded already")
        elif self._policy(call).mode == "never":
            self._state.answer(event, "this queue's calls are never recorded")
        else:
            agent_id = self._state.offers[call.offer_id].agent_id
            self._state.answer(event, self._start(call, agent_id, event.by or "request"))

    def stop(self, event: RecordingStopRequested) -> None:
        """Stop a recording on request. What the policy has recorded, agents can only
        pause; supervisors may stop it where the policy says so, for the rest of the call."""
        call = self._conversation(event, event.call_id)
        recording = self._present(call) if call is not None else None
        if call is None:
            return
        if recording is None:
            self._state.answer(event, _NOT_RECORDED)
        elif recording.by == POLICY and not self._may_stop(call, event):
            self._state.answer(event, "it is recorded by the queue's policy, and can be paused")
        else:
            recordings = _recordings_of(call)
            recordings.stopped = recordings.stopped or recording.by == POLICY
            self._stop(call, recording)
            self._state.answer(event)

    def _may_stop(self, call: Call, event: RecordingStopRequested) -> bool:
        return event.as_supervisor and self._policy(call).supervisors_may_stop

    def pause(self, event: RecordingPauseRequested) -> None:
        """Pause a recording on request, as while a card number is said."""
        call = self._conversation(event, event.call_id)
        recording = self._present(call) if call is not None else None
        if call is None:
            return
        if recording is None or recording.paused_by:
            problem = "it is paused already" if recording is not None else _NOT_RECORDED
            self._state.answer(event, problem)
            return
        recording.paused_by = event.by or "request"
        self._mask(call, recording)
        self._state.answer(event)

    def resume(self, event: RecordingResumeRequested) -> None:
        """Resume a recording on request."""
        call = self._conversation(event, event.call_id)
        recording = self._present(call) if call is not None else None
        if call is None:
            return
        if recording is None or not recording.paused_by:
            problem = "it is not paused" if recording is not None else _NOT_RECORDED
            self._state.answer(event, problem)
            return
        by, recording.paused_by = event.by or "request", ""
        if not recording.is_held:
            self._resume(call, recording, by)
        self._state.answer(event)

    def _resume(self, call: Call, recording: Recording, by: str) -> None:
        self._move(recording, "resumed")
        self._state.commands.append(ResumeRecording(call.call_id, recording.file))
        now = self._state.now_us
        self._tell(
            recording,
            RecordingResumed(now, call.call_id, recording.agent_id, recording.file, by),
        )


def _recordings_of(call: Call) -> CallRecordings:
    if call.recordings is None:
        call.recordings = CallRecordings()
    return call.recordings
