"""What goes out: everything the engine wants done, imperative, safe to repeat.

The adapter carries commands out and reports with events; no command ends silently. The ids are
chosen by the engine, so that everything started can be recognised and cancelled.
"""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

from acdengine.base_messages import Command as Command
from acdengine.handover_commands import ReferCaller as ReferCaller
from acdengine.modes import SupervisionMode
from acdengine.plan import DialRoute, MessagePolicy
from acdengine.prompts import AnyPrompt
from acdengine.screen_pop import ScreenPop
from acdengine.service_commands import AnyServiceCommand
from acdengine.speech_input import SpeechInput
from routing.policy import AutoAnswer


class RejectCall(Command, frozen=True, gc=False, tag=True):
    """Turn the caller away without answering; answered by `CallerHungUp`."""

    call_id: str
    cause: str


class AnswerCall(Command, frozen=True, gc=False, tag=True):
    """Answer the caller's leg."""

    call_id: str


class OpenMedia(Command, frozen=True, gc=False, tag=True):
    """Let the caller hear what is played without answering: the call costs nothing yet."""

    call_id: str


class PlayMusic(Command, frozen=True, gc=False, tag=True):
    """Music on hold until something else is played or the call is bridged."""

    call_id: str
    music: str


class PlayPrompt(Command, frozen=True, gc=False, tag=True):
    """Play one prompt, then go on with the music; answered by `PromptFinished`.

    ``prompt`` is a name from the settings, or ``position:N``, ``estimate:SECONDS``,
    ``estimate_over:SECONDS``.
    """

    call_id: str
    prompt_id: str
    prompt: str


class StopPrompt(Command, frozen=True, gc=False, tag=True):
    """Stop the present prompt, or prompts, at once."""

    call_id: str


class PlayPrompts(Command, frozen=True, gc=False, tag=True):
    """Play prompts in a row, without music; answered by `PromptsFinished`, and by a `PromptHeard`
    after each but the last.

    Each of ``end_keys`` stops them all at once; empty: no key does. With ``hides_keys`` keys are
    dropped and told of by nothing, until something else begins: they are for sensitive input. The
    next of `PlayPrompt`, `PlayPrompts`, `Collect` and `RecordCaller` on the leg ends it.
    """

    call_id: str
    prompt_id: str
    prompts: tuple[AnyPrompt, ...]
    end_keys: str = ""
    hides_keys: bool = False


class Collect(Command, frozen=True, gc=False, tag=True):
    """Play prompts and collect keys; answered by `DigitsCollected`.

    With ``options`` it is a menu: it ends as soon as the keys are an option and no longer option
    begins with them, or no option does; it waits ``ambiguity_us`` where a longer one might come.
    ``min_digits`` and ``max_digits`` are not looked at then. ``first_digit_us`` runs from the end
    of the prompts, ``inter_digit_us`` from each key. Each of ``terminators`` ends it and is no part
    of the digits.

    ``barge_in``: the first key stops the prompts. ``typed`` is what was typed ahead, and ``heard``
    the `DigitPressed.number` of its last key, so that keys that cross with this command are added
    once. Without ``keeps_typed`` all that is dropped, and keys during prompts without barge-in too.

    ``is_sensitive``: the keys are read inside the switch and are in no event, log or journal;
    what was typed ahead is dropped. The answer has a token for the daemon's HTTP client, and the
    last ``shown_digits``. Recordings of the leg are paused meanwhile. Repeated while it is under
    way, nothing changes.

    ``check``: `luhn`, the last digit is the check digit of the others (ISO/IEC 7812-1); what is
    wrong by it ends as `no_match`.

    ``speech``: the caller may say something instead. The first of both counts: a key ends the
    recognition, and what was understood ends the collection. With barge-in a recogniser of the
    switch listens from the beginning of the prompts on, and speech stops them; else, and where the
    caller is recorded, it listens from their end on. An adapter that cannot listen takes keys
    alone.
    """

    call_id: str
    collect_id: str
    prompts: tuple[AnyPrompt, ...] = ()
    barge_in: bool = True
    min_digits: int = 1
    max_digits: int = 1
    terminators: str = ""
    first_digit_us: int = 5_000_000
    inter_digit_us: int = 3_000_000
    options: tuple[str, ...] = ()
    ambiguity_us: int = 1_500_000
    keeps_typed: bool = True
    typed: str = ""
    heard: int = 0
    is_sensitive: bool = False
    shown_digits: int = 0
    check: Literal["", "luhn"] = ""
    speech: SpeechInput | None = None


