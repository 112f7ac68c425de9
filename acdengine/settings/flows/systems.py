"""Steps that talk to systems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, ClassVar, Final, Literal

from pydantic import Field, model_validator

from acdengine.ivr.definition import AgiStep, AnyStep, HttpStep, LogStep, TagStep, WebhookStep
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.flows.items import Items, defined
from acdengine.settings.flows.step import (
    Context,
    ExpressionText,
    FollowedStep,
    Formula,
    StepName,
    TemplateText,
    VariableName,
    Way,
    Write,
)
from acdengine.settings.model import Expected, refusal
from acdengine.settings.tree import Keys

#: Scheme and host stand as they are: a value of a caller never chooses whom to ask.
_URL: Final = re.compile(r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/\S*|)")
Url = Annotated[
    str,
    Field(pattern=rf"^{_URL.pattern}$", max_length=2_000),
    Expected("an address such as https://crm.example/orders/{order}, the host without braces"),
]
Status = Annotated[
    str,
    Field(pattern=r"^([1-5][0-9][0-9]|[1-5]xx)$"),
    Expected("a status such as 404, or 4xx for a range"),
]
HeaderName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=64), Expected("a header's name")
]
AnswerPath = Annotated[
    str,
    Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=200),
    Expected("the way to a value, such as order.items.0.name"),
]
ANY_KIND: Final = ("text", "number", "flag", "list")


class HttpSettings(FollowedStep):
    """Ask a system over HTTP."""

    kind: ClassVar[str] = "http"
    waits: ClassVar[bool] = True

    http: Url
    """The address; values in braces are escaped."""
    method: Literal["GET", "POST", "PUT", "PATCH", "DELETE"] | None = None
    """`POST` where there is a body, else `GET`, when not given."""
    headers: dict[HeaderName, TemplateText] = {}
    """Headers."""
    json_: Annotated[dict[str, ExpressionText], Field(alias="json")] = {}
    """A body in JSON: field to expression, or to the name of a secret variable."""
    form: dict[str, ExpressionText] = {}
    """A body as a form sends it, in the same way."""
    save: dict[VariableName, AnswerPath] = {}
    """Variable to where its value stands in the answer, which must be JSON. What is not there is
    missing; what is of another type is an error."""
    connect_s: Annotated[float, Field(ge=0.1, le=30)] = 2
    """How long to wait for a connection."""
    total_s: Annotated[float, Field(ge=0.1, le=60)] = 5
    """How long to wait for the answer, all retries together."""
    retries: Annotated[int, Field(ge=0, le=5)] = 0
    """So often it is tried again when there was no answer, or one of 502 to 504."""
    limit_bytes: Annotated[int, Field(ge=1, le=1_048_576)] = 65_536
    """The largest answer."""
    idempotency_key: TemplateText | None = None
    """Sent as `Idempotency-Key`, so that what is sent twice is done once."""
    filler: Items | None = None
    """What is played when the answer takes long."""
    filler_after_s: Annotated[float, Field(ge=0, le=60)] = 1
    """How long that is."""
    on_status: dict[Status, StepName] = {}
    """Status to step; any other from 200 to 299 goes on with `next`."""
    on_error: StepName | None = None
    """Where there is no answer, or one that was not expected; the flow's `otherwise`, when not
    given."""

    @model_validator(mode="after")
    def _one_body(self) -> HttpSettings:
        if self.json_ and self.form:
            raise refusal("says json and form", "one body", at=("form",))
        if (self.json_ or self.form) and self.method == "GET":
            raise refusal("sends a body with GET", "another method", at=("method",))
        return self

    def heard(self) -> Iterator[tuple[Items, Keys]]:
        if self.filler is not None:
            yield self.filler, ("filler",)

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.http, ("http",), is_template=True)
        for name, text in self.headers.items():
            yield Formula(text, ("headers", name), is_template=True)
        for key, fields in (("json", self.json_), ("form", self.form)):
            for name, text in fields.items():
                yield Formula(text, (key, name), secret=True)
        if self.idempotency_key is not None:
            yield Formula(self.idempotency_key, ("idempotency_key",), is_template=True)

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        for status, to in self.on_status.items():
            yield Way(f"status {status}", to, ("on_status", status))
        if self.on_error is not None:
            yield Way("error", self.on_error, ("on_error",))

    def writes(self) -> Iterator[Write]:
        failed = ("error", *(f"status {status}" for status in self.on_status))
        for name in self.save:
            yield Write(name, ("save", name), ANY_KIND, failed)

    def definition(self, context: Context) -> AnyStep:
        body: Literal["", "json", "form"] = "json" if self.json_ else "form" if self.form else ""
        return HttpStep(
            next=context.to(self.next),
            url=self.http,
            method=self.method or ("POST" if body else "GET"),
            headers=dict(self.headers),
            body=body,
            data=dict(self.json_ or self.form),
            save=dict(self.save),
            connect_us=to_us(self.connect_s),
            total_us=to_us(self.total_s),
            retries=self.retries,
            limit_bytes=self.limit_bytes,
            idempotency_key=self.idempotency_key or "",
            filler=defined(self.filler),
            filler_after_us=to_us(self.filler_after_s),
            on_status=dict(self.on_status),
            on_error=self.on_error or "",
        )


class AgiSettings(FollowedStep):
    """Run an AGI script on the caller's leg."""

    kind: ClassVar[str] = "agi"
    hears: ClassVar[bool] = True
    waits: ClassVar[bool] = True

    agi: Annotated[
        str,
        Field(pattern=r"^(agi://[A-Za-z0-9.-]+(:[0-9]{1,5})?(/\S*)?|[A-Za-z0-9_][\w./-]*)$"),
        Expected("agi://host/script, or a script of the configured folders"),
    ]
    """The script."""
    arguments: list[TemplateText] = []
    """What it is given."""
    save: dict[VariableName, str] = {}
    """Variable of the flow to channel variable that the script has set."""
    total_s: Annotated[float, Field(ge=1, le=86_400)] = 300
    """How long it may run."""
    on_error: StepName | None = None
    """Where it is not there, fails or takes too long; the flow's `otherwise`, when not given."""

    def formulas(self) -> Iterator[Formula]:
        for number, text in enumerate(self.arguments):
            yield Formula(text, ("arguments", number), is_template=True)

    def ways(self) -> Iterator[Way]:
        yield from super().ways()
        if self.on_error is not None:
            yield Way("error", self.on_error, ("on_error",))

    def writes(self) -> Iterator[Write]:
        for name in self.save:
            yield Write(name, ("save", name), ANY_KIND, ("error",))

    def definition(self, context: Context) -> AnyStep:
        return AgiStep(
            next=context.to(self.next),
            script=self.agi,
            arguments=tuple(self.arguments),
            save=dict(self.save),
            total_us=to_us(self.total_s),
            on_error=self.on_error or "",
        )


