"""Steps that listen, and the defaults that they inherit."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from msgspec.structs import replace
from pydantic import Field, PrivateAttr, model_validator

from acdengine.ivr.definition import (
    AnyStep,
    CollectStep,
    Confirmation,
    Listening,
    MenuStep,
    Retry,
    SayAs,
    Sensitive,
    SurveyStep,
)
from acdengine.ivr.key_patterns import PatternError, options_of, places_of
from acdengine.ivr.phrases import words_of
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.flows.items import Items, defined
from acdengine.settings.flows.step import (
    Context,
    FollowedStep,
    StepName,
    StepSettings,
    VariableName,
    Way,
    Write,
)
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.tree import Keys
from acdengine.settings.values import Name

DigitSeconds = Annotated[float, Field(ge=0.2, le=120)]
Key = Annotated[str, Field(pattern=r"^[0-9*#]$"), Expected("one key: 0 to 9, * or #")]
KeyPattern = Annotated[
    str,
    Field(min_length=1, max_length=64),
    Expected("keys such as 1 or 2XX: X for 0-9, Z for 1-9, N for 2-9, [1-4] for a choice"),
]
Phrase = Annotated[
    str, Field(pattern=r"\w", max_length=100), Expected("words of up to 100 characters")
]
PhraseKeys = Annotated[
    str, Field(pattern=r"^[0-9*#]{1,64}$"), Expected("the keys that it stands for")
]


class RetrySettings(SettingsModel):
    """What follows when a caller types nothing, or something that does not fit."""

    tries: Annotated[int, Field(ge=0, le=20)] = 2
    """So often the caller is asked again."""
    prompts: list[Items] = []
    """What is played first when asking again: the first, second and further time; the last one for
    all further times."""
    repeat: bool = True
    """Whether the step's own prompt follows."""
    then: StepName | None = None
    """Where callers go after that; the flow's `otherwise`, when not given."""


class DefaultsSettings(SettingsModel):
    """What holds for every step that listens and does not say otherwise."""

    barge_in: bool = True
    """Whether a key stops the prompt."""
    type_ahead: bool = True
    """Whether keys pressed before the step count for it."""
    first_digit_s: DigitSeconds = 5
    """How long the first key is waited for, from the end of the prompt."""
    inter_digit_s: DigitSeconds = 3
    """How long each further key is waited for."""
    ambiguity_s: DigitSeconds = 2
    """How long a further key is waited for where what was typed is a choice of a menu and a longer
    one begins with it."""
    noinput: RetrySettings = RetrySettings()
    """When nothing is typed."""
    nomatch: RetrySettings = RetrySettings()
    """When what is typed does not fit."""


class ListeningSettings(StepSettings):
    """What all steps that listen have besides; what is not given is as in `defaults`."""

    hears: ClassVar[bool] = True
    waits: ClassVar[bool] = True
    #: The key under which the step's own prompt stands.
    _prompt_key: ClassVar[str] = "prompt"
    _defaults: DefaultsSettings = PrivateAttr(default=DefaultsSettings())

    barge_in: bool | None = None
    """Whether a key stops the prompt."""
    type_ahead: bool | None = None
    """Whether keys pressed before the step count for it."""
    first_digit_s: DigitSeconds | None = None
    """How long the first key is waited for, from the end of the prompt."""
    inter_digit_s: DigitSeconds | None = None
    """How long each further key is waited for."""
    noinput: RetrySettings | None = None
    """When nothing is typed."""
    nomatch: RetrySettings | None = None
    """When what is typed does not fit."""
    speech: dict[Phrase, PhraseKeys] = {}
    """Phrases that may be said, each with the keys that it stands for. Case and punctuation do not
    count; digits that are recognised as such stand for themselves."""

    @model_validator(mode="after")
    def _each_phrase_once(self) -> ListeningSettings:
        known: dict[tuple[str, ...], str] = {}
        for phrase, keys in self.speech.items():
            if known.setdefault(words_of(phrase), keys) != keys:
                raise refusal("is said for other keys, too", "one", at=("speech", phrase))
        return self

    def inherit(self, defaults: DefaultsSettings) -> ListeningSettings:
        """The same step with the flow's defaults."""
        step = self.model_copy()
        step._defaults = defaults
        return step

    def retry(self, name: Literal["noinput", "nomatch"]) -> RetrySettings:
        """The step's own, what it does not say as in the defaults."""
        general: RetrySettings = getattr(self._defaults, name)
        own: RetrySettings | None = getattr(self, name)
        if own is None:
            return general
        return general.model_copy(update={key: getattr(own, key) for key in own.model_fields_set})

    def prompt_items(self) -> Items | None:
        """The step's own prompt."""
        raise NotImplementedError

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        prompt = self.prompt_items()
        if prompt is not None:
            yield prompt, (self._prompt_key,)
        for name in ("noinput", "nomatch"):
            own: RetrySettings | None = getattr(self, name)
            for number, items in enumerate(own.prompts if own is not None else ()):
                yield items, (name, "prompts", number)

    def failures(self) -> Iterator[Way]:
        """The ways out of a caller who does not get through."""
        for name in ("noinput", "nomatch"):
            own: RetrySettings | None = getattr(self, name)
            general: RetrySettings = getattr(self._defaults, name)
            if own is not None and own.then is not None:
                yield Way(name, own.then, (name, "then"))
            elif general.then is not None:
                yield Way(name, general.then, ())

    def listening(self) -> Listening:
        """How keys are waited for."""
        general = self._defaults
        given = {
            name: getattr(self, name) if getattr(self, name) is not None else getattr(general, name)
            for name in ("barge_in", "type_ahead", "first_digit_s", "inter_digit_s")
        }
        return Listening(
            prompt=defined(self.prompt_items()),
            barge_in=given["barge_in"],
            type_ahead=given["type_ahead"],
            first_digit_us=to_us(given["first_digit_s"]),
            inter_digit_us=to_us(given["inter_digit_s"]),
            noinput=_retry(self.retry("noinput")),
            nomatch=_retry(self.retry("nomatch")),
            phrases=dict(self.speech),
        )


