"""What is shipped with the settings: the example, the schema for editors, the page of all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
from pydantic import BaseModel

from acdengine.engine.core import Engine
from acdengine.program.switches.settings import sounds_of
from acdengine.settings.compile import load_plan
from acdengine.settings.document import settings_page
from acdengine.settings.json_schema import settings_schema
from acdengine.settings.reading import Reading
from acdengine.settings.whole import Settings
from acdengine.settings.yaml_source import parse

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "config" / "acdengine.yaml"
SMALL = ROOT / "config" / "freeswitch-centre.yaml"
EVERYTHING = Path(__file__).with_name("everything.yaml")


def test_the_example_has_no_problem_and_starts_an_engine() -> None:
    _, plan = load_plan([EXAMPLE])
    assert list(plan.tenants) == ["acme", "globex"]
    assert len(plan.agents) >= 40
    engine = Engine(plan)
    engine.check()


def test_in_the_example_no_id_leads_from_one_tenant_to_the_other() -> None:
    _, plan = load_plan([EXAMPLE])
    for parts in (plan.queues, plan.agents, plan.flows):
        for name, part in parts.items():
            other = "globex/" if name.startswith("acme/") else "acme/"
            assert other not in repr(part)
    for tenant, other in (("acme", "globex/"), ("globex", "acme/")):
        assert other not in repr(plan.tenants[tenant])


def test_the_page_of_all_settings_is_up_to_date() -> None:
    there = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    assert there == settings_page(), "run: make pages"


def test_the_schema_for_editors_is_up_to_date() -> None:
    there = json.loads((ROOT / "config" / "acdengine.schema.json").read_text(encoding="utf-8"))
    assert there == settings_schema(), "run: make pages"


def test_the_example_with_a_switch_starts_an_engine_and_names_what_it_plays() -> None:
    settings, plan = load_plan([SMALL])
    Engine(plan).check()
    assert list(settings.switches) == ["fs1"]
    sounds = sounds_of(settings.sounds)
    (queue,) = plan.queues.values()
    assert sounds.stream(queue.announcements.music) == "local_stream://moh"
    assert sounds.parts(queue.announcements.greeting)


@pytest.mark.parametrize("file", [EXAMPLE, SMALL, EVERYTHING])
def test_the_schema_takes_what_the_check_takes(file: Path) -> None:
    values = Reading(parse(file.read_text(encoding="utf-8"), str(file)).root).values()
    validator = jsonschema_rs.validator_for(settings_schema())
    assert [str(error) for error in validator.iter_errors(values)] == []


@pytest.mark.parametrize(
    "values",
    [
        {"tenant": {}},
        {"tenants": {"a b": {}}},
        {"tenants": {"a": {"queues": {"q": {"ring_timeout_s": 0}}}}},
        {"tenants": {"a": {"queues": {"q": {"strategy": "longest"}}}}},
        {"tenants": {"a": {"numbers": {"1": {}}}}},
        {"tenants": {"a": {"numbers": {"1": {"queue": "q", "flow": "f"}}}}},
        {"tenants": {"a": {"agents": {"b": {"skills": {"x": 11}}}}}},
    ],
)
def test_the_schema_refuses_what_is_plainly_wrong(values: Any) -> None:
    assert not jsonschema_rs.validator_for(settings_schema()).is_valid(values)


def all_models() -> list[type[BaseModel]]:
    found: list[type[BaseModel]] = [Settings]
    for definition in settings_schema()["$defs"]:  # type: ignore[attr-defined]
        found += [model for model in _subclasses(BaseModel) if model.__name__ == definition]
    return found


def _subclasses(model: type[BaseModel]) -> list[type[BaseModel]]:
    below = [inner for child in model.__subclasses__() for inner in _subclasses(child)]
    return [child for child in model.__subclasses__() if "acdengine" in child.__module__] + below


def test_every_setting_says_what_it_means_and_in_which_unit() -> None:
    models = all_models()
    assert len(models) > 30
    silent = [
        f"{model.__name__}.{name}"
        for model in models
        for name, field in model.model_fields.items()
        if not field.description
        or (name.endswith("_s") and not name.endswith("_per_s") and "second" not in
            f"{field.description} {model.__doc__}".lower())
    ]  # fmt: skip
    assert silent == []