class WebhookSettings(FollowedStep):
    """Tell a system something, without waiting for its answer."""

    kind: ClassVar[str] = "webhook"

    webhook: Url
    """The address, to which JSON is posted; values in braces are escaped."""
    data: dict[str, ExpressionText] = {}
    """Field to expression."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.webhook, ("webhook",), is_template=True)
        for name, text in self.data.items():
            yield Formula(text, ("data", name))

    def definition(self, context: Context) -> AnyStep:
        return WebhookStep(next=context.to(self.next), url=self.webhook, data=dict(self.data))


class LogSettings(FollowedStep):
    """Write a line into the log."""

    kind: ClassVar[str] = "log"

    log: TemplateText
    """The line."""
    level: Literal["debug", "info", "warning"] = "info"
    """How important it is."""

    def formulas(self) -> Iterator[Formula]:
        yield Formula(self.log, ("log",), is_template=True)

    def definition(self, context: Context) -> AnyStep:
        return LogStep(next=context.to(self.next), message=self.log, level=self.level)


class TagSettings(FollowedStep):
    """Tag the call, for the facts and the agent's screen."""

    kind: ClassVar[str] = "tag"

    tag: Annotated[dict[VariableName, ExpressionText], Field(min_length=1)]
    """Name to expression."""

    def formulas(self) -> Iterator[Formula]:
        for name, text in self.tag.items():
            yield Formula(text, ("tag", name))

    def definition(self, context: Context) -> AnyStep:
        return TagStep(next=context.to(self.next), tags=dict(self.tag))
