"""The shipped flows: nothing is wrong with them, and their callers end up where they should."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from acdengine.ivr.program import programs_of
from acdengine.program.flows.case_run import CaseRun
from acdengine.program.flows.testing import Report, read_cases, run_cases
from acdengine.program.flows.testing import test_paths as paths_of
from acdengine.settings.compile import load_plan, settings_of
from acdengine.settings.flows.cases import CaseFile
from acdengine.settings.flows.for_tenant import references_of
from acdengine.settings.flows.library import FlowLibrary, load_flows

ROOT = Path(__file__).parents[4]
SCRIPTS = ROOT / "ivr_scripts"
CONFIG = [ROOT / "config" / "acdengine.yaml"]


@pytest.fixture(scope="module")
def library() -> FlowLibrary:
    tenant, known = references_of(settings_of(CONFIG), "acme")
    return load_flows([SCRIPTS], tenant=tenant, known=known)


@pytest.fixture(scope="module")
def files(library: FlowLibrary) -> dict[str, CaseFile]:
    return read_cases(paths_of([SCRIPTS]), library)


@pytest.fixture(scope="module")
def report(library: FlowLibrary, files: dict[str, CaseFile]) -> Report:
    return run_cases(files, library, load_plan(CONFIG)[1].hours)


def test_every_case_ends_as_expected(report: Report) -> None:
    assert {case.name: case.result.problems for case in report.failed} == {}


def test_every_flow_has_cases_that_go_through_all_of_its_steps(report: Report) -> None:
    for name, coverage in report.coverage.items():
        taken, every = coverage.steps()
        assert taken == every, name
        ways, all_ways = coverage.ways()
        assert ways >= all_ways - 2, coverage.missing()


def test_every_prompt_is_used(library: FlowLibrary) -> None:
    text = "\n".join(
        path.read_text() for path in SCRIPTS.glob("*.yaml") if ".test." not in path.name
    )
    for by_name in library.prompts.values():
        assert [name for name in by_name if name not in text] == []


def test_a_card_is_in_nothing_that_the_flow_does_or_keeps(
    library: FlowLibrary, files: dict[str, CaseFile]
) -> None:
    [file] = [file for file in files.values() if file.tests == "card-payment"]
    programs = programs_of(library.definitions.values())
    case_run = CaseRun(
        file.cases[0], library.definitions["card-payment"], programs, {}, 1_800_000_000_000_000
    )
    assert case_run.run().problems == ()
    kept = msgspec.json.encode([case_run.phone.effects, case_run.phone.variables]).decode()
    assert "1111" in kept
    for digits in ("4111", "11111", "1230", '"123"'):
        assert digits not in kept