class StopCollect(Command, frozen=True, gc=False, tag=True):
    """End a collection; answered by `DigitsCollected`, cancelled."""

    call_id: str
    collect_id: str


class RecordCaller(Command, frozen=True, gc=False, tag=True):
    """Record what the caller says into a file below the switch's folder of recordings; answered by
    `CallerRecorded`.

    It ends by one of ``end_keys``, after so much silence, or at its greatest length.
    """

    call_id: str
    record_id: str
    file: str
    prompts: tuple[AnyPrompt, ...] = ()
    has_beep: bool = True
    max_us: int = 120_000_000
    silence_us: int = 5_000_000
    end_keys: str = "#"


class StopRecord(Command, frozen=True, gc=False, tag=True):
    """End the recording of what the caller says; answered by `CallerRecorded`."""

    call_id: str
    record_id: str


class SendKeys(Command, frozen=True, gc=False, tag=True):
    """Send keys to the caller's side, as if a telephone here had pressed them; nothing answers.

    ``keys``: digits, ``* # A B C D``, and ``w`` and ``W`` for half a second and a second between.
    """

    call_id: str
    keys: str
    tone_us: int = 250_000


class SetVariable(Command, frozen=True, gc=False, tag=True):
    """Write a variable of the caller's leg; an empty value removes it.

    Only a name of the switch's allow-list is written; answered by `VariableRead` with what the leg
    has then.
    """

    call_id: str
    read_id: str
    name: str
    value: str


class ReadVariable(Command, frozen=True, gc=False, tag=True):
    """Read a variable of the caller's leg, of the same list; answered by `VariableRead`."""

    call_id: str
    read_id: str
    name: str


class ShownCaller(Struct, frozen=True, gc=False):
    """Who calls, as a telephone is to show it; an empty number is withheld from it."""

    name: str = ""
    number: str = ""


class RingAgent(Command, frozen=True, gc=False, tag=True):
    """Ring the agent's phone; answered by `OfferAnswered` or `OfferEnded`.

    The engine itself withdraws the offer after ``timeout_us``; the adapter may use it as the
    switch's own limit. ``auto_answer`` is how the phone is told to answer by itself, empty where
    it is not to. ``whisper`` names a prompt that will come with the `Bridge`. Where ``line_id``
    names the agent's nailed-up line nothing rings: the offer is answered at once, and a beep comes
    before the whisper.
    """

    offer_id: str
    call_id: str
    agent_id: str
    contact: str
    timeout_us: int
    auto_answer: AutoAnswer = ""
    screen_pop: ScreenPop | None = None
    whisper: str = ""
    #: For another agent who consults this one: not joined with the caller by the answer.
    consult: bool = False
    #: The switch node where the phone is, where that is known; the leg itself is on the caller's.
    node_id: str = ""
    line_id: str = ""
    #: What the caller hears when the agent presses the telephone's hold key.
    music: str = "default"
    #: None: what the caller's leg tells.
    shown: ShownCaller | None = None
    #: The answer does not accept the call yet: an `AskToAccept` follows it.
    awaits_key: bool = False
    #: A leg that the agent's telephone has dialled itself (`CallArrived`): it is answered and is
    #: the leg of the offer, and nothing rings.
    leg_id: str = ""
    #: A telephone that answers 302 is reported by `OfferRedirected`, else as an end.
    may_redirect: bool = False
    #: The number outside that is rung in place of the telephone, which has redirected to it; the
    #: rest as for `DialNumber`.
    number: str = ""
    allow: tuple[str, ...] = ()
    route: DialRoute = DialRoute()