def _retry(settings: RetrySettings) -> Retry:
    return Retry(
        tries=settings.tries,
        prompts=tuple(defined(items) for items in settings.prompts),
        repeat=settings.repeat,
        then=settings.then or "",
    )


class MenuSettings(ListeningSettings):
    """Keys to steps; the longest key that fits is taken."""

    kind: ClassVar[str] = "menu"
    _prompt_key: ClassVar[str] = "menu"

    menu: Items
    """The prompt."""
    keys: Annotated[dict[KeyPattern, StepName], Field(min_length=1)]
    """Key to step. `12` is two keys, `2XX` is any three keys of which the first is 2."""
    save: VariableName | None = None
    """Text variable that takes the keys."""
    ambiguity_s: DigitSeconds | None = None
    """How long a further key is waited for where what was typed is a choice and a longer one begins
    with it."""

    @model_validator(mode="after")
    def _can_be_typed(self) -> MenuSettings:
        for pattern in self.keys:
            try:
                options_of(pattern)
            except PatternError as error:
                wish = "keys such as 1 or 2XX"
                raise refusal(f"{error}", wish, at=("keys", pattern)) from None
        return self

    def prompt_items(self) -> Items | None:
        return self.menu

    def ways(self) -> Iterator[Way]:
        for key, to in self.keys.items():
            yield Way(f"key {key}", to, ("keys", key))
        yield from self.failures()

    def writes(self) -> Iterator[Write]:
        if self.save is not None:
            yield Write(self.save, ("save",), ("text",), ("noinput", "nomatch"))

    def definition(self, context: Context) -> AnyStep:
        ambiguity_s = self.ambiguity_s
        return MenuStep(
            listening=self.listening(),
            keys=dict(self.keys),
            save=self.save or "",
            ambiguity_us=to_us(
                ambiguity_s if ambiguity_s is not None else self._defaults.ambiguity_s
            ),
        )


class ConfirmSettings(SettingsModel):
    """The caller hears what was understood, and accepts it by a key or types it again."""

    say: SayAs = "digits"
    """As what it is said."""
    before: Items | None = None
    """What is played before it."""
    after: Items | None = None
    """What is played after it, such as "press 1 if this is right, else 2"."""
    accept: Key = "1"
    """The key that accepts."""
    again: Key = "2"
    """The key to type it again."""
    tries: Annotated[int, Field(ge=0, le=20)] = 3
    """So often it can be typed again."""
    then: StepName | None = None
    """Where callers go after that; the flow's `otherwise`, when not given."""
    speech: dict[Phrase, PhraseKeys] = {}
    """Phrases that may be said instead, each with the key that it stands for: `yes: "1"`."""

    @model_validator(mode="after")
    def _two_keys(self) -> ConfirmSettings:
        if self.accept == self.again:
            raise refusal("accepts by the key that starts again", "two keys", at=("again",))
        for phrase, key in self.speech.items():
            if key not in (self.accept, self.again):
                wish = f"{self.accept} or {self.again}"
                raise refusal(f"'{key}' is none of the two keys", wish, at=("speech", phrase))
        return self


