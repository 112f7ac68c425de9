"""Each kind of step has an example in the reference, which loads and does what it says."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.ivr.program import programs_of
from acdengine.program.flows.case_run import CaseRun
from acdengine.settings.flows.cases import CaseSettings
from acdengine.settings.flows.file import STEP_KINDS
from acdengine.settings.flows.library import load_flows
from docs.ivr_tables import step_examples

EXAMPLES = step_examples()


def test_every_kind_has_an_example_and_no_other() -> None:
    assert EXAMPLES.keys() == STEP_KINDS.keys()


@pytest.mark.parametrize("kind", STEP_KINDS)
def test_an_example_does_what_it_says(kind: str, tmp_path: Path) -> None:
    example = EXAMPLES[kind]
    flows = {"main": example["flow"], **example.get("others", {})}
    for name, text in flows.items():
        (tmp_path / f"{name}.yaml").write_text(f"flow: 1\n{text}")
    library = load_flows([tmp_path], draft=True)
    main = library.files["main"]
    assert any(step.kind == kind for step in main.steps.values())
    assert example["case"]["expect"]
    case = CaseSettings.model_validate({"name": kind, **example["case"]})
    programs = programs_of(library.definitions.values())
    run = CaseRun(case, library.definitions["main"], programs, {}, 1_800_000_000_000_000)
    assert run.run().problems == ()
