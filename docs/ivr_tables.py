"""The reference of flow files, from their models, with the example of each kind of step."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from acdengine.ivr.expressions.compiling import CALL_KINDS
from acdengine.ivr.expressions.functions import FUNCTIONS
from acdengine.settings.document import models_within, tables
from acdengine.settings.flows.cases import CaseFile
from acdengine.settings.flows.file import STEP_KINDS, FlowFile, UnknownSettings
from acdengine.settings.reading import Reading
from acdengine.settings.yaml_source import parse

EXAMPLES: Final = Path(__file__).parent / "examples" / "ivr-steps.yaml"


def step_examples() -> dict[str, Any]:
    """Kind of step to its example: `flow`, other flows (`others`), and the `case` that holds."""
    read: Any = Reading(parse(EXAMPLES.read_text(encoding="utf-8"), EXAMPLES.name).root).values()
    return dict(read)


def step_reference() -> str:
    """Every kind of step: what it does, an example, its keys."""
    known = step_examples()
    parts = []
    for kind, model in STEP_KINDS.items():
        text = tables([model]).strip("\n")
        heading, _, rest = text.partition("\n")
        meaning, _, table = rest.strip("\n").partition("\n")
        example = known[kind]["flow"].rstrip()
        block = f"```yaml\n{example}\n```"
        parts.append(f"#{heading}\n\n{meaning}\n\n{block}\n\n{table.strip()}")
    return "\n\n".join(parts)


def file_reference() -> str:
    """A flow file, and what several kinds of step hold."""
    left_out = (UnknownSettings, *STEP_KINDS.values())
    shared = [model for model in models_within(FlowFile) if model not in left_out]
    told = tables(shared).replace("\n## ", "\n### ").strip("\n")
    return told.replace(" or [unknown](#unknown)", "")


def case_reference() -> str:
    """A file of test cases."""
    return tables(models_within(CaseFile)).replace("\n## ", "\n### ").strip("\n")


def functions() -> str:
    """Every function of expressions."""
    rows = [
        f"| `{name}` | {', '.join(' or '.join(kinds) for kinds in function.arguments)} | "
        f"{function.result} | {function.says} |"
        for name, function in FUNCTIONS.items()
    ]
    rows += [
        "| `text` | anything | text | a value as text; a missing one is empty |",
        "| `is_missing` | anything | flag | whether there is no value |",
        "| `if` | flag, and two of one type | that type | `if(condition, then, else)` |",
    ]
    return "\n".join(["| function | is given | gives | |", "| --- | --- | --- | --- |", *rows])


def call_values() -> str:
    """What every flow can read of its call."""
    rows = [f"| `{name}` | {kind} |" for name, kind in CALL_KINDS.items()]
    return "\n".join(["| name | type |", "| --- | --- |", *rows])