class CollectSettings(FollowedStep, ListeningSettings):
    """Take digits into a variable."""

    kind: ClassVar[str] = "collect"

    collect: VariableName
    """The variable: of type `text`, or `secret` where `sensitive` is given."""
    prompt: Items | None = None
    """What is played."""
    length: Annotated[int, Field(ge=1, le=64)] | None = None
    """Exactly so many digits."""
    least: Annotated[int, Field(ge=1, le=64)] = 1
    """At least so many digits."""
    most: Annotated[int, Field(ge=1, le=64)] = 32
    """At most so many digits; the last one ends the input."""
    terminators: Annotated[
        str, Field(pattern=r"^[*#0-9]*$", max_length=12), Expected("keys such as #")
    ] = "#"
    """Keys that end the input; empty: none."""
    pattern: KeyPattern | list[KeyPattern] = []
    """Patterns of which the digits must fit one, such as `0X.`: a `.` at the end stands for one
    digit or more."""
    check: Literal["luhn"] | None = None
    """The last digit must be the check digit of the others."""
    confirm: ConfirmSettings | None = None
    """The caller hears what was understood and accepts it."""
    sensitive: Literal["card", "pin", "any"] | None = None
    """The digits are read inside the switch and are known to nothing else; only a step `http` can
    hand them over."""
    shown: VariableName | None = None
    """With `sensitive`: text variable that takes the digits masked, but for the last ones."""
    shown_digits: Annotated[int, Field(ge=0, le=4)] = 0
    """With `shown`: so many of the last digits stay readable."""

    @model_validator(mode="after")
    def _fits_together(self) -> CollectSettings:
        if self.length is not None and {"least", "most"} & self.model_fields_set:
            raise refusal("says length beside least or most", "one of them", at=("length",))
        if self.least > self.most:
            raise refusal(f"is more than most, {self.most}", "least below most", at=("least",))
        for number, pattern in enumerate(self.patterns()):
            try:
                places_of(pattern)
            except PatternError as error:
                at: Keys = ("pattern", number) if isinstance(self.pattern, list) else ("pattern",)
                raise refusal(f"{error}", "a pattern such as 0X.", at=at) from None
        self._secret_fits()
        return self

    def _secret_fits(self) -> None:
        if self.sensitive is None:
            for name in ("shown", "shown_digits"):
                if name in self.model_fields_set:
                    raise refusal("has no meaning", "it beside sensitive", at=(name,))
            return
        for name in ("confirm", "pattern", "speech"):
            if name in self.model_fields_set:
                message = "has no meaning where nothing but the switch knows the digits"
                raise refusal(message, "a step without it", at=(name,))

    def patterns(self) -> list[str]:
        """The patterns, of which there may be one."""
        return [self.pattern] if isinstance(self.pattern, str) else self.pattern

    def prompt_items(self) -> Items | None:
        return self.prompt

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        yield from super().heard()
        confirm = self.confirm
        if confirm is not None and confirm.before is not None:
            yield confirm.before, ("confirm", "before")
        if confirm is not None and confirm.after is not None:
            yield confirm.after, ("confirm", "after")

    def ways(self) -> Iterator[Way]:
        yield Way("value", self.next, ("next",))
        yield from self.failures()
        if self.confirm is not None and self.confirm.then is not None:
            yield Way("refused", self.confirm.then, ("confirm", "then"))

    def writes(self) -> Iterator[Write]:
        failed = ("noinput", "nomatch", "refused")
        yield Write(self.collect, ("collect",), ("secret" if self.sensitive else "text",), failed)
        if self.shown is not None:
            yield Write(self.shown, ("shown",), ("text",), failed)

    def definition(self, context: Context) -> AnyStep:
        sensitive: Sensitive = self.sensitive or ""
        confirm = self.confirm
        return CollectStep(
            next=context.to(self.next),
            listening=self.listening(),
            save=self.collect,
            least=self.length or self.least,
            most=self.length or self.most,
            terminators=self.terminators,
            patterns=tuple(self.patterns()),
            check=self.check or "",
            confirm=None
            if confirm is None
            else Confirmation(
                say=confirm.say,
                before=defined(confirm.before),
                after=defined(confirm.after),
                accept=confirm.accept,
                again=confirm.again,
                tries=confirm.tries,
                then=confirm.then or "",
                phrases=dict(confirm.speech),
            ),
            sensitive=sensitive,
            shown=self.shown or "",
            shown_digits=self.shown_digits,
        )


class SurveySettings(FollowedStep, ListeningSettings):
    """Ask one question of a survey; the answer becomes a fact. A caller who does not answer goes on
    with the next step, unless `noinput` and `nomatch` say otherwise."""

    kind: ClassVar[str] = "survey"

    survey: Name
    """The survey."""
    question: Name
    """The question, by a name that reports show."""
    prompt: Items
    """The question as it is asked."""
    scale: Annotated[int, Field(ge=2, le=9)] = 5
    """The answer is a key from 1 to this one."""

    @model_validator(mode="after")
    def _phrases_are_scores(self) -> SurveySettings:
        for phrase, keys in self.speech.items():
            if keys not in map(str, range(1, self.scale + 1)):
                raise refusal(f"'{keys}' is no answer", f"1 to {self.scale}", at=("speech", phrase))
        return self

    def prompt_items(self) -> Items | None:
        return self.prompt

    def ways(self) -> Iterator[Way]:
        yield Way("score", self.next, ("next",))
        yield from self.failures()

    def definition(self, context: Context) -> AnyStep:
        following = context.to(self.next)
        listening = self.listening()
        # Who does not answer is not turned away.
        noinput, nomatch = (
            retry if retry.then else replace(retry, then=following)
            for retry in (listening.noinput, listening.nomatch)
        )
        return SurveyStep(
            next=following,
            listening=replace(listening, noinput=noinput, nomatch=nomatch),
            survey=self.survey,
            question=self.question,
            scale=self.scale,
        )
