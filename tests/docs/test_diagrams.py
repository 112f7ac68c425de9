"""The diagrams of the documentation show the tables, all of them and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from adapters.freeswitch.protocol.channel_fields import EVENTS
from docs.draw_call_way import IMAGE, PHASES
from docs.draw_call_way import draw as draw_call_way
from docs.draw_machines import DIAGRAMS, IMAGES
from docs.state_diagrams import Diagram, all_places, arrows_of, draw, shared

SVG = "{http://www.w3.org/2000/svg}"
ADAPTER = Path(__file__).parents[2] / "adapters" / "freeswitch"


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_the_picture_is_what_the_table_says(diagram: Diagram) -> None:
    kept = (IMAGES / f"{diagram.name}.svg").read_text()
    assert kept == draw(diagram), "run `make pages`"


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_every_transition_is_one_arrow(diagram: Diagram) -> None:
    drawn = [
        (state, trigger, target)
        for source, target, label in arrows_of(diagram)
        for state in (diagram.framed if source == "frame" else (source,))
        for trigger in label.split(", ")
    ]
    said = [
        (state, trigger, target)
        for state, moves in diagram.table.items()
        for trigger, target in moves.items()
    ]
    assert sorted(drawn) == sorted(said)


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_what_is_written_on_the_picture_is_the_table(diagram: Diagram) -> None:
    picture = ElementTree.fromstring(draw(diagram))
    texts = [text.text or "" for text in picture.iter("{http://www.w3.org/2000/svg}text")]
    assert sorted(text for text in texts if text in diagram.table) == sorted(
        [*diagram.table, *(label for _, _, label in arrows_of(diagram) if label in diagram.table)]
    )
    assert len(list(picture.iter("{http://www.w3.org/2000/svg}path"))) == (
        len(list(arrows_of(diagram))) + 2
    )


@pytest.mark.parametrize("diagram", DIAGRAMS, ids=lambda diagram: diagram.name)
def test_every_arrow_from_the_frame_begins_on_it(diagram: Diagram) -> None:
    if diagram.frame is None:
        assert not diagram.framed
        return
    left, top, right, bottom = diagram.frame
    for target in dict.fromkeys(shared(diagram).values()):
        gate = diagram.arrows["frame", target].gate
        assert gate is not None
        assert gate[0] in (left, right) or gate[1] in (top, bottom)


def test_a_state_without_a_place_is_drawn_at_the_bottom() -> None:
    diagram = DIAGRAMS[0]
    places = {state: place for state, place in diagram.places.items() if state != "held"}
    drawn = replace(diagram, places=places)
    assert ">held</text>" in draw(drawn)
    assert all_places(drawn)["held"][1] > max(row for _, row in places.values())


def test_a_place_of_no_state_is_an_error() -> None:
    diagram = DIAGRAMS[0]
    with pytest.raises(ValueError, match="hold"):
        draw(replace(diagram, places={**diagram.places, "hold": (0, 9)}))


# -- the way of a call -------------------------------------------------------------------------


def test_the_way_of_a_call_is_drawn_as_its_table_says() -> None:
    svg = draw_call_way()
    assert IMAGE.read_text() == svg, "run `make pages`"
    texts = [one.text for one in ElementTree.fromstring(svg).iter(f"{SVG}text")]
    assert [step.label for phase in PHASES for step in phase.steps if step.label not in texts] == []


def test_the_events_on_the_way_of_a_call_are_those_that_are_subscribed_to() -> None:
    labels = [step.label for phase in PHASES for step in phase.steps if step.kind == "event"]
    named = [word.strip(",") for label in labels for word in label.split() if word.isupper()
             or word.strip(",").isupper()]  # fmt: skip
    assert [name for name in named if name not in EVENTS] == []
    assert "CHANNEL_BRIDGE" in named


def test_the_commands_on_the_way_of_a_call_are_those_that_are_sent() -> None:
    sent = "".join(path.read_text() for path in ADAPTER.rglob("*.py"))
    words = [
        word
        for phase in PHASES for step in phase.steps if step.kind == "command"
        for word in step.label.split() if "/" not in word
    ]  # fmt: skip
    assert [word for word in words if word not in sent] == []
