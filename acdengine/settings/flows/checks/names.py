"""Checks of names: steps, variables, prompts, other flows, and things of the settings."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from acdengine.ivr.key_patterns import OPTIONS_LIMIT, PatternError, options_of, overlap
from acdengine.settings.flows.file import FlowFile
from acdengine.settings.flows.hearing import CollectSettings, ListeningSettings, MenuSettings
from acdengine.settings.flows.items import Hearing
from acdengine.settings.flows.reaching import QueueSettings, ReachSettings
from acdengine.settings.flows.references import References, misfits
from acdengine.settings.flows.step import Refers, StepSettings
from acdengine.settings.flows.structure import CallSettings, GotoSettings
from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys


def step_remarks(file: FlowFile) -> Iterator[Remark]:
    """Steps that are named and are not there, and steps behind which nothing stands."""
    steps = file.with_defaults()
    for key in ("start", "otherwise", "after_loss"):
        name: str | None = getattr(file, key)
        if name is not None:
            yield from _step(name, (key,), steps)
    for key in ("noinput", "nomatch"):
        name = getattr(file.defaults, key).then
        if name is not None:
            yield from _step(name, ("defaults", key, "then"), steps)
    following = file.following()
    for name, step in steps.items():
        at: Keys = ("steps", name)
        for way in step.ways():
            if way.to and way.path:
                yield from _step(way.to, (*at, *way.path), steps)
            elif way.to is None and not following[name]:
                wish = f"{way.path[-1]}, or a step behind it"
                yield Remark(at, f"leads on to nothing by '{way.name}'", wish, lacks=at)


def _step(name: str, path: Keys, steps: Iterable[str]) -> Iterator[Remark]:
    steps = list(steps)
    if name not in steps:
        message = f"there is no step '{name}'{did_you_mean(name, steps)}"
        yield Remark(path, message, one_of(steps), refers_to=("steps", name))


def variable_remarks(file: FlowFile) -> Iterator[Remark]:
    """Variables that are declared wrongly."""
    for name in file.variables:
        if name in file.parameters:
            message = "is a parameter already"
            yield Remark(("variables", name), message, "another name")
    for name in misfits(file):
        section = "parameters" if name in file.parameters else "variables"
        kind = file.declared()[name].type
        wish = f"a {kind}" if kind != "secret" else "none: a secret is typed by the caller"
        yield Remark((section, name, "value"), "is not of the type of its variable", wish)


def menu_remarks(name: str, step: StepSettings) -> Iterator[Remark]:
    """Keys of a menu of which two fit the same input."""
    if not isinstance(step, MenuSettings):
        return
    patterns = list(step.keys)
    at: Keys = ("steps", name)
    try:
        count = sum(len(options_of(pattern)) for pattern in patterns)
        if count > OPTIONS_LIMIT:
            wish = f"{OPTIONS_LIMIT} at the most"
            yield Remark((*at, "keys"), f"the keys stand for {count} inputs", wish)
        for number, pattern in enumerate(patterns):
            for before in patterns[:number]:
                if overlap(before, pattern):
                    message = f"'{pattern}' fits what '{before}' fits, too"
                    yield Remark((*at, "keys", pattern), message, "keys that do not overlap")
    except PatternError:
        return  # told by the step itself
    for phrase, keys in step.speech.items():
        if not any(keys in options_of(pattern) for pattern in patterns):
            wish = one_of(patterns)
            yield Remark((*at, "speech", phrase), f"'{keys}' is no key of the menu", wish)


def speech_remarks(name: str, step: StepSettings, known: References) -> Iterator[Remark]:
    """A step that listens for speech where nothing understands it."""
    if not isinstance(step, ListeningSettings) or known.has_recogniser:
        return
    wish = "a recogniser in the tenant's ivr, or steps without speech"
    message = "no recogniser of speech is configured"
    if step.speech:
        yield Remark(("steps", name, "speech"), message, wish)
    if isinstance(step, CollectSettings) and step.confirm is not None and step.confirm.speech:
        yield Remark(("steps", name, "confirm", "speech"), message, wish)


def outcome_remarks(name: str, step: StepSettings, known: References) -> Iterator[Remark]:
    """Ways under `on` by which nothing comes back."""
    at: Keys = ("steps", name, "on")
    if isinstance(step, ReachSettings):
        ways: tuple[str, ...] | None = step.outcomes
        if isinstance(step, QueueSettings) and step.while_waiting is not None:
            further = known.returns_of(step.while_waiting)
            ways = None if further is None else step.outcomes + further
    elif isinstance(step, CallSettings):
        ways = known.returns_of(step.call)
    else:
        return
    if ways is None:
        return
    for way in step.on:
        if way not in ways:
            message = f"nothing comes back by '{way}'{did_you_mean(way, ways)}"
            yield Remark((*at, way), message, one_of(ways) or "no ways")


def flow_remarks(flow: str, name: str, step: StepSettings, known: References) -> Iterator[Remark]:
    """Flows that are led to: whether they are there, call back, and are given what they need."""
    leads = step.leads_to()
    if leads is None:
        return
    other, path = leads
    at: Keys = ("steps", name, *path)
    if other not in known.flows:
        message = f"there is no flow '{other}'{did_you_mean(other, known.flows)}"
        yield Remark(at, message, one_of(known.flows))
        return
    if isinstance(step, CallSettings) and known.reaches(other, flow):
        message = f"'{other}' leads back into '{flow}', which calls it"
        yield Remark(at, message, "flows that do not call each other in a circle, or goto")
    signature = known.flows[other]
    if signature is None:
        return
    arguments = (
        step.arguments if isinstance(step, (CallSettings, GotoSettings, QueueSettings)) else {}
    )
    for argument in arguments:
        if argument not in signature.parameters:
            wish = one_of(signature.parameters) or "none"
            message = f"'{other}' has no parameter '{argument}'"
            meant = did_you_mean(argument, signature.parameters)
            yield Remark(("steps", name, "arguments", argument), f"{message}{meant}", wish)
    for parameter in signature.required:
        if parameter not in arguments:
            wish = f"arguments with {parameter} in them"
            yield Remark(at, f"'{other}' is not given its parameter '{parameter}'", wish)


def settings_remarks(
    name: str, refers: Refers, file: FlowFile, known: References
) -> Iterator[Remark]:
    """Things of the settings that are named and are not there."""
    path: Keys = ("steps", name, *refers.path)
    if refers.kind == "languages":
        if refers.name not in file.languages:
            message = f"'{refers.name}' is no language of the flow"
            yield Remark(path, message, one_of(file.languages))
        return
    if refers.kind == "numbers":
        yield from _number(refers.name, path, known)
        return
    names = known.names(refers.kind)
    if names is None or refers.name in names:
        return
    noun = known.noun(refers.kind)
    if refers.kind == "callbacks":
        if refers.name in (known.names("queues") or ()):
            message = f"'{refers.name}' has no callback settings"
            yield Remark(path, message, "callback in the queue")
        return
    message = f"there is no {noun} '{refers.name}'{did_you_mean(refers.name, names)}"
    yield Remark(path, message, one_of(names) or f"a {noun} in the settings")


def _number(number: str, path: Keys, known: References) -> Iterator[Remark]:
    allowed = known.dial_allow
    if allowed is None or "{" in number or number.startswith(allowed):
        return
    wish = f"a number that begins with {one_of(allowed)}" if allowed else "numbers in dial_allow"
    yield Remark(path, f"'{number}' may not be dialled", wish)


def heard_remarks(
    path: Keys, hearing: Hearing, file: FlowFile, known: References
) -> Iterator[Remark]:
    """Prompts and texts that a language of the flow does not have."""
    item = hearing.item
    if isinstance(item.text, dict):
        for language in file.languages:
            if language not in item.text:
                message = f"has no text in {language}"
                yield Remark((*path, *hearing.path, "text"), message, one_of(file.languages))
        for language in item.text:
            if language not in file.languages:
                where = (*path, *hearing.path, "text", language)
                yield Remark(where, f"'{language}' is no language of the flow",
                             one_of(file.languages))  # fmt: skip
    if item.prompt is None or "{" in item.prompt or known.prompts is None:
        return
    for language in file.languages:
        names = known.prompts.get(language, frozenset())
        if item.prompt not in names:
            meant = did_you_mean(item.prompt, sorted(names))
            message = f"there is no prompt '{item.prompt}' in {language}{meant}"
            wish = f"it in prompts/{language}.yaml"
            yield Remark((*path, *hearing.name_path), message, wish)