class AskToAccept(Command, frozen=True, gc=False, tag=True):
    """Play prompts to an agent who has answered, alone, and report the keys they press.

    Each key is an `OfferKeyPressed`, also while the prompts play; ``key`` is the one that is asked
    for. A `Bridge` or a `CancelRing` follows, which ends the prompts. The caller's leg is not
    touched.
    """

    offer_id: str
    call_id: str
    key: str
    prompts: tuple[str, ...] = ()


class OpenLine(Command, frozen=True, gc=False, tag=True):
    """Dial the phone of a nailed-up agent and keep it; answered by `LineOpened` or `LineClosed`."""

    line_id: str
    agent_id: str
    contact: str
    timeout_us: int
    auto_answer: AutoAnswer = ""
    #: The switch node where the phone is, where that is known.
    node_id: str = ""


class CloseLine(Command, frozen=True, gc=False, tag=True):
    """Take a nailed-up agent's line down, with the offer on it; answered by `LineClosed`."""

    line_id: str


class CancelRing(Command, frozen=True, gc=False, tag=True):
    """Take the agent's leg down, ringing or answered; answered by `OfferEnded`.

    On a nailed-up line the caller is taken off it, and the line stays.
    ``answered_elsewhere``: another agent has the call, so that the phone shows no missed one.
    """

    offer_id: str
    answered_elsewhere: bool = False


class Bridge(Command, frozen=True, gc=False, tag=True):
    """Join caller and agent, or a party; answered by `CallBridged` or `BridgeFailed`.

    Where ``whisper`` names a prompt, the agent hears it first, alone, and the caller goes on
    hearing what there was. A third party on the call that was not ordered down is left alone,
    and hears music.
    """

    call_id: str
    #: The offer's, or the party's.
    offer_id: str
    whisper: str = ""


class HoldCall(Command, frozen=True, gc=False, tag=True):
    """The caller hears music, the agent's leg stays."""

    call_id: str
    music: str


class RetrieveCall(Command, frozen=True, gc=False, tag=True):
    """Caller and agent hear each other again."""

    call_id: str


class HangUpCall(Command, frozen=True, gc=False, tag=True):
    """Take the caller's leg down; answered by `CallerHungUp`."""

    call_id: str
    cause: str


class DialNumber(Command, frozen=True, gc=False, tag=True):
    """Join the caller with a number outside; answered by `NumberAnswered`, where it answers, and by
    `NumberEnded` when that is over.

    ``allow``: beginnings of numbers of which this one must have one.
    ``attempt``: which number outside it is for this call, from 1; an order that is repeated has the
    same. ``variables``: what the new leg has besides; of names that may not be set, it has none.
    """

    call_id: str
    number: str
    allow: tuple[str, ...] = ()
    route: DialRoute = DialRoute()
    attempt: int = 1
    variables: dict[str, str] = {}  # noqa: RUF012 - msgspec copies it


class RecordMessage(Command, frozen=True, gc=False, tag=True):
    """Take a message into a voicemail box, ``tenant/name``; answered by `MessageLeft`.

    ``file`` is where it goes, below the switch's folder of recordings.
    """

    call_id: str
    box: str
    prompt: str
    file: str = ""
    policy: MessagePolicy = MessagePolicy()


class StartRecording(Command, frozen=True, gc=False, tag=True):
    """Record a conversation into a file below the switch's folder of recordings; answered by
    `RecordingBegan` or `RecordingEnded`.

    ``by_script``: it is a script's own, and no engine that has lost its memory takes it up.
    """

    call_id: str
    file: str
    stereo: bool = True
    by_script: bool = False


class PauseRecording(Command, frozen=True, gc=False, tag=True):
    """Record silence from now on."""

    call_id: str
    file: str


class ResumeRecording(Command, frozen=True, gc=False, tag=True):
    """Record what is said again."""

    call_id: str
    file: str


