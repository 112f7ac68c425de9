"""What a flow says: all of its prompts, texts and values, in the order of its steps."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from acdengine.ivr.definition import FlowDefinition, Item, Prompt, Say, Speech


def items_of(flow: FlowDefinition) -> Iterator[Item]:
    """Everything that the steps of a flow play or say, as often as they do."""
    yield from _items_in(flow.steps)


def prompts_named_by(flow: FlowDefinition) -> Iterator[str]:
    """The prompts that a flow names as they are; of a template the name is not known before the
    call."""
    for item in items_of(flow):
        if isinstance(item, Prompt) and "{" not in item.name:
            yield item.name


def _items_in(part: object) -> Iterator[Item]:
    if isinstance(part, Prompt | Speech | Say):
        yield part
    elif isinstance(part, Struct):
        for name in part.__struct_fields__:
            yield from _items_in(getattr(part, name))
    elif isinstance(part, dict):
        for value in part.values():
            yield from _items_in(value)
    elif isinstance(part, tuple | list):
        for value in part:
            yield from _items_in(value)
