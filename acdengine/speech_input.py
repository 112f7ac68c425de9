"""What is listened for beside keys, and what a recogniser has understood."""

from __future__ import annotations

from typing import Final

from msgspec import Struct

#: Certain, in percent: what a recogniser's answer has that tells no confidence.
CERTAIN: Final = 100


class SpeechInput(Struct, frozen=True, gc=False):
    """A caller may say something in place of pressing keys.

    With a ``module`` the switch itself listens, by that module and one of its grammars; without one
    what the caller says is recorded, and the recogniser of the tenant is asked over HTTP.
    """

    tenant_id: str
    #: What may be said, for a recogniser that can use it.
    phrases: tuple[str, ...]
    #: As the recogniser calls it.
    language: str = ""
    module: str = ""
    grammar: str = ""
    parameters: dict[str, str] = {}
    #: In percent: what is less certain is not understood.
    least_confidence: int = 0
    #: The longest utterance, and the silence that ends one that is recorded.
    longest_us: int = 10_000_000
    silence_us: int = 1_000_000
    #: How long the recogniser may take for its answer.
    answer_us: int = 5_000_000


class HttpRecogniser(Struct, frozen=True, gc=False, kw_only=True):
    """A recogniser that is sent an utterance over HTTP (POST) and answers with its text."""

    url: str
    #: Values may name secrets, as ``${env:NAME}``; they are read where the request is sent.
    headers: dict[str, str] = {}
    #: A field of a form (``multipart/form-data``) that takes the file, and the others; an empty
    #: field: the file is the body.
    field: str = ""
    form: dict[str, str] = {}
    #: Where text and confidence stand in an answer in JSON; without a way to the text the answer is
    #: the text.
    text: str = ""
    confidence: str = ""
    connect_us: int = 2_000_000
    total_us: int = 5_000_000
    limit_bytes: int = 65_536


class Recogniser(Struct, frozen=True, gc=False, kw_only=True):
    """What understands a tenant's callers: a module of the switch, or a system over HTTP."""

    #: The recogniser's names of languages, by the flows'.
    languages: dict[str, str] = {}
    least_confidence: int = 0
    longest_us: int = 10_000_000
    silence_us: int = 1_000_000
    module: str = ""
    grammar: str = ""
    parameters: dict[str, str] = {}
    http: HttpRecogniser | None = None

    def listens_for(self, tenant_id: str, phrases: tuple[str, ...], language: str) -> SpeechInput:
        """What is listened for in one question."""
        http = self.http
        return SpeechInput(
            tenant_id, phrases, self.languages.get(language, language), self.module, self.grammar,
            self.parameters, self.least_confidence, self.longest_us, self.silence_us,
            http.total_us if http is not None else 0,
        )  # fmt: skip


class Recognised(Struct, frozen=True, gc=False):
    """What a recogniser has understood of an utterance; an empty text: nothing of it."""

    text: str = ""
    #: In percent.
    confidence: int = CERTAIN
