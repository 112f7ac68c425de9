"""The loop between the switch and the engine: events in, journal, engine, facts and commands out.

One turn takes what is in the inbox, up to a limit. Each event is stamped with the time and a
number, put in the journal and given to the engine. Then the journal is written, so that whatever
is ordered has its reason on disk; then the facts are told, and then the commands go out.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import perf_counter_ns
from typing import Final, Protocol, cast

import structlog
from msgspec import structs

from acdengine.commands import AnyCommand, RejectCall
from acdengine.engine import Engine
from acdengine.engine.floor import Floor
from acdengine.errors import InconsistentState, InvalidTransition
from acdengine.events import AnyEvent, CallArrived, TimePassed
from acdengine.facts import AnyFact, CallRefused
from acdengine.ports import FactSink, Port, Source
from acdengine.requests import REQUESTS, Request
from acdengine.runtime.clock import Clock
from acdengine.runtime.dispatcher import Dispatcher
from acdengine.runtime.event_application import apply_event
from acdengine.runtime.fact_fanout import FactFanout
from acdengine.runtime.inbox import EventInbox, InboxLimits
from acdengine.runtime.journal import Journal
from acdengine.runtime.masking import Masks, masked
from acdengine.runtime.meters import Meters
from acdengine.runtime.pending_requests import BUSY, DEFECT, STOPPED, PendingRequests
from acdengine.runtime.recovery import recover
from acdengine.runtime.timer import Timer
from queues.deadlines import NEVER_US

_log = structlog.get_logger("acdengine.runtime")

#: Events of one turn at most: sockets and screens wait no longer than that, some milliseconds.
TURN_LIMIT: Final = 64
#: Facts of a story that the log shows.
_STORY_LOGGED: Final = 20


class Waker(Protocol):
    """What sees to it that the engine's deadlines are not missed."""

    def arm(self, due_us: int) -> None:
        """The next deadline is now this one."""


