"""Flow files made into definitions."""

from __future__ import annotations

from acdengine.ivr.definition import Budget, FlowDefinition, Variable
from acdengine.ivr.expressions.values import Value
from acdengine.settings.compiling.hours import offsets_of
from acdengine.settings.compiling.ids import to_us
from acdengine.settings.flows.file import FlowFile, VariableSettings
from acdengine.settings.flows.step import Context


def definition_of(tenant: str, name: str, file: FlowFile) -> FlowDefinition:
    """The definition of a flow file in which nothing is wrong."""
    declared = file.declared()
    kinds = {variable: about.type for variable, about in declared.items()}
    following = file.following()
    steps = {}
    for step_name, step in file.with_defaults().items():
        context = Context(tenant, name, step_name, following[step_name], kinds)
        steps[step_name] = step.definition(context)
    return FlowDefinition(
        flow_id=f"{tenant}/{name}" if tenant else name,
        first=file.start or next(iter(file.steps)),
        steps=steps,
        languages=tuple(file.languages),
        variables={
            variable: Variable(about.type, initial_of(about))
            for variable, about in declared.items()
        },
        parameters=tuple(file.parameters),
        budget=Budget(time_us=to_us(file.budget.seconds), steps=file.budget.steps),
        offsets=offsets_of(file.zone),
        otherwise=file.otherwise or "",
        after_loss=file.after_loss or "",
    )


def initial_of(about: VariableSettings) -> Value:
    """What a variable is worth at the beginning."""
    return tuple(about.value) if isinstance(about.value, list) else about.value
