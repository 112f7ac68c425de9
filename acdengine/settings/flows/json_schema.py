"""JSON Schema of flow files, for editors."""

from __future__ import annotations

from typing import cast

from acdengine.settings.flows.file import FlowFile, UnknownSettings
from acdengine.settings.json_schema import SCHEMA_DIALECT, Schema, tidied


def flow_schema() -> Schema:
    """The schema of a flow file. It takes at least all that `acdengine flow check` takes."""
    schema = tidied(cast(Schema, FlowFile.model_json_schema()))
    definitions = cast(dict[str, Schema], schema["$defs"])
    unknown = UnknownSettings.__name__
    del definitions[unknown]
    steps = cast(dict[str, Schema], schema["properties"])["steps"]
    for step in _steps_of(steps):
        kinds = cast(list[Schema], step["oneOf"])
        step["oneOf"] = [kind for kind in kinds if not str(kind["$ref"]).endswith(unknown)]
    return {"$schema": SCHEMA_DIALECT, "title": "acdengine flow", **schema}


def _steps_of(steps: Schema) -> list[Schema]:
    by_pattern = cast(dict[str, Schema], steps.get("patternProperties", {}))
    return [step for step in by_pattern.values() if "oneOf" in step]
