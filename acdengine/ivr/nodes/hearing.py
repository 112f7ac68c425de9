"""Steps that listen: menu, collect, survey. They share how a caller is asked again."""

from __future__ import annotations

from acdengine.ivr.definition import (
    CollectStep,
    Confirmation,
    Listening,
    MenuStep,
    Retry,
    SurveyStep,
)
from acdengine.ivr.effects import Audio, Collect, DigitRules, ScoreGiven
from acdengine.ivr.expressions.compiling import Kinds
from acdengine.ivr.expressions.functions import luhn
from acdengine.ivr.inputs import AnyInput, InputEnded
from acdengine.ivr.key_patterns import matches, options_of
from acdengine.ivr.nodes.audio import Hear, compile_items, spoken_value
from acdengine.ivr.phrases import Phrases
from acdengine.ivr.turn import STAY, Node, Turn


class ListeningNode(Node):
    """Asks, and asks again: by the kinds of failure apart, with prompts by how often."""

    def __init__(self, listening: Listening, rules: DigitRules, kinds: Kinds) -> None:
        super().__init__(listens=True)
        self._listening = listening
        self._rules = rules
        self._prompt = compile_items(listening.prompt, kinds)
        self._noinput = [compile_items(items, kinds) for items in listening.noinput.prompts]
        self._nomatch = [compile_items(items, kinds) for items in listening.nomatch.prompts]
        self._phrases = Phrases(listening.phrases, as_row=not rules.options)
        self._spoken = tuple(listening.phrases)

    def enter(self, turn: Turn) -> str:
        run = turn.run
        run.noinputs = run.nomatches = run.refusals = 0
        self._ask(turn, "ask")
        return STAY

    def again(self, turn: Turn) -> str:
        pending = turn.run.pending
        if pending is not None:
            self._ask(turn, pending.phase, pending.value, pending.heard)
        return STAY

    def answer(self, turn: Turn, given: AnyInput) -> str:
        if not isinstance(given, InputEnded):
            return STAY
        listening = self._listening
        if given.outcome == "failed":
            return turn.way_out("nomatch", listening.nomatch.then, "the switch cannot listen")
        if given.outcome == "noinput":
            turn.run.noinputs += 1
            return self._retry(turn, "noinput", listening.noinput, turn.run.noinputs)
        if given.outcome == "value":
            to = self.take(turn, given)
            if to is not None:
                return to
        turn.run.nomatches += 1
        return self._retry(turn, "nomatch", listening.nomatch, turn.run.nomatches)

    def take(self, turn: Turn, given: InputEnded) -> str | None:
        """What follows from an input; None where it does not fit."""
        raise NotImplementedError

    def typed(self, given: InputEnded) -> str:
        """The keys, or those that what was said stands for."""
        return self._phrases.keys_of(given.spoken) if given.spoken else given.digits

    def _retry(self, turn: Turn, phase: str, retry: Retry, count: int) -> str:
        if count > retry.tries:
            return turn.way_out(phase, retry.then)
        pending = turn.run.pending
        if pending is not None and pending.phase == "confirm":
            self._ask(turn, "confirm", pending.value)
        else:
            self._ask(turn, phase)
        return STAY

    def _ask(self, turn: Turn, phase: str, value: str = "", heard: int = 0) -> None:
        audio = self._audio(turn, phase, value)
        ticket = turn.wait(phase, value)
        turn.mark_heard(heard)
        turn.effects.append(self._collect(turn, ticket, audio[heard:], phase))

    def _audio(self, turn: Turn, phase: str, value: str) -> tuple[Audio, ...]:
        if phase == "noinput":
            return self._asked_again(
                turn, self._noinput, turn.run.noinputs, self._listening.noinput
            )
        if phase == "nomatch":
            return self._asked_again(
                turn, self._nomatch, turn.run.nomatches, self._listening.nomatch
            )
        return self._prompt(turn)

    def _asked_again(
        self, turn: Turn, prompts: list[Hear], count: int, retry: Retry
    ) -> tuple[Audio, ...]:
        first = prompts[min(count, len(prompts)) - 1](turn) if prompts else ()
        return first + self._prompt(turn) if retry.repeat else first

    def _collect(self, turn: Turn, ticket: int, audio: tuple[Audio, ...], phase: str) -> Collect:
        listening = self._listening
        # What was typed ahead is for the first question, not for one asked again.
        ahead = listening.type_ahead and phase == "ask"
        return Collect(ticket, audio, self._rules, listening.barge_in, ahead, phrases=self._spoken)