class StopRecording(Command, frozen=True, gc=False, tag=True):
    """End a recording; answered by `RecordingEnded`."""

    call_id: str
    file: str


class DialCustomer(Command, frozen=True, gc=False, tag=True):
    """Ring the customer of a callback; answered by `CallbackAnswered` or `CallbackFailed`.

    ``allow``: as for `DialNumber`.
    """

    call_id: str
    number: str
    timeout_us: int
    allow: tuple[str, ...] = ()
    route: DialRoute = DialRoute()


class CancelDial(Command, frozen=True, gc=False, tag=True):
    """Stop ringing the customer; answered by `CallbackFailed`."""

    call_id: str


class DialParty(Command, frozen=True, gc=False, tag=True):
    """Ring a party for a call, who then waits; answered by `PartyAnswered` or `PartyEnded`.

    Either ``number`` (outside; ``allow``: as for `DialNumber`) or ``contact`` (a telephone) is
    given; ``node_id`` as for `RingAgent`.
    """

    party_id: str
    call_id: str
    number: str
    contact: str
    timeout_us: int
    allow: tuple[str, ...] = ()
    route: DialRoute = DialRoute()
    node_id: str = ""


class EndParty(Command, frozen=True, gc=False, tag=True):
    """Take a party's leg down, ringing or answered; answered by `PartyEnded`."""

    party_id: str


class AdoptAgentLeg(Command, frozen=True, gc=False, tag=True):
    """Take a leg that the engine did not order, and that the switch has joined with the caller, for
    that of an agent; the offer bears the leg's id. Its end is reported by `OfferEnded`."""

    offer_id: str
    call_id: str
    agent_id: str


class AdoptExternalLeg(Command, frozen=True, gc=False, tag=True):
    """Take a leg that the engine did not order for that of the number outside that the caller is
    with, or will be when it answers. Its end is reported by `NumberEnded`."""

    leg_id: str
    call_id: str
    number: str
    attempt: int = 0
    answered: bool = True


class JoinConsult(Command, frozen=True, gc=False, tag=True):
    """Part caller and agent: the caller hears music, the agent talks with the consulted party as
    soon as that has answered; answered by `ConsultJoined` then."""

    call_id: str
    #: The agent's.
    offer_id: str
    #: The consulted party's: an offer's or a party's.
    consult_id: str
    music: str
    #: False: the party that answers is asked for a key first (`AskToAccept`). Caller and agent are
    #: parted, and the order comes again once the key was pressed.
    accepted: bool = True


class JoinAll(Command, frozen=True, gc=False, tag=True):
    """Have caller, agent and consulted party all hear each other; answered by `AllJoined`."""

    call_id: str
    offer_id: str
    consult_id: str


class Supervise(Command, frozen=True, gc=False, tag=True):
    """Have an answered party listen to an agent's conversation, or speak into it; answered by
    `SupervisionSet`. Ordered again to change the mode."""

    party_id: str
    call_id: str
    #: The agent's.
    offer_id: str
    mode: SupervisionMode


class Reply(Command, frozen=True, gc=False, tag=True):
    """The answer to a request; ``problem`` is empty when it was done."""

    request_id: str
    problem: str = ""


#: What the ports of switches carry out, and the replies to requests.
SwitchCommand: TypeAlias = (
    RejectCall | AnswerCall | OpenMedia | PlayMusic | PlayPrompt | StopPrompt | PlayPrompts
    | Collect | StopCollect | RecordCaller | StopRecord | SendKeys | SetVariable | ReadVariable
    | RingAgent | AskToAccept | OpenLine | CloseLine | CancelRing | Bridge | HoldCall | RetrieveCall
    | HangUpCall | DialNumber | ReferCaller | RecordMessage | StartRecording | PauseRecording
    | ResumeRecording | StopRecording | DialCustomer | CancelDial | DialParty | EndParty
    | AdoptAgentLeg | AdoptExternalLeg | JoinConsult | JoinAll | Supervise | Reply
)  # fmt: skip

AnyCommand: TypeAlias = SwitchCommand | AnyServiceCommand