class Runtime:
    """Feeds the engine. All of it runs in the thread of the event loop.

    Args:
        engine: fresh or recovered.
        clock: the only one.
        seq: the number of the last event that is in the engine.
        journal: begun with the engine's state by `start`; None: nothing is kept.
        limits: of the inbox.
        masks: for what the log says of callers; None: it shows their numbers.
    """

    def __init__(
        self,
        engine: Engine,
        clock: Clock,
        *,
        seq: int = 0,
        journal: Journal | None = None,
        limits: InboxLimits | None = None,
        masks: Masks | None = None,
    ) -> None:
        self._engine = engine
        self.clock = clock
        self.seq = seq
        self.journal = journal
        self.meters = Meters()
        self._masks = masks
        self._inbox = EventInbox(limits or InboxLimits(), self.meters)
        self._requests = PendingRequests()
        self._dispatcher = Dispatcher(self._requests, self.meters)
        self._fanout = FactFanout(self.meters)
        self._waker: Waker = Timer(clock, self._due)
        self._last_us = engine.floor.now_us
        #: Events not in the journal that a line of the log has told of.
        self._lost_told = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._is_scheduled = False
        #: Calls that the engine has refused in the present turn.
        self._not_taken: list[CallArrived] = []
        self._is_held = False
        self._in_turn = False
        self._is_stopped = False
        #: Called before a snapshot: facts that it makes impossible to tell again are written.
        #: It says whether they were.
        self.before_snapshot: Callable[[], bool] | None = None
        #: Told when something happened that the daemon should end for.
        self.on_failure: Callable[[BaseException], None] | None = None

    # -- wiring -----------------------------------------------------------------------------------

    def attach(self, port: Port, nodes: Sequence[str] = ()) -> None:
        """Have a port carry out the commands for the calls of these switch nodes.

        One port alone gets all commands and need not name its nodes.
        """
        self._dispatcher.attach(port, nodes)

    def detach(self, port: Port) -> None:
        """A port is gone: no more commands for it, nor pauses where it was a source of events."""
        self._dispatcher.detach(port)
        self._inbox.forget(port)

    def add_sink(self, sink: FactSink, *, later: bool = False) -> None:
        """Have facts told from now on. Sinks are told in the order in which they were added.

        Args:
            sink: to be told.
            later: it only keeps count or accounts: it may be told many facts together, and when it
                is asked it asks for `catch_up` first.
        """
        self._fanout.add(sink, later=later)

    def remove_sink(self, sink: FactSink) -> None:
        """Have facts told no more."""
        self._fanout.remove(sink)

    def catch_up(self) -> None:
        """Have all sinks told everything that has happened."""
        self._fanout.catch_up()

    def woken_by(self, waker: Waker) -> None:
        """Leave the deadlines to somebody else: who posts `TimePassed` when one is due."""
        self._waker = waker

    @property
    def floor(self) -> Floor:
        """Everything the engine knows, to be read and never written, nor kept: ask again."""
        return self._engine.floor

    @property
    def engine(self) -> Engine:
        """The engine, to be read. After a defect it may be another one: ask again."""
        return self._engine

    @property
    def is_stopped(self) -> bool:
        """Takes no more events: it was stopped, or the engine has failed for good."""
        return self._is_stopped

    def inbox_depth(self) -> int:
        """Events waiting."""
        return len(self._inbox)

    # -- in ---------------------------------------------------------------------------------------

    def post(self, event: AnyEvent) -> bool:
        """Hand an event over (`acdengine.ports.Inbox.post`)."""
        if self._is_stopped:
            return False
        taken = self._inbox.put(event)
        if taken == "turned_away":
            if isinstance(event, CallArrived):
                self._refuse(event)
            elif isinstance(event, Request):
                self._requests.answer(event.request_id, BUSY)
        self._schedule()
        return taken != "dropped"

    def hold(self) -> None:
        """Leave what is posted for `release` (`acdengine.ports.Inbox`)."""
        self._is_held = True

    def release(self) -> None:
        """Handle what was posted since `hold`, without the detour by the event loop."""
        self._is_held = False
        if len(self._inbox) and not self._is_scheduled and self._loop is not None:
            self._run()

    def slow_down(self, source: Source) -> None:
        """Have a source paused while the inbox is long."""
        self._inbox.slow_down(source)

    async def request(self, event: Request) -> str:
        """Have the engine do what somebody asks for.

        Args:
            event: one without an id is given one.

        Returns:
            What is in the way (`requests.BUSY` when there is too much to do); empty when done.
        """
        if self._is_stopped:
            return STOPPED
        if not event.request_id:
            event = structs.replace(event, request_id=self._requests.new_id())
        reply = self._requests.expect(event.request_id)
        self.post(cast("AnyEvent", event))
        return await reply

    def _refuse(self, event: CallArrived) -> None:
        """A call that the engine never hears of: it meets congestion, and the reports see it."""
        self._dispatcher.dispatch([RejectCall(event.call_id, "congestion")], self.floor)
        at_us = self._stamp(event.at_us)
        self._fanout.tell(
            self.seq,
            [
                CallRefused(
                    at_us,
                    event.call_id,
                    "",
                    "" if event.withheld else event.ani,
                    event.dnis,
                    event.trunk_id,
                    "congestion",
                )
            ],
        )

    # -- turning ----------------------------------------------------------------------------------

    def start(self) -> None:
        """Begin: the journal gets the state as it is, and events are handled as they come.

        Raises:
            OSError: the journal cannot be written.
        """
        self._loop = asyncio.get_running_loop()
        if self.journal is not None:
            self.snapshot()
        self._waker.arm(self._engine.next_due_us())
        if len(self._inbox):
            self._schedule()

    def _run(self) -> None:
        self._is_scheduled = False
        self.turn(TURN_LIMIT)
        if len(self._inbox):
            self._schedule()

    def _schedule(self) -> None:
        if self._is_scheduled or self._is_held or self._is_stopped:
            return
        if self._loop is not None:
            self._is_scheduled = True
            self._loop.call_soon(self._run)

    def turn(self, limit: int | None = None) -> None:
        """Handle what is in the inbox: all of it, or so many events."""
        if self._in_turn or self._is_stopped:
            return
        self._in_turn = True
        try:
            self._turn(limit)
        except Exception as error:
            self._is_stopped = True
            if self.on_failure is None:
                raise
            self.on_failure(error)
        finally:
            self._in_turn = False

    def _turn(self, limit: int | None) -> None:
        inbox, meters, journal = self._inbox, self.meters, self.journal
        waiting = len(inbox)
        if waiting > meters.inbox_peak:
            meters.inbox_peak = waiting
        commands: list[AnyCommand] = []
        happened: list[tuple[int, list[AnyFact]]] = []
        asked: list[str] = []
        taken = 0
        while len(inbox) and (limit is None or taken < limit):
            taken += 1
            event = inbox.take()
            event = structs.replace(event, at_us=self._stamp(event.at_us))
            self.seq += 1
            if journal is not None:
                journal.append(self.seq, event)
            if type(event) in REQUESTS:
                asked.append(cast("Request", event).request_id)
            kind = type(event).__name__
            meters.events[kind] = meters.events.get(kind, 0) + 1
            commands += self._handle(event)
            facts = self._engine.drain_facts()
            if facts:
                happened.append((self.seq, facts))
        if journal is not None and not journal.broken and not journal.write():
            _log.error("journal broken", folder=str(journal.folder), reason=journal.trouble)
        for seq, facts in happened:
            self._fanout.tell(seq, facts)
        if commands:
            self._dispatcher.dispatch(commands, self.floor)
        while self._not_taken:
            self._refuse(self._not_taken.pop(0))
        for request_id in asked:
            # Those that have been answered by now are not answered again.
            self._requests.answer(request_id, DEFECT)
        self._waker.arm(self._engine.next_due_us())

    def _stamp(self, at_us: int) -> int:
        """The time of an event: now, or its own where that is neither past nor future."""
        now_us = self.clock.now_us()
        if at_us <= 0 or at_us > now_us:
            at_us = now_us
        if at_us > self._last_us:
            self._last_us = at_us
        return self._last_us

    def _handle(self, event: AnyEvent) -> list[AnyCommand]:
        meters = self.meters
        begun_ns = perf_counter_ns()
        try:
            commands = apply_event(self._engine, event, self._refused)
        except Exception as error:  # noqa: BLE001 - whatever it is, the engine is half changed
            return self._rebuild(event, error)
        meters.decision_ns.add(perf_counter_ns() - begun_ns)
        return commands

    def _refused(self, defect: InvalidTransition | InconsistentState, event: AnyEvent) -> None:
        """Count and log what the tables do not allow; a call that is not taken is turned away."""
        self.meters.invalid_transitions += 1
        story = cast("Sequence[AnyFact]", defect.story[-_STORY_LOGGED:])
        _log.error(
            "invalid transition",
            event_type=type(event).__name__,
            who=defect.who,
            state=defect.state,
            trigger=defect.trigger,
            seq=self.seq,
            story=masked(story, self._masks),
        )
        if isinstance(event, CallArrived):
            self._not_taken.append(event)

    def _rebuild(self, event: AnyEvent, error: Exception) -> list[AnyCommand]:
        """A defect has left the engine half changed: the journal knows the state before it.

        The event that did it is left out. Where a deadline before it did it, the deadline is left
        out and the event taken.

        Raises:
            Exception: the same, where there is no journal to go back to.
        """
        deadline = self._engine.failed_deadline
        cause: AnyEvent = TimePassed(event.at_us) if deadline else event
        if isinstance(error, InconsistentState):
            self._refused(error, cause)
        _log.error(
            "the engine failed", event_type=type(cause).__name__, seq=self.seq, exc_info=error
        )
        journal = self.journal
        if journal is None or journal.broken or not journal.write():
            raise error
        void = [(self.seq, deadline)] if deadline else []
        recovered = recover(journal.folder, leave_out=[self.seq], void=void)
        if recovered is None:
            raise error
        self._engine = recovered.engine
        self._engine.drain_facts()
        self.meters.rebuilds += 1
        # What did it must not be met again.
        if not deadline:
            self._begin_generation(journal)
            if isinstance(event, CallArrived) and event not in self._not_taken:
                self._not_taken.append(event)
            _log.warning(
                "engine rebuilt without the event", seq=self.seq, events=recovered.replayed
            )
            return []
        self.seq -= 1
        self._begin_generation(journal)
        self.seq += 1
        journal.append(self.seq, event)
        _log.warning("engine rebuilt without the deadline", seq=self.seq, deadline=deadline)
        return self._handle(event)

    def _due(self, due_us: int) -> None:
        self.post(TimePassed(0))

    # -- the journal's care -----------------------------------------------------------------------

    def snapshot(self) -> None:
        """Begin a generation of the journal with the state as it is.

        Holds up the loop while the state is encoded and written: about a millisecond for a
        thousand calls.

        Raises:
            OSError: it cannot be written, and the journal is broken until the next time; or the
                facts cannot be, which only the events of the present generation can tell again.
        """
        journal = self.journal
        if journal is None:
            return
        self.catch_up()
        facts_are_written = self.before_snapshot is None or self.before_snapshot()
        if not (facts_are_written or journal.broken):
            raise OSError("the facts before it cannot be written")
        self._begin_generation(journal)

    def _begin_generation(self, journal: Journal) -> None:
        was, lost = journal.trouble, journal.events_lost
        begun_ns = perf_counter_ns()
        state = self._engine.snapshot()
        journal.rotate(self.seq, state)
        if was:
            _log.info(
                "journal whole again",
                folder=str(journal.folder),
                reason=was,
                only_in_snapshot=lost - self._lost_told,
            )
            self._lost_told = lost
        meters = self.meters
        meters.snapshots += 1
        meters.snapshot_bytes = len(state)
        meters.snapshot_ns = perf_counter_ns() - begun_ns

    async def stop(self) -> None:
        """Handle what has come in, take no more, and write the state.

        Raises:
            OSError: the state cannot be written.
        """
        self.turn()
        self._is_stopped = True
        self._waker.arm(NEVER_US)
        self._requests.answer_all(STOPPED)
        self.catch_up()
        if self.journal is not None:
            try:
                self.snapshot()
            finally:
                self.journal.close()
