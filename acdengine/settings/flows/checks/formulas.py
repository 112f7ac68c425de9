"""Checks of expressions, and of the types of variables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from acdengine.ivr.expressions.compiling import compile_expression, compile_template
from acdengine.ivr.expressions.syntax import ExpressionError
from acdengine.ivr.expressions.values import Kind, as_number
from acdengine.settings.flows.deciding import SwitchSettings
from acdengine.settings.flows.items import ItemSettings
from acdengine.settings.flows.references import References
from acdengine.settings.flows.step import Formula, StepSettings, Write
from acdengine.settings.model import Remark
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.tree import Keys


@dataclass(frozen=True, slots=True)
class Read:
    """A variable that a step reads."""

    name: str
    path: Keys


@dataclass(frozen=True, slots=True)
class Formulas:
    """The expressions of a step: what is wrong with them, and what they read."""

    remarks: tuple[Remark, ...]
    reads: tuple[Read, ...]


def check_formulas(
    name: str, step: StepSettings, kinds: Mapping[str, Kind], known: References
) -> Formulas:
    """The expressions of a step against the flow's variables."""
    at: Keys = ("steps", name)
    remarks: list[Remark] = []
    reads: list[Read] = []
    for formula in formulas_of(step):
        path = (*at, *formula.path)
        if formula.secret and kinds.get(formula.text.strip()) == "secret":
            reads.append(Read(formula.text.strip(), path))
            continue
        try:
            kind, read = _compiled(formula, kinds)
        except ExpressionError as error:
            remarks.append(Remark(path, error.message, error.expected, offset=error.at))
            continue
        reads += [Read(variable, path) for variable in read]
        remarks += _kind_remarks(path, formula, kind, step, kinds, known)
    if isinstance(step, SwitchSettings):
        remarks += _case_remarks(at, step, kinds)
    return Formulas(tuple(remarks), tuple(reads))


def formulas_of(step: StepSettings) -> Iterator[Formula]:
    """All expressions of a step, those in what it plays as well."""
    yield from step.formulas()
    for hearing in step.hearings():
        yield from _in_item(hearing.item, hearing.path, hearing.name_path)


def _in_item(item: ItemSettings, path: Keys, name_path: Keys) -> Iterator[Formula]:
    if item.prompt is not None:
        yield Formula(item.prompt, name_path, is_template=True)
    elif isinstance(item.text, str):
        yield Formula(item.text, (*path, "text"), is_template=True)
    elif item.text is not None:
        for language, text in item.text.items():
            yield Formula(text, (*path, "text", language), is_template=True)
    elif item.say is not None:
        yield Formula(item.say, (*path, "say"), ("number", "text"))


def _compiled(formula: Formula, kinds: Mapping[str, Kind]) -> tuple[Kind, tuple[str, ...]]:
    if formula.is_template:
        return "text", compile_template(formula.text, kinds).reads
    compiled = compile_expression(formula.text, kinds)
    return compiled.kind, compiled.reads


def _kind_remarks(
    path: Keys,
    formula: Formula,
    kind: Kind,
    step: StepSettings,
    kinds: Mapping[str, Kind],
    known: References,
) -> Iterator[Remark]:
    wanted = formula.kinds
    if formula.sets in kinds:
        wanted = (kinds[formula.sets],)
    leads = step.leads_to()
    signature = known.flows.get(leads[0]) if leads is not None else None
    if formula.argument and signature is not None and formula.argument in signature.parameters:
        wanted = (signature.parameters[formula.argument],)
    if wanted and kind != "nothing" and kind not in wanted:
        yield Remark(path, f"is a {kind}", f"a {' or a '.join(wanted)}")


def _case_remarks(at: Keys, step: SwitchSettings, kinds: Mapping[str, Kind]) -> Iterator[Remark]:
    try:
        kind = compile_expression(step.switch, kinds).kind
    except ExpressionError:
        return
    for text in step.cases:
        is_number = kind == "number" and as_number(text) is None
        if is_number or (kind == "flag" and text not in ("true", "false")):
            wish = "a number" if is_number else "true or false"
            yield Remark((*at, "cases", text), f"'{text}' is no {kind}", wish)


def write_remarks(
    name: str, write: Write, step: StepSettings, kinds: Mapping[str, Kind], known: References
) -> Iterator[Remark]:
    """Variables that a step sets and that are not declared, or of another type."""
    path: Keys = ("steps", name, *write.path)
    kind = kinds.get(write.name)
    if kind is None:
        message = f"there is no variable '{write.name}'{did_you_mean(write.name, kinds)}"
        yield Remark(path, message, one_of(kinds) or "it under variables")
        return
    wanted = write.kinds
    leads = step.leads_to()
    signature = known.flows.get(leads[0]) if leads is not None else None
    if write.result and signature is not None:
        there = signature.variables.get(write.result)
        if there is None:
            meant = did_you_mean(write.result, signature.variables)
            message = f"that flow has no variable '{write.result}'{meant}"
            yield Remark(path, message, one_of(signature.variables) or "none")
            return
        wanted = (there,)
    if wanted and kind not in wanted:
        yield Remark(path, f"'{write.name}' is a {kind}", f"a variable of type {one_of(wanted)}")
