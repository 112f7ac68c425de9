"""Plays music and prompts to one caller; the music begins again after a prompt.

FreeSWITCH's `playback` nests: one that is started while another plays suspends it and returns to
it. So a prompt over music needs nothing stopped. But `uuid_break` ends everything at once, and
what is started before the end of it would be broken too: something else is begun only when the
applications that are to go have completed. One that was not begun yet, which takes up to a frame,
is dropped by the break and never completes; so a mark is sent behind each break, which does.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from typing import Final, Protocol

from adapters.freeswitch.media.sounds import Part
from adapters.freeswitch.protocol.channel_fields import END_KEYS_VARIABLE, NO_KEYS, UNSET_KEYS
from adapters.freeswitch.protocol.command_lines import Command, api, execute
from adapters.freeswitch.protocol.errors import EslError
from adapters.freeswitch.protocol.quoting import leg_uuid, setvar_value
from adapters.freeswitch.protocol.reply_matching import Reply

#: Runs on the leg when the break before it is through, and changes nothing. No `set`: the ends of
#: those are not sent to us.
MARK: Final = Part("unset", "acd_broken")


class Wire(Protocol):
    """How commands reach the switch. What cannot be sent now is answered with the reason."""

    def tell(
        self, command: Command, on_reply: Callable[[Reply | EslError], None] | None = None
    ) -> None:
        """Send a command."""

    def dial(self, argument: str, on_end: Callable[[str | EslError], None], limit_s: float) -> None:
        """Run `originate` beside the link; `on_end` gets what it printed."""

    def new_uuid(self) -> str:
        """A new uuid for a leg."""

    def new_id(self) -> str:
        """A new short name for an execution, unique on the switch."""


class Player:
    """Music and prompts of one leg.

    Args:
        leg_id: the caller's.
        wire: to the switch.
        finished: told the id of each prompt that is over, and whether all of it was heard, as far
            as orders go: a key that ends it is told by its own event.
        gone: told when the switch says that there is no such leg.
        end_keys: those that end what plays, as the leg has them.
        began: told the id of each prompt of which another part has begun, and how many parts are
            still to come.
    """

    __slots__ = (
        "_began",
        "_end_keys",
        "_finished",
        "_gone",
        "_is_breaking",
        "_is_off",
        "_is_waiting",
        "_leg_id",
        "_mark_uuid",
        "_music_uuid",
        "_next",
        "_part_uuid",
        "_parts",
        "_playing",
        "_prompt_id",
        "_wanted",
        "_wire",
        "is_missing",
        "is_renewing",
    )

    def __init__(
        self,
        leg_id: str,
        wire: Wire,
        finished: Callable[[str, bool], None],
        gone: Callable[[], None],
        end_keys: str = UNSET_KEYS,
        began: Callable[[str, int], None] = lambda _prompt, _left: None,
    ) -> None:
        self._leg_id = leg_id
        self._wire = wire
        self._finished = finished
        self._gone = gone
        self._end_keys = end_keys
        self._began = began
        self._wanted = ""
        self._playing = ""
        self._music_uuid = ""
        self._next: tuple[str, tuple[Part, ...], str] | None = None
        self._prompt_id = ""
        self._parts: deque[Part] = deque()
        self._part_uuid = ""
        self._mark_uuid = ""
        self._is_breaking = False
        self._is_off = False
        self._is_waiting = False
        #: The leg is being parked afresh, and must not be touched until that is done.
        self.is_renewing = False
        #: The switch has no such sound, of the last part of a prompt that it was asked for.
        self.is_missing = False

    def music(self, stream: str) -> None:
        """Have this music below everything else; nothing when it plays already."""
        self._wanted = stream
        self._settle()

    def prompt(self, prompt_id: str, parts: tuple[Part, ...], end_keys: str = "") -> None:
        """Play a prompt in place of the one that plays, if any.

        Each of ``end_keys`` ends the part of it that plays, within the switch. The parts behind it
        would follow: at the key's event `stop` it.
        """
        if self._next is not None:
            self._finished(self._next[0], False)
        self._next = (prompt_id, parts, end_keys)
        self._settle()

    def stop(self) -> None:
        """Silence, at once."""
        self._wanted = ""
        if self._next is not None:
            self._finished(self._next[0], False)
            self._next = None
        self._break()

    def interrupt(self) -> None:
        """End what plays, also what another process began; what was ordered since follows."""
        self._is_waiting = False
        self._break(also_unknown=True)

    def wait_for_end(self) -> bool:
        """Begin and break nothing until what plays now has ended; False where it is not the last
        part of a prompt."""
        self._is_waiting = bool(self._part_uuid) and not self._parts
        return self._is_waiting

    @property
    def is_on_last_part(self) -> bool:
        """Whether the last part of a prompt has begun."""
        return bool(self._part_uuid) and not self._parts

    def take_up(self, stream: str) -> None:
        """This music was begun by another process, and plays: it goes on."""
        self._playing = self._wanted = stream

    def agrees(self, stream: str, is_idle: bool) -> bool:
        """Whether it is as the switch tells it, also if events were missed.

        Args:
            stream: the music that plays on top; empty where the switch does not tell.
            is_idle: nothing plays.
        """
        if self._part_uuid or self._is_breaking:
            return False
        if is_idle:
            return not self._playing
        return bool(self._playing) if not stream else stream == self._playing

    def renew(self) -> None:
        """What plays is not known: the leg is parked afresh, and `on` begins what is wanted."""
        if self._part_uuid:
            self._part_uuid = ""
            self._finished(self._prompt_id, False)
        self._is_off = self.is_renewing = True
        self._wire.tell(
            api("uuid_transfer", f"{leg_uuid(self._leg_id)} park inline"), self._replied
        )

    def off(self) -> None:
        """The caller is being joined with an agent; FreeSWITCH stops what plays by itself."""
        self._is_off = True

    def forget(self) -> None:
        """Nothing of what was ordered is wanted any more, also when the caller is alone again."""
        self._wanted = ""
        self._next = None

    def on(self) -> None:
        """The caller is alone: what was ordered meanwhile begins."""
        self._is_off = self.is_renewing = False
        self.cut()
        self._settle()

    def cut(self) -> None:
        """The leg was joined with another, or parked: whatever played has ended by that, and no
        event tells of it."""
        self._is_breaking = self._is_waiting = False
        self._playing = self._music_uuid = self._mark_uuid = ""
        self._parts.clear()
        if self._part_uuid:
            self._part_uuid = ""
            self._finished(self._prompt_id, False)

    def ended(self, event_uuid: str, argument: str = "", is_missing: bool = False) -> None:
        """An application on the leg has completed, which was given this argument; there was no such
        sound."""
        if event_uuid and event_uuid == self._mark_uuid:
            self._mark_uuid = ""
            self._broken()
            return
        if event_uuid and event_uuid == self._part_uuid:
            self._part_uuid = ""
            self.is_missing = is_missing
            self._is_waiting = False
            if self._parts and not self._is_breaking and not self._is_off:
                self._play_part()
                self._began(self._prompt_id, len(self._parts))
            else:
                is_whole = not (self._parts or self._is_breaking or self._is_off)
                self._parts.clear()
                self._finished(self._prompt_id, is_whole)
        elif self._is_music(event_uuid, argument):
            self._playing = self._music_uuid = ""
            if not self._is_breaking and not self._is_off:
                # The stream is not there: it is not begun again and again.
                self._wanted = ""
        else:
            return
        if self._is_breaking and not self._playing and not self._part_uuid:
            self._is_breaking = False
        self._settle()

    def _is_music(self, event_uuid: str, argument: str) -> bool:
        if self._playing and not self._music_uuid:  # taken up: its identity is not known
            return argument == self._playing
        return bool(event_uuid) and event_uuid == self._music_uuid

    def _settle(self) -> None:
        if self._is_off or self._is_breaking or self._is_waiting:
            return
        if (self._playing and self._wanted != self._playing) or (self._next and self._part_uuid):
            self._break()
            return
        if self._wanted and not self._playing:
            self._use_keys("")
            self._playing = self._wanted
            self._music_uuid = self._execute(Part("playback", self._wanted))
        if self._next is not None:
            (self._prompt_id, parts, end_keys), self._next = self._next, None
            self.is_missing = not parts
            if not parts:
                self._finished(self._prompt_id, True)
                return
            self._use_keys(end_keys)
            self._parts.extend(parts)
            self._play_part()

    def _play_part(self) -> None:
        self._part_uuid = self._execute(self._parts.popleft())

    def _use_keys(self, keys: str) -> None:
        """Have these keys end what plays. `playback`, `say` and `speak` look at each key pressed,
        and end at a star where nothing is said.

        Source: `on_dtmf` of mod_dptools.c.
        """
        keys = keys or NO_KEYS
        if keys != self._end_keys:
            self._end_keys = keys
            name = leg_uuid(self._leg_id)
            value = setvar_value(END_KEYS_VARIABLE, keys)
            self._wire.tell(api("uuid_setvar", f"{name} {END_KEYS_VARIABLE} {value}"))

    def _break(self, *, also_unknown: bool = False) -> None:
        if self._is_off or self._is_breaking or self._is_waiting:
            return
        if not (self._playing or self._part_uuid or also_unknown):
            return
        self._is_breaking = True
        self._wire.tell(api("uuid_break", f"{leg_uuid(self._leg_id)} all"))
        self._mark_uuid = self._execute(MARK)

    def _broken(self) -> None:
        """A break is through: what has not completed by now was dropped before it began."""
        if not self._is_breaking or self._is_off:
            return
        is_prompt = bool(self._part_uuid)
        self._is_breaking = self._is_waiting = False
        self._playing = self._music_uuid = self._part_uuid = ""
        self._parts.clear()
        if is_prompt:
            self._finished(self._prompt_id, False)
        self._settle()

    def _execute(self, part: Part) -> str:
        event_uuid = self._wire.new_id()
        self._wire.tell(
            execute(self._leg_id, part.application, part.argument, event_uuid), self._replied
        )
        return event_uuid

    def _replied(self, outcome: Reply | EslError) -> None:
        if isinstance(outcome, Reply) and outcome.is_refusal:
            self._gone()
