"""`detect_speech`, with the module `test` (mod_test), which understands every utterance alike.

There is no sound in the stand-in: a far end with a tone speaks without a pause, one without is
silent. What it says is the far end's `words`, where it has any. Results come as DETECTED_SPEECH to
those who ask for it by the variable `fire_asr_events`.

Source: `detect_speech_function` of mod_dptools.c, `speech_thread` of switch_ivr_async.c, and
mod_test.c.
"""

from __future__ import annotations

import json
from typing import Final

from adapters.sim.standin.calls import applications
from adapters.sim.standin.core.channel import Channel, Running
from adapters.sim.standin.core.speech_recogniser import Recogniser
from adapters.sim.standin.core.switch_core import Application, SwitchCore
from adapters.sim.standin.core.text_parsing import separated

_MODULES: Final = ("test",)
#: From the beginning of speech until the module is sure of it (`vad-voice-ms`).
_VOICE_S: Final = 0.06


def _detect(switch: SwitchCore, leg: Channel, running: Running) -> None:
    """`init MODULE`, `param NAME VALUE`, `MODULE GRAMMAR NAME`, `pause`, `resume` and `stop`."""
    words = separated(running.argument, " ")
    match words:
        case ["init", module, *_]:
            _open(leg, module)
        case ["param", name, value, *_] if leg.recogniser is not None:
            leg.recogniser.parameters[name.lower()] = value
        case ["pause"]:
            _pause(leg)
        case ["resume"]:
            _listen(switch, leg)
        case ["stop"]:
            stop(leg)
        case [module, grammar, _, *_]:
            _open(leg, module)
            if leg.recogniser is not None:
                leg.recogniser.grammar = grammar
                leg.recogniser.fires_events |= leg.is_true("fire_asr_events")
                _listen(switch, leg)
    applications.finish(switch, leg, running)


def _open(leg: Channel, module: str) -> None:
    if leg.recogniser is None and module in _MODULES:
        leg.recogniser = Recogniser(leg.is_true("fire_asr_events"))


def _pause(leg: Channel) -> None:
    if leg.recogniser is not None and leg.recogniser.timer is not None:
        leg.recogniser.timer.cancel()
        leg.recogniser.timer = None


def stop(leg: Channel) -> None:
    """Listen no longer."""
    _pause(leg)
    leg.recogniser = None


def _listen(switch: SwitchCore, leg: Channel) -> None:
    """Listen from now on: to the far end's words, or to its silence."""
    one = leg.recogniser
    if one is None:
        return
    _pause(leg)
    if leg.tone_hz:
        one.timer = switch.clock.after(_VOICE_S, lambda: _begins(switch, leg, one))
        return
    silence_s = one.seconds("no-input-timeout", 5_000)
    nothing = {"grammar": one.grammar, "text": "", "confidence": 0, "error": "no_input"}
    one.timer = switch.clock.after(silence_s, lambda: _result(switch, leg, one, nothing))


def _begins(switch: SwitchCore, leg: Channel, one: Recogniser) -> None:
    _tell(switch, leg, one, "begin-speaking")
    words = leg.words or one.parameters.get("result", "agent")
    confidence = float(one.parameters.get("confidence", "87.3"))
    understood = {"grammar": one.grammar, "text": words, "confidence": confidence}
    one.timer = switch.clock.after(
        one.seconds("speech-timeout", 10_000), lambda: _result(switch, leg, one, understood)
    )


def _result(switch: SwitchCore, leg: Channel, one: Recogniser, answer: dict[str, object]) -> None:
    _tell(switch, leg, one, "detected-speech", json.dumps(answer))


def _tell(switch: SwitchCore, leg: Channel, one: Recogniser, what: str, body: str = "") -> None:
    if leg.recogniser is one and leg.is_up and one.fires_events:
        switch.tell("DETECTED_SPEECH", leg, {"Speech-Type": what}, body=body)


#: By name.
APPLICATIONS: Final = {"detect_speech": Application(_detect)}
