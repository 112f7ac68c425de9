"""Systems that flows of a simulated centre ask over HTTP: what they answer, and how fast."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from acdengine.settings.files import read_files
from acdengine.settings.model import Expected, SettingsModel, refusal
from acdengine.settings.validate import validate
from adapters.sim.scenarios.durations import Length, Probability, length_of
from adapters.sim.scenarios.scenario import SimulatedSystem, SystemAnswer


class SystemAnswerSettings(SettingsModel):
    """One answer of a system."""

    status: Annotated[int, Field(ge=100, le=599)] = 200
    """The status."""
    json_: Annotated[Any, Field(alias="json")] = None
    """The body, as JSON."""
    body: str | None = None
    """The body, as it is, in place of `json`."""
    weight: Annotated[float, Field(gt=0, le=1_000_000)] = 1.0
    """How often it is given, compared with the others."""

    @model_validator(mode="after")
    def _one_body(self) -> SystemAnswerSettings:
        if self.json_ is not None and self.body is not None:
            raise refusal("says json and body", "one of the two", at=("body",))
        return self


class SystemSettings(SettingsModel):
    """A system that flows ask over HTTP. One that no address fits is unreachable."""

    url: Annotated[
        str,
        Field(pattern=r"^https?://\S+$", max_length=2_000),
        Expected("an address such as https://crm.example/orders/*"),
    ]
    """Its addresses; `*` stands for anything. The first system that fits answers."""
    answers: Annotated[list[SystemAnswerSettings], Field(min_length=1)]
    """What it answers; one is drawn for each request."""
    latency: Length = 0.2
    """Until the answer; where that is longer than the step waits, it is a time-out."""
    fails: Probability = 0.0
    """Probability that there is no answer."""
    failure: Literal["timeout", "unreachable", "refused", "too_large", "invalid"] = "unreachable"
    """Why there is none then."""


class SystemsFile(SettingsModel):
    """The systems beside a day profile, `NAME.systems.yaml` beside `NAME.csv`."""

    systems: list[SystemSettings] = []
    """The systems, the first that fits counting."""


def systems_of(settings: Iterable[SystemSettings]) -> tuple[SimulatedSystem, ...]:
    """The systems of settings."""
    return tuple(
        SimulatedSystem(
            one.url,
            tuple(
                SystemAnswer(
                    answer.status,
                    json.dumps(answer.json_, default=str) if answer.body is None else answer.body,
                    answer.weight,
                )
                for answer in one.answers
            ),
            length_of(one.latency),
            one.fails,
            one.failure,
        )
        for one in settings
    )


def systems_beside(profile: Path) -> tuple[SimulatedSystem, ...]:
    """The systems of the file beside a day profile; none where there is no such file.

    Raises:
        SettingsError: with every problem of the file.
    """
    path = profile.with_suffix(".systems.yaml")
    if not path.exists():
        return ()
    return systems_of(validate(SystemsFile, read_files([path])).systems)
