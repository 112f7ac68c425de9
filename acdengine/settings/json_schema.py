"""JSON Schema of the settings, for editors."""

from __future__ import annotations

from typing import Final, cast

from acdengine.settings.targets import BELONGS
from acdengine.settings.whole import Settings

Schema = dict[str, object]

SCHEMA_DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_TEXT: Final = ["string", "number", "boolean"]
"""A field for text takes numbers and truth values as they are written."""


def settings_schema() -> Schema:
    """The schema of a settings file. It takes at least all that `acdengine check` takes."""
    schema = tidied(cast(Schema, Settings.model_json_schema()))
    definitions = cast(dict[str, Schema], schema["$defs"])
    definitions["TargetSettings"]["oneOf"] = [{"required": [kind]} for kind in BELONGS]
    return {"$schema": SCHEMA_DIALECT, "title": "acdengine settings", **schema}


def tidied(schema: Schema) -> Schema:
    """Without titles and defaults that say nothing, and as strict or lenient as the files are."""
    tidy: Schema = {}
    for key, value in schema.items():
        if key in ("properties", "patternProperties", "$defs"):
            below = cast(dict[str, Schema], value)
            tidy[key] = {name: tidied(inner) for name, inner in below.items()}
        elif key == "default":
            if value is not None and not isinstance(value, dict):
                tidy[key] = value
        elif key == "description":
            tidy[key] = " ".join(str(value).split())
        elif key != "title":
            tidy[key] = _tidy_value(value)
    if tidy.get("type") == "string" and not {"enum", "const", "format"} & tidy.keys():
        tidy["type"] = list(_TEXT)
    if "patternProperties" in tidy:
        tidy["additionalProperties"] = False
    return tidy


def _tidy_value(value: object) -> object:
    if isinstance(value, dict):
        return tidied(cast(Schema, value))
    if isinstance(value, list):
        return [_tidy_value(inner) for inner in value]
    return value
