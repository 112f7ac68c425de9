"""The menu of the page is the same in FreeSWITCH's XML and as a flow: callers end up alike."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from acdengine.program.flows.testing import read_cases, run_cases
from acdengine.program.installation.ivr_menus.translate import imported
from acdengine.settings.flows.library import load_flows
from tests.docs.pages import ROOT

PAGE = (ROOT / "docs" / "ivr-side-by-side.md").read_text()
CASES = """\
tests: {flow}
cases:
  - {{ name: sales, does: ["1"], expect: {{ goes_to: queue sales }} }}
  - {{ name: support, does: ["2"], expect: {{ goes_to: queue support }} }}
  - {{ name: a person, does: ["0"], expect: {{ goes_to: queue support }} }}
  - {{ name: an extension, does: ["1042"], expect: {{ goes_to: number 1042 }} }}
  - {{ name: nothing, expect: {{ goes_to: queue support }} }}
  - {{ name: wrong thrice, does: ["9", "8", "7"], expect: {{ goes_to: queue support }} }}
  - {{ name: wrong twice, does: ["9", "8", "1"], expect: {{ goes_to: queue sales }} }}
"""


def block(language: str) -> str:
    found = re.search(rf"```{language}\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    return found[1]


def flow_here() -> str:
    return block("yaml")


def flow_imported() -> str:
    (flow,) = imported(f"<menus>{block('xml')}</menus>")
    return flow.text()


@pytest.mark.parametrize("flow", [flow_here, flow_imported])
def test_callers_end_up_where_the_page_says(flow: object, tmp_path: Path) -> None:
    assert callable(flow)
    (tmp_path / "shop.yaml").write_text(flow())
    cases = tmp_path / "shop.test.yaml"
    cases.write_text(CASES.format(flow="shop"))
    library = load_flows([tmp_path / "shop.yaml"], draft=True)
    report = run_cases(read_cases([cases], library), library)
    assert {case.name: case.result.problems for case in report.failed} == {}


def test_the_applications_of_the_page_are_those_that_are_imported() -> None:
    source = ROOT / "acdengine" / "program" / "installation" / "ivr_menus" / "applications.py"
    known = re.findall(r'^ {12}"(\w+)": self\._(?!unknown)', source.read_text(), re.MULTILINE)
    sentence = re.search(r"the applications (.*?)\. Macros", PAGE, re.DOTALL)
    assert sentence is not None
    assert set(re.findall(r"`(\w+)`", sentence[1])) == {*known, "ivr"}
