"""What the pages say of the code is so, and what they point at is there."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from adapters.freeswitch.protocol import hangup_causes
from docs.fill_in import CONTENTS, DOCS, PAGES, filled_in
from docs.hangup_tables import WORDS
from queues.estimate import WaitEstimate, rounded_up
from queues.policy import SECOND_US, AbandonTreatment, EstimatePolicy, ServiceLevelPolicy
from queues.service_level import ServiceLevel
from routing.strategies import STRATEGIES
from tests.docs.pages import ROOT, pages
from tests.unit.tidy_rules import FORBIDDEN_WORDS

_LINK = re.compile(r"!?\[[^\]]*\]\((?P<to>[^)\s]+)\)")
_HEADING = re.compile(r"^#{1,6} (?P<text>.+)$", re.MULTILINE)
_CODE = re.compile(r"^ *(`{3,}).*?^ *\1$|`[^`\n]*`", re.MULTILINE | re.DOTALL)

KINDS = [*get_args(AnyEvent), *get_args(AnyCommand), *get_args(AnyFact)]


# -- from the code -----------------------------------------------------------------------------


@pytest.mark.parametrize("name", PAGES)
def test_what_comes_from_the_code_is_up_to_date(name: str) -> None:
    page = (DOCS / name).read_text()
    assert page == filled_in(page), "run `make pages`"


def test_every_table_has_its_place() -> None:
    text = "".join((DOCS / name).read_text() for name in PAGES)
    assert re.findall(r"<!-- from code: (\w+) -->", text) == list(CONTENTS)


def test_every_hang_up_cause_is_explained_and_no_other() -> None:
    assert list(WORDS) == list(dict.fromkeys([*hangup_causes.ENDS, *hangup_causes.OUTSIDE]))


@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_every_event_command_and_fact_is_in_the_glossary(kind: type) -> None:
    assert f"| `{kind.__name__}` |" in (DOCS / "glossary.md").read_text()


@pytest.mark.parametrize("name", STRATEGIES)
def test_every_strategy_is_in_the_table(name: str) -> None:
    assert f"| `{name}` |" in (DOCS / "routing.md").read_text()


def test_the_glossary_is_in_order_and_has_no_overloaded_word() -> None:
    words = re.findall(
        r"^\| (?:\*\*|`)(.+?)(?:\*\*|`)[ ,]", (DOCS / "glossary.md").read_text(), re.M
    )
    own = [word for word in words if word[0].islower() or word.isupper()]
    assert len(own) > 50
    assert own == sorted(own, key=str.lower)
    assert [word for word in own if word in FORBIDDEN_WORDS] == []


# -- examples worked out in the prose ----------------------------------------------------------


def test_the_worked_estimate_is_what_the_code_says() -> None:
    estimate = WaitEstimate(EstimatePolicy(initial_handle_us=240 * SECOND_US))
    wait_us = estimate.wait_us(ahead=5, agents=4 + 4 / 2, abandon_share=0.1)
    assert wait_us == 220 * SECOND_US
    assert rounded_up(wait_us, 60 * SECOND_US) == 240 * SECOND_US
    assert "= **220 s**" in (DOCS / "routing.md").read_text()


@pytest.mark.parametrize("treatment", get_args(AbandonTreatment))
def test_the_worked_service_levels_are_what_the_code_says(treatment: AbandonTreatment) -> None:
    level = ServiceLevel(ServiceLevelPolicy(threshold_us=20 * SECOND_US, abandons=treatment))
    for count, wait_s, answered in ((70, 5, True), (20, 50, True), (4, 5, False), (6, 50, False)):
        for _ in range(count):
            (level.answered if answered else level.abandoned)(wait_s * SECOND_US, 0)
    value = level.value(0)
    assert value is not None
    line = re.search(rf"^\| `{treatment}`.*$", (DOCS / "routing.md").read_text(), re.MULTILINE)
    assert line is not None
    assert f"= {100 * value:.1f} %" in line[0]


# -- links -------------------------------------------------------------------------------------


def anchors(page: Path) -> list[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    text = _CODE.sub(
        lambda code: "" if code[0].lstrip()[:3] == "```" else code[0], page.read_text()
    )
    slugs = [re.sub(r"[^\w\- ]", "", match["text"].lower()) for match in _HEADING.finditer(text)]
    return [slug.strip().replace(" ", "-") for slug in slugs]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for match in _LINK.finditer(_CODE.sub("", page.read_text())):
        to, _, anchor = match["to"].partition("#")
        if ":" in to:
            continue
        target = (page.parent / to).resolve() if to else page
        if not target.exists() or (
            anchor and target.suffix == ".md" and anchor not in anchors(target)
        ):
            broken.append(match["to"])
    assert broken == []


def test_decisions_have_a_number_each_and_the_same_three_parts() -> None:
    numbers = [int(path.name[:4]) for path in sorted(ROOT.glob("docs/adr/*.md"))]
    assert len(numbers) == len(dict.fromkeys(numbers))
    for path in ROOT.glob("docs/adr/*.md"):
        text = path.read_text()
        assert text.startswith(f"# {int(path.name[:4])}. ")
        assert [line for line in text.splitlines() if line.startswith("## ")] == [
            "## Context", "## Decision", "## Consequence",
        ]  # fmt: skip


@pytest.mark.parametrize("name", ["ARCHITECTURE.md", "docs/adr/*.md"])
def test_every_path_that_is_named_exists(name: str) -> None:
    named = [
        path
        for page in ROOT.glob(name)
        for path in re.findall(
            r"`((?:\w+/)+(?:\w+\.(?:py|md))?|\w+\.(?:toml|md))`", page.read_text()
        )
    ]
    assert len(named) > 5
    bases = (ROOT, ROOT / "acdengine", ROOT / "acdengine" / "settings")
    assert [path for path in named if not any((base / path).exists() for base in bases)] == []