class MenuNode(ListeningNode):
    """Keys to steps."""

    def __init__(self, step: MenuStep, kinds: Kinds) -> None:
        self._ways: dict[str, tuple[str, str]] = {}
        for pattern, to in step.keys.items():
            way = f"key {pattern}"
            for option in options_of(pattern):
                self._ways[option] = (way, to)
        listening = step.listening
        rules = DigitRules(
            options=tuple(self._ways),
            least=1,
            most=max(map(len, self._ways)),
            first_digit_us=listening.first_digit_us,
            inter_digit_us=listening.inter_digit_us,
            ambiguity_us=step.ambiguity_us,
        )
        super().__init__(listening, rules, kinds)
        self._save = step.save

    def take(self, turn: Turn, given: InputEnded) -> str | None:
        typed = self.typed(given)
        found = self._ways.get(typed)
        if found is None:
            return None
        if self._save:
            turn.variables[self._save] = typed
        way, to = found
        return turn.leave(way, to)


class CollectNode(ListeningNode):
    """Digits into a variable, said back where that is asked for."""

    def __init__(self, step: CollectStep, kinds: Kinds) -> None:
        listening = step.listening
        rules = DigitRules(
            least=step.least,
            most=step.most,
            terminators=step.terminators,
            first_digit_us=listening.first_digit_us,
            inter_digit_us=listening.inter_digit_us,
        )
        super().__init__(listening, rules, kinds)
        self._step = step
        self._confirm = step.confirm
        asked = step.confirm if step.confirm is not None else Confirmation()
        self._before = compile_items(asked.before, kinds)
        self._after = compile_items(asked.after, kinds)
        self._confirm_phrases = Phrases(asked.phrases, as_row=False)
        self._confirm_spoken = tuple(asked.phrases)
        self._confirm_rules = DigitRules(
            options=(asked.accept, asked.again),
            first_digit_us=listening.first_digit_us,
            inter_digit_us=listening.inter_digit_us,
        )

    def take(self, turn: Turn, given: InputEnded) -> str | None:
        pending = turn.run.pending
        if pending is not None and pending.phase == "confirm":
            return self._confirmed(turn, pending.value, given)
        step = self._step
        if step.sensitive:
            return self._keep_secret(turn, given)
        typed = self.typed(given)
        if not step.least <= len(typed) <= step.most or not self._fits(typed):
            return None
        if self._confirm is not None:
            self._ask(turn, "confirm", typed)
            return STAY
        return self._save(turn, typed)

    def _fits(self, typed: str) -> bool:
        step = self._step
        if step.patterns and not any(matches(pattern, typed) for pattern in step.patterns):
            return False
        return not step.check or luhn(typed)

    def _keep_secret(self, turn: Turn, given: InputEnded) -> str | None:
        if not given.secret:
            return None
        if self._step.shown:
            turn.variables[self._step.shown] = given.masked
        return self._save(turn, given.secret)

    def _save(self, turn: Turn, value: str) -> str:
        turn.variables[self._step.save] = value
        return turn.leave("value", self._step.next)

    def _confirmed(self, turn: Turn, value: str, given: InputEnded) -> str | None:
        confirm = self._confirm
        said = given.spoken
        typed = self._confirm_phrases.keys_of(said) if said else given.digits
        if confirm is None or typed not in (confirm.accept, confirm.again):
            return None
        if typed == confirm.accept:
            return self._save(turn, value)
        turn.run.refusals += 1
        if turn.run.refusals > confirm.tries:
            return turn.way_out("refused", confirm.then)
        self._ask(turn, "again")
        return STAY

    def _audio(self, turn: Turn, phase: str, value: str) -> tuple[Audio, ...]:
        if phase != "confirm" or self._confirm is None:
            return super()._audio(turn, phase, value)
        said = spoken_value(turn, value, self._confirm.say)
        heard = (said,) if said is not None else ()
        return (*self._before(turn), *heard, *self._after(turn))

    def _collect(self, turn: Turn, ticket: int, audio: tuple[Audio, ...], phase: str) -> Collect:
        listening, step = self._listening, self._step
        if phase == "confirm":
            return Collect(
                ticket, audio, self._confirm_rules, type_ahead=False, phrases=self._confirm_spoken
            )
        return Collect(
            ticket,
            audio,
            self._rules,
            listening.barge_in,
            listening.type_ahead and phase == "ask" and not step.sensitive,
            step.sensitive,
            step.check if step.sensitive else "",
            step.shown_digits,
            self._spoken,
        )


class SurveyNode(ListeningNode):
    """One question, answered by one key."""

    def __init__(self, step: SurveyStep, kinds: Kinds) -> None:
        listening = step.listening
        rules = DigitRules(
            options=tuple(str(score) for score in range(1, step.scale + 1)),
            first_digit_us=listening.first_digit_us,
            inter_digit_us=listening.inter_digit_us,
        )
        super().__init__(listening, rules, kinds)
        self._step = step

    def take(self, turn: Turn, given: InputEnded) -> str | None:
        typed = self.typed(given)
        step = self._step
        if typed not in self._rules.options:
            return None
        score = ScoreGiven(step.survey, step.question, int(typed), step.scale)
        turn.effects.append(score)
        return turn.leave("score", step.next, typed)
