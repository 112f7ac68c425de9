"""What understands a tenant's callers when they speak: a module of the switch, or a system over
HTTP that is sent what they say."""

from __future__ import annotations

import re
from typing import Annotated, Final, Literal

from pydantic import Field, model_validator

from acdengine.settings.model import Expected, SettingsModel, refusal

_URL: Final = r"https?://(\[[0-9a-fA-F:]+\]|[A-Za-z0-9.-]+)(:[0-9]{1,5})?(/[!-~]*|)"
_PLACEHOLDER: Final = re.compile(r"\{([^{}]*)\}")
#: The one value of a question that addresses and fields may have in them.
LANGUAGE: Final = "{language}"
#: A word of FreeSWITCH's `detect_speech`: quotes, blanks and references would change the command.
_WORD: Final = r"[A-Za-z0-9_./:;,=+@-]+"

RecogniserUrl = Annotated[
    str,
    Field(pattern=rf"^{_URL}$", max_length=2_000),
    Expected("an address such as https://speech.example/recognise?language={language}"),
]
HeaderName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9-]+$", max_length=64), Expected("a header's name")
]
HeaderText = Annotated[
    str,
    Field(pattern=r"^[ -~]*$", max_length=2_000),
    Expected("a header's text, a secret in it as ${env:NAME} or ${file:PATH}"),
]
FieldName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_.-]+$", max_length=64), Expected("a field's name")
]
AnswerPath = Annotated[
    str,
    Field(pattern=r"^[^.\s]+(\.[^.\s]+)*$", max_length=200),
    Expected("the way to a value, such as results.0.transcript"),
]
ModuleName = Annotated[
    str,
    Field(pattern=r"^[A-Za-z0-9_:-]+$", max_length=100),
    Expected("a module of the switch such as unimrcp or pocketsphinx"),
]
GrammarName = Annotated[
    str,
    Field(pattern=rf"^({_WORD}|\{{language\}})+$", max_length=400),
    Expected("a grammar such as builtin:grammar/digits or menu-{language}"),
]
ParameterName = Annotated[
    str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=100), Expected("a parameter's name")
]
ParameterText = Annotated[
    str, Field(pattern=rf"^{_WORD}$", max_length=200), Expected("a value without blanks")
]


class HttpRecogniserSettings(SettingsModel):
    """A recogniser that is sent what a caller says as a WAV file (POST), and answers with its text.

    Its host is one of those that the tenant's `http` allows."""

    url: RecogniserUrl
    """Its address; `{language}` in it is the language of the flow, as `languages` names it."""
    headers: dict[HeaderName, HeaderText] = {}
    """Headers; secrets in them as `${env:NAME}` or `${file:PATH}`."""
    body: Literal["wav", "form"] = "wav"
    """What is sent: the file as it is, or a form with the file in it (`multipart/form-data`)."""
    file_field: FieldName = "file"
    """With `form`: the field of the file."""
    form: dict[FieldName, str] = {}
    """With `form`: its other fields; `{language}` and `{phrases}` are those of the question, the
    phrases with commas between them."""
    text: AnswerPath | None = None
    """Where the text stands in an answer in JSON; not given: the answer is the text."""
    confidence: AnswerPath | None = None
    """Where the confidence stands, from 0 to 1; not given or not there: it is certain."""
    connect_s: Annotated[float, Field(ge=0.1, le=30)] = 2
    """How many seconds to wait for a connection."""
    total_s: Annotated[float, Field(ge=0.1, le=30)] = 5
    """How many seconds to wait for the answer."""
    limit_bytes: Annotated[int, Field(ge=1, le=1_048_576)] = 65_536
    """The largest answer."""

    @model_validator(mode="after")
    def _fits_together(self) -> HttpRecogniserSettings:
        if self.body != "form":
            for name in ("file_field", "form"):
                if name in self.model_fields_set:
                    raise refusal("has no meaning here", "it with body: form", at=(name,))
        if self.text is None and self.confidence is not None:
            raise refusal("has no meaning here", "it beside text", at=("confidence",))
        _check_placeholders(self.url, ("language",), ("url",))
        for name, value in self.form.items():
            _check_placeholders(value, ("language", "phrases"), ("form", name))
        return self


class SwitchRecogniserSettings(SettingsModel):
    """A recogniser that is a module of FreeSWITCH (`detect_speech`). It hears the caller while the
    prompts play, and speech stops them."""

    module: ModuleName
    """The module: `unimrcp`, `unimrcp:PROFILE`, `pocketsphinx`."""
    grammar: GrammarName
    """What it is given to recognise; `{language}` in it is the language of the flow, as
    `languages` names it."""
    parameters: dict[ParameterName, ParameterText] = {}
    """Parameters of the module, set before it listens."""


class RecogniserSettings(SettingsModel):
    """What understands callers who speak, beside the keys; one of `http` and `switch`."""

    http: HttpRecogniserSettings | None = None
    """A recogniser over HTTP."""
    switch: SwitchRecogniserSettings | None = None
    """A module of the switch."""
    languages: dict[str, Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+$", max_length=40)]] = {}
    """The recogniser's names of languages, by those of the flows: `de: de-DE`. Others have the
    same name for both."""
    least_confidence: Annotated[float, Field(ge=0, le=1)] = 0.5
    """What is recognised with less confidence is not understood (`nomatch`)."""
    longest_s: Annotated[float, Field(ge=1, le=60)] = 10
    """Seconds of the longest utterance."""
    silence_s: Annotated[float, Field(ge=0.2, le=10)] = 1
    """With `http`: so many seconds of silence end an utterance."""

    @model_validator(mode="after")
    def _one_recogniser(self) -> RecogniserSettings:
        if self.http is not None and self.switch is not None:
            raise refusal("says http and switch", "one recogniser", at=("switch",))
        if self.http is None and self.switch is None:
            raise refusal("says no recogniser", "http or switch")
        return self


def _check_placeholders(text: str, known: tuple[str, ...], at: tuple[str, ...]) -> None:
    for found in _PLACEHOLDER.finditer(text.replace("${", "")):
        if found[1] not in known:
            wish = " or ".join(f"{{{name}}}" for name in known)
            raise refusal(f"'{{{found[1]}}}' is none of its values", wish, at=at)
