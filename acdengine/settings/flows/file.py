"""A flow file."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import Discriminator, Field, Tag, model_validator

from acdengine.settings.flows.agents import AgentPinSettings, AgentStateSettings
from acdengine.settings.flows.deciding import (
    HoursSettings,
    IfSettings,
    LookupSettings,
    QueueStateSettings,
    SetSettings,
    ShareSettings,
    SwitchSettings,
)
from acdengine.settings.flows.hearing import (
    CollectSettings,
    DefaultsSettings,
    ListeningSettings,
    MenuSettings,
    SurveySettings,
)
from acdengine.settings.flows.reaching import (
    AgentSettings,
    CallbackSettings,
    HangupSettings,
    NumberSettings,
    QueueSettings,
    RecordSettings,
    TransferSettings,
    VoicemailSettings,
)
from acdengine.settings.flows.speaking import (
    Language,
    LanguageSettings,
    MusicSettings,
    PlaySettings,
    SaySettings,
    WaitSettings,
)
from acdengine.settings.flows.step import StepName, StepSettings, VariableName
from acdengine.settings.flows.structure import CallSettings, GotoSettings, ReturnSettings
from acdengine.settings.flows.systems import (
    AgiSettings,
    HttpSettings,
    LogSettings,
    TagSettings,
    WebhookSettings,
)
from acdengine.settings.model import SettingsModel, refusal
from acdengine.settings.suggest import did_you_mean, one_of

KindName = Literal["text", "number", "flag", "list", "secret"]


class VariableSettings(SettingsModel):
    """A variable with what it is worth at the beginning."""

    type: KindName
    """Its type."""
    value: str | int | float | bool | list[str] | None = None
    """What it is worth at the beginning; nothing: it is not set."""


class BudgetSettings(SettingsModel):
    """What a caller may use up in the flow and those that it calls; waiting in queues and
    conversations are not counted."""

    seconds: Annotated[float, Field(ge=1, le=86_400)] = 900
    """Seconds."""
    steps: Annotated[int, Field(ge=1, le=100_000)] = 1_000
    """Steps."""


class UnknownSettings(SettingsModel):
    """Stands for a step that says no kind."""

    kind: ClassVar[str] = ""

    @model_validator(mode="before")
    @classmethod
    def _says_no_kind(cls, value: object) -> object:
        if not isinstance(value, dict):
            raise refusal("is no step", f"a key that says its kind: {_KINDS}")
        known = list(STEP_KINDS)
        for key in value:
            meant = did_you_mean(str(key), known)
            if meant:
                raise refusal(f"'{key}' is no kind of step{meant}", one_of(known))
        raise refusal("says no kind of step", _KINDS)


def _tag_of(value: object) -> str:
    """The model of a step: by the key that says its kind."""
    if isinstance(value, dict):
        for kind, model in STEP_KINDS.items():
            if kind in value:
                return model.__name__
    return UnknownSettings.__name__


AnyStepSettings: TypeAlias = Annotated[
    Annotated[PlaySettings, Tag("PlaySettings")]
    | Annotated[SaySettings, Tag("SaySettings")]
    | Annotated[LanguageSettings, Tag("LanguageSettings")]
    | Annotated[MusicSettings, Tag("MusicSettings")]
    | Annotated[WaitSettings, Tag("WaitSettings")]
    | Annotated[MenuSettings, Tag("MenuSettings")]
    | Annotated[CollectSettings, Tag("CollectSettings")]
    | Annotated[SurveySettings, Tag("SurveySettings")]
    | Annotated[IfSettings, Tag("IfSettings")]
    | Annotated[SwitchSettings, Tag("SwitchSettings")]
    | Annotated[SetSettings, Tag("SetSettings")]
    | Annotated[HoursSettings, Tag("HoursSettings")]
    | Annotated[LookupSettings, Tag("LookupSettings")]
    | Annotated[QueueStateSettings, Tag("QueueStateSettings")]
    | Annotated[ShareSettings, Tag("ShareSettings")]
    | Annotated[QueueSettings, Tag("QueueSettings")]
    | Annotated[AgentSettings, Tag("AgentSettings")]
    # Before `number`, which is one of their settings.
    | Annotated[AgentPinSettings, Tag("AgentPinSettings")]
    | Annotated[CallbackSettings, Tag("CallbackSettings")]
    | Annotated[NumberSettings, Tag("NumberSettings")]
    | Annotated[TransferSettings, Tag("TransferSettings")]
    | Annotated[VoicemailSettings, Tag("VoicemailSettings")]
    | Annotated[RecordSettings, Tag("RecordSettings")]
    | Annotated[HangupSettings, Tag("HangupSettings")]
    | Annotated[HttpSettings, Tag("HttpSettings")]
    | Annotated[AgiSettings, Tag("AgiSettings")]
    | Annotated[AgentStateSettings, Tag("AgentStateSettings")]
    | Annotated[WebhookSettings, Tag("WebhookSettings")]
    | Annotated[LogSettings, Tag("LogSettings")]
    | Annotated[TagSettings, Tag("TagSettings")]
    | Annotated[CallSettings, Tag("CallSettings")]
    | Annotated[GotoSettings, Tag("GotoSettings")]
    | Annotated[ReturnSettings, Tag("ReturnSettings")]
    | Annotated[UnknownSettings, Tag("UnknownSettings")],
    Discriminator(_tag_of),
]

STEP_KINDS: Final[dict[str, type[StepSettings]]] = {
    model.kind: model
    for alternative in get_args(get_args(AnyStepSettings)[0])
    if issubclass(model := get_args(alternative)[0], StepSettings)
}
"""Kind of step to its model."""
_KINDS: Final = ", ".join(STEP_KINDS)


class FlowFile(SettingsModel):
    """A flow: named steps, of which one follows the other."""

    flow: Literal[1]
    """The version of the language that the file is written in."""
    description: str = ""
    """What the flow is for."""
    languages: Annotated[list[Language], Field(min_length=1)] = ["en"]
    """The languages that it speaks; callers begin in the first one."""
    zone: str = "UTC"
    """The time zone in which dates and times are said."""
    parameters: dict[VariableName, KindName | VariableSettings] = {}
    """Variables that are given to the flow: name to type. Those without a value must be given."""
    variables: dict[VariableName, KindName | VariableSettings] = {}
    """The flow's other variables: name to type."""
    budget: BudgetSettings = BudgetSettings()
    """What a caller may use up."""
    start: StepName | None = None
    """The first step; the one that stands first, when not given."""
    otherwise: StepName | None = None
    """Where callers go who do not get through, or have used up the budget; without it they are hung
    up."""
    after_loss: StepName | None = None
    """Where callers go after a restart that has lost what they were doing; the first step, when not
    given."""
    defaults: DefaultsSettings = DefaultsSettings()
    """What holds for every step that listens."""
    steps: Annotated[dict[StepName, AnyStepSettings], Field(min_length=1)]
    """The steps, by name."""

    def with_defaults(self) -> dict[str, StepSettings]:
        """The steps, with the defaults."""
        steps: dict[str, Any] = dict(self.steps)
        return {
            name: step.inherit(self.defaults) if isinstance(step, ListeningSettings) else step
            for name, step in steps.items()
        }

    def following(self) -> dict[str, str]:
        """Each step to the one behind it; the last one to nothing."""
        names = list(self.steps)
        return dict(zip(names, [*names[1:], ""], strict=True))

    def declared(self) -> dict[str, VariableSettings]:
        """Parameters and variables by name."""
        return {
            name: VariableSettings(type=about) if isinstance(about, str) else about
            for name, about in (self.variables | self.parameters).items()
        }
