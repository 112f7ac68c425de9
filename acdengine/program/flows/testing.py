"""All cases of some flows: run, counted, and told for people and for other programs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final
from xml.etree import ElementTree

from acdengine.ivr.definition import FlowDefinition
from acdengine.ivr.program import programs_of
from acdengine.ivr.turn import Program
from acdengine.ivr.ways import ways_of
from acdengine.program.flows.case_run import CaseRun, Result
from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.files import read_files
from acdengine.settings.flows.cases import CaseFile
from acdengine.settings.flows.library import TEST_ENDING, FlowLibrary
from acdengine.settings.ivr import flow_place
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.validate import validate
from queues.policy import SECOND_US
from routing.policy import Hours

#: Characters that XML cannot hold, as `str.translate` takes them.
_NOT_XML: Final = {code: "?" for code in range(32) if code not in (9, 10, 13)}


@dataclass(frozen=True, slots=True)
class Told:
    """One case with what came of it."""

    file: str
    flow: str
    name: str
    result: Result
    seconds: float


@dataclass(slots=True)
class Coverage:
    """Which steps and ways of a flow were taken, and how often, and where callers stayed."""

    flow: FlowDefinition
    taken: Counter[tuple[str, str]] = field(default_factory=Counter)
    stayed: Counter[str] = field(default_factory=Counter)

    def steps(self) -> tuple[int, int]:
        """Steps that were taken, and all."""
        seen = {step for step, _ in self.taken} | self.stayed.keys()
        return sum(1 for name in self.flow.steps if name in seen), len(self.flow.steps)

    def ways(self) -> tuple[int, int]:
        """Ways out that were taken, and all."""
        every = list(self._every())
        return sum(1 for way in every if self.taken[way]), len(every)

    def missing(self) -> list[str]:
        """Ways that no case takes, each as `step way`."""
        return [f"{step} {way}" for step, way in self._every() if not self.taken[step, way]]

    def _every(self) -> Iterator[tuple[str, str]]:
        for name, step in self.flow.steps.items():
            for way in ways_of(self.flow, step):
                yield name, way.name


@dataclass(frozen=True, slots=True)
class Report:
    """What came of all cases."""

    cases: tuple[Told, ...]
    coverage: Mapping[str, Coverage]
    seconds: float

    @property
    def failed(self) -> list[Told]:
        """Cases that did not end as expected."""
        return [case for case in self.cases if case.result.problems]


def test_paths(paths: Sequence[Path]) -> list[Path]:
    """Files of cases: those named, those of the folders named, and those beside the flows named."""
    found: list[Path] = []
    for path in map(flow_place, paths):
        if path.is_dir():
            found += sorted(path.glob(f"*{TEST_ENDING}"))
        elif path.name.endswith(TEST_ENDING):
            found.append(path)
        elif (beside := path.with_name(path.stem + TEST_ENDING)).exists():
            found.append(beside)
    return list(dict.fromkeys(found))


def read_cases(paths: Sequence[Path], library: FlowLibrary) -> dict[str, CaseFile]:
    """Files of cases, by their paths.

    Raises `SettingsError` with every problem of all files.
    """
    problems: list[Problem] = []
    files: dict[str, CaseFile] = {}
    for document in read_files(paths):
        try:
            file = validate(CaseFile, [document])
        except SettingsError as error:
            problems += error.problems
            continue
        if file.tests not in library.definitions:
            known = library.definitions
            message = f"there is no flow '{file.tests}'{did_you_mean(file.tests, known)}"
            position = document.root.items["tests"].value.position
            problems.append(Problem.at(position, ("tests",), message, one_of(known)))
        files[document.file] = file
    if problems:
        raise SettingsError(problems)
    return files


def run_cases(
    files: Mapping[str, CaseFile], library: FlowLibrary, hours: dict[str, Hours] | None = None
) -> Report:
    """Run all cases. ``hours`` are those of the settings, by full id."""
    programs: dict[str, Program] = programs_of(library.definitions.values())
    coverage = {
        definition.flow_id: Coverage(definition) for definition in library.definitions.values()
    }
    told = []
    begun = time.perf_counter()
    for path, file in files.items():
        flow = library.definitions[file.tests]
        for case in file.cases:
            started = time.perf_counter()
            at_us = int((case.at or file.at).timestamp() * SECOND_US)
            result = CaseRun(case, flow, programs, hours or {}, at_us).run()
            for flow_id, step, way in result.taken:
                coverage[flow_id].taken[step, way] += 1
            for flow_id, step in result.stands:
                coverage[flow_id].stayed[step] += 1
            told.append(Told(path, file.tests, case.name, result, time.perf_counter() - started))
    shown = {name: coverage[flow.flow_id] for name, flow in library.definitions.items()}
    return Report(tuple(told), shown, time.perf_counter() - begun)


def as_text(report: Report, *, with_missing: bool) -> Iterator[str]:
    """A report for people."""
    for case in report.failed:
        yield f"FAILED {case.file}: {case.name}"
        yield from (f"    {problem}" for problem in case.result.problems)
    for name, coverage in report.coverage.items():
        steps, all_steps = coverage.steps()
        ways, all_ways = coverage.ways()
        yield f"{name}: {steps} of {all_steps} steps, {ways} of {all_ways} ways out"
        if with_missing:
            yield from (f"    not taken: {way}" for way in coverage.missing())
    passed = len(report.cases) - len(report.failed)
    yield f"{passed} of {len(report.cases)} cases passed in {report.seconds:.2f} s"


def as_junit(report: Report) -> str:
    """A report in the XML that build servers read, a suite for each file of cases."""
    root = ElementTree.Element("testsuites", name="acdengine flow test")
    suites: dict[str, ElementTree.Element] = {}
    for case in report.cases:
        suite = suites.get(case.file)
        if suite is None:
            cases = [other for other in report.cases if other.file == case.file]
            failures = sum(1 for other in cases if other.result.problems)
            suite = suites[case.file] = ElementTree.SubElement(
                root,
                "testsuite",
                name=_xml(case.file),
                tests=str(len(cases)),
                failures=str(failures),
                time=f"{sum(other.seconds for other in cases):.6f}",
            )
        element = ElementTree.SubElement(
            suite,
            "testcase",
            classname=_xml(case.flow),
            name=_xml(case.name),
            time=f"{case.seconds:.6f}",
        )
        for problem in case.result.problems:
            failure = ElementTree.SubElement(element, "failure", message=_xml(problem))
            failure.text = _xml(problem)
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _xml(text: str) -> str:
    return text.translate(_NOT_XML)
