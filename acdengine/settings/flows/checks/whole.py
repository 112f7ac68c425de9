"""All that is wrong with a flow and that no field of it knows by itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from zoneinfo import ZoneInfoNotFoundError

from acdengine.settings.compiling.hours import offsets_of
from acdengine.settings.flows.checks import names
from acdengine.settings.flows.checks.formulas import Read, check_formulas, write_remarks
from acdengine.settings.flows.checks.graph import (
    Graph,
    circle_remarks,
    reach_remarks,
    unset_remarks,
)
from acdengine.settings.flows.checks.systems import system_remarks
from acdengine.settings.flows.file import FlowFile, UnknownSettings
from acdengine.settings.flows.hearing import RetrySettings
from acdengine.settings.flows.items import Hearing, hearings_of
from acdengine.settings.flows.references import References
from acdengine.settings.model import Remark
from acdengine.settings.tree import Keys


def check_flow(flow: str, file: FlowFile, known: References) -> Iterator[Remark]:
    """What is wrong with the flow of this name."""
    try:
        offsets_of(file.zone)
    except (ZoneInfoNotFoundError, ValueError):
        message = f"there is no time zone '{file.zone}'"
        yield Remark(("zone",), message, "a zone such as Europe/Berlin")
    yield from names.step_remarks(file)
    yield from names.variable_remarks(file)
    kinds = {name: about.type for name, about in file.declared().items()}
    reads: dict[str, tuple[Read, ...]] = {}
    for key in ("noinput", "nomatch"):
        for hearing, path in _default_hearings(key, getattr(file.defaults, key)):
            yield from names.heard_remarks(path, hearing, file, known)
    for name, step in file.with_defaults().items():
        yield from names.menu_remarks(name, step)
        yield from names.speech_remarks(name, step, known)
        yield from system_remarks(name, step, known)
        yield from names.outcome_remarks(name, step, known)
        yield from names.flow_remarks(flow, name, step, known)
        for refers in step.refers():
            yield from names.settings_remarks(name, refers, file, known)
        for hearing in step.hearings():
            yield from names.heard_remarks(("steps", name), hearing, file, known)
        formulas = check_formulas(name, step, kinds, known)
        yield from formulas.remarks
        reads[name] = formulas.reads
        for write in step.writes():
            yield from write_remarks(name, write, step, kinds, known)
    graph = Graph(file)
    if any(isinstance(step, UnknownSettings) for step in graph.steps.values()):
        return
    yield from reach_remarks(graph)
    yield from circle_remarks(graph, known)
    given = [
        name
        for name, about in file.declared().items()
        if about.value is not None or name in file.parameters
    ]
    yield from unset_remarks(graph, reads, given)


def _default_hearings(key: str, retry: RetrySettings) -> Iterator[tuple[Hearing, Keys]]:
    for number, items in enumerate(retry.prompts):
        for hearing in hearings_of(items, ()):
            path: Keys = ("defaults", key, "prompts", number, *hearing.path)
            yield replace(hearing, path=(), name_path=()), path


def as_draft(known: References) -> References:
    """The same for a flow whose references need not be there yet."""
    return replace(
        known, settings=None, dial_allow=None, prompts=None, has_recogniser=True,
        http_hosts=None, agi=None,
    )  # fmt: skip
