"""What understands callers who speak, as the plan has it."""

from __future__ import annotations

from acdengine.settings.compiling.ids import to_us
from acdengine.settings.recogniser import HttpRecogniserSettings, RecogniserSettings
from acdengine.speech_input import HttpRecogniser, Recogniser

_PERCENT = 100


def recogniser_of(settings: RecogniserSettings | None) -> Recogniser | None:
    """The recogniser of a tenant; None where there is none."""
    if settings is None:
        return None
    switch, http = settings.switch, settings.http
    return Recogniser(
        languages=dict(settings.languages),
        least_confidence=round(settings.least_confidence * _PERCENT),
        longest_us=to_us(settings.longest_s),
        silence_us=to_us(settings.silence_s),
        module=switch.module if switch is not None else "",
        grammar=switch.grammar if switch is not None else "",
        parameters=dict(switch.parameters) if switch is not None else {},
        http=_http(http) if http is not None else None,
    )


def _http(settings: HttpRecogniserSettings) -> HttpRecogniser:
    return HttpRecogniser(
        url=settings.url,
        headers=dict(settings.headers),
        field=settings.file_field if settings.body == "form" else "",
        form=dict(settings.form),
        text=settings.text or "",
        confidence=settings.confidence or "",
        connect_us=to_us(settings.connect_s),
        total_us=to_us(settings.total_s),
        limit_bytes=settings.limit_bytes,
    )
