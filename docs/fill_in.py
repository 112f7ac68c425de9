"""Fills in what the pages take from the code: `python -m docs.fill_in`.

A page marks the place with a pair of comments, `<!-- from code: strategies -->` and `<!-- end -->`;
what stands between them is written here from the docstrings. Links to methods get their lines.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, get_args

from acdengine.commands import AnyCommand
from acdengine.events import AnyEvent
from acdengine.facts import AnyFact
from acdengine.settings.document import models_within, tables
from acdengine.settings.reading import Reading
from acdengine.settings.yaml_source import parse
from adapters.sim.scenarios.durations import DistributionSettings
from adapters.sim.scenarios.file_models import ScenarioSettings
from docs import adapter_table, agi_tables, contract_table, hangup_tables, ivr_tables, speed_tables
from docs.code_lines import with_lines
from routing.strategies import STRATEGIES

DOCS: Final = Path(__file__).parent
RULES: Final = DOCS.parent / "config" / "prometheus" / "acdengine.rules.yml"
#: Pages with such places.
PAGES: Final = (
    "routing.md", "glossary.md", "scenarios.md", "hangup-causes.md", "watching.md", "standin.md",
    "ivr-flows.md", "ivr-steps.md", "agi.md",
    "../README.md", "../adapters/README.md", "../ARCHITECTURE.md",
)  # fmt: skip
_PLACE: Final = re.compile(
    r"(?P<begin><!-- from code: (?P<what>[a-z]+) -->\n).*?(?P<end><!-- end -->)", re.DOTALL
)
_RINGS: Final = {"one": "one agent", "all": "all at once", "more": "one more at a time"}


def strategies() -> str:
    """Every strategy with how it rings and its order, word for word from its class."""
    rows = [
        f"| `{name}` | {_RINGS[strategy.ring]} | {_cell(strategy.__doc__)} |"
        for name, strategy in STRATEGIES.items()
    ]
    return "\n".join(["| strategy | rings | order and tie-break |", "| --- | --- | --- |", *rows])


def events() -> str:
    """Every event."""
    return _kinds("event", get_args(AnyEvent))


def commands() -> str:
    """Every command."""
    return _kinds("command", get_args(AnyCommand))


def facts() -> str:
    """Every fact."""
    return _kinds("fact", get_args(AnyFact))


def scenario() -> str:
    """Every key of a scenario file; what is of the settings is linked to their page."""
    own = [
        model
        for model in models_within(ScenarioSettings)
        if model.__module__.startswith("adapters.sim.scenarios.")
        and model is not DistributionSettings
    ]
    return (
        tables([*own, DistributionSettings], "settings.md").replace("\n## ", "\n### ").strip("\n")
    )


def alert_rules() -> list[dict[str, Any]]:
    """The alert rules that are shipped for Prometheus."""
    read: Any = Reading(parse(RULES.read_text(), RULES.name).root).values()
    return [rule for group in read["groups"] for rule in group["rules"]]


def _told(text: str) -> str:
    """A rule's words, its labels as the names of what stands there."""
    return re.sub(r"\{\{ \$labels\.(\w+) \}\}", lambda found: f"*{found[1]}*", text)


def alerts() -> str:
    """Every alert rule: what it says, when, and what to do first."""
    rows = [
        f"| `{rule['alert']}` | {_told(rule['annotations']['summary'])} | "
        f"{rule.get('for', 'at once')} | {rule['labels']['severity']} | "
        f"{_told(rule['annotations']['action'])} |"
        for rule in alert_rules()
    ]
    head = "| alert | what it says | after | for whom | look at |"
    return "\n".join([head, "| --- | --- | --- | --- | --- |", *rows])


def _kinds(title: str, kinds: tuple[type, ...]) -> str:
    rows = [f"| `{kind.__name__}` | {_cell(kind.__doc__)} |" for kind in kinds]
    return "\n".join([f"| {title} | meaning |", "| --- | --- |", *rows])


def _cell(docstring: str | None) -> str:
    """A docstring as one cell: references become code, paragraphs one text."""
    text = " ".join(inspect.cleandoc(docstring or "").split())
    text = text.replace("``", "`").replace("|", "\\|")
    return re.sub(r"^Order: (\w)", lambda match: match[1].upper(), text)


CONTENTS: Final[dict[str, Callable[[], str]]] = {
    "strategies": strategies,
    "events": events,
    "commands": commands,
    "facts": facts,
    "scenario": scenario,
    "agentcauses": hangup_tables.agents_ends,
    "outsidecauses": hangup_tables.outside_ends,
    "orderedcauses": hangup_tables.ordered,
    "alerts": alerts,
    "contract": contract_table.contract,
    "ivrfunctions": ivr_tables.functions,
    "ivrcall": ivr_tables.call_values,
    "ivrcases": ivr_tables.case_reference,
    "ivrsteps": ivr_tables.step_reference,
    "ivrfile": ivr_tables.file_reference,
    "agicommands": agi_tables.commands,
    "agiapplications": agi_tables.applications,
    "agifunctions": agi_tables.functions,
    "agivariables": agi_tables.variables,
    "speed": speed_tables.speed,
    "adapters": adapter_table.commands,
}


def filled_in(page: str) -> str:
    """A page's text with what belongs in its places.

    Raises:
        KeyError: a place asks for something that is not in `CONTENTS`.
    """
    return _PLACE.sub(
        lambda place: f"{place['begin']}\n{CONTENTS[place['what']]()}\n\n{place['end']}",
        with_lines(page),
    )


def main() -> None:
    """Write all pages."""
    for name in PAGES:
        path = DOCS / name
        path.write_text(filled_in(path.read_text()))


if __name__ == "__main__":
    main()
