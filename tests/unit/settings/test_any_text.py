"""Any text survives in any position, whether it is quoted or, where YAML allows it, plain."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from acdengine.settings.model import SettingsModel
from acdengine.settings.validate import validate
from acdengine.settings.yaml_source import parse

# Texts that YAML 1.1 or 1.2 takes for something else, and such as stand in real settings.
LOOKALIKES = """
    no No NO yes on off y n true False null Null ~ 010 0o17 0x1F 1e3 1_000 12:30:00 190:20:30
    2026-01-31 +498912345 0049891234 00 -0 0.10 1. .5 .inf -.INF .nan = 0b11 123456789012345678901
    """.split()


class Branch(SettingsModel):
    text: str
    texts: list[str]
    named: dict[str, str]
    either: list[str] | str
    branches: dict[str, Branch]


# What YAML can hold: no surrogates, and line breaks only as \n, for it makes them equal.
any_text = st.sampled_from(LOOKALIKES) | st.text(
    st.characters(exclude_categories=["Cs"], exclude_characters="\r\x85\u2028\u2029")
)


def branch_of(texts: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, object]]:
    return st.recursive(
        _level(texts, st.just({})),
        lambda inner: _level(texts, st.dictionaries(texts, inner, max_size=2)),
        max_leaves=4,
    )


def _level(
    texts: st.SearchStrategy[str], branches: st.SearchStrategy[dict[str, object]]
) -> st.SearchStrategy[dict[str, object]]:
    several = st.lists(texts, max_size=3)
    return st.fixed_dictionaries(
        {
            "text": texts,
            "texts": several,
            "named": st.dictionaries(texts, texts, max_size=3),
            "either": several | texts,
            "branches": branches,
        }
    )


@given(data=branch_of(any_text), flow=st.booleans(), width=st.sampled_from([20, 80, 10_000]))
def test_any_text_survives_in_quotes(data: dict[str, object], flow: bool, width: int) -> None:
    for style in ["'", '"']:
        text = yaml.safe_dump(
            data, default_style=style, default_flow_style=flow, width=width, allow_unicode=True
        )
        assert validate(Branch, [parse(text, "f")]).model_dump() == data


@given(data=branch_of(any_text))
def test_any_text_survives_as_people_would_write_it(data: dict[str, object]) -> None:
    text = yaml.safe_dump(data, default_flow_style=False, sort_keys=False)
    assert validate(Branch, [parse(text, "f")]).model_dump() == data


@given(data=branch_of(st.sampled_from(LOOKALIKES)))
def test_lookalikes_survive_without_quotes(data: dict[str, object]) -> None:
    text = "\n".join(plain_lines(data))
    assert validate(Branch, [parse(text, "f")]).model_dump() == data


def plain_lines(data: object, indent: str = "") -> list[str]:
    """`data` as YAML without a single quote."""
    if isinstance(data, dict):
        items = [(f"{key}:", value) for key, value in data.items()]
        empty = "{}"
    else:
        assert isinstance(data, list)
        items = [("-", value) for value in data]
        empty = "[]"
    if not items:
        return [indent + empty]
    lines: list[str] = []
    for head, value in items:
        if isinstance(value, str):
            lines.append(f"{indent}{head} {value}")
        else:
            lines += [f"{indent}{head}", *plain_lines(value, indent + "  ")]
    return lines


@pytest.mark.parametrize("text", LOOKALIKES)
def test_the_lines_without_quotes_are_without_quotes(text: str) -> None:
    assert plain_lines({"a": [text]}) == ["a:", f"  - {text}"]
