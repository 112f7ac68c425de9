"""Documents against models: text survives, types hold, and every problem is told with its place."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Iterable
from typing import Annotated, Literal

import pytest
from pydantic import Field, SecretStr, field_validator, model_validator

from acdengine.settings.errors import Problem, SettingsError
from acdengine.settings.model import Expected, Remark, SettingsModel, refusal
from acdengine.settings.suggest import did_you_mean, one_of
from acdengine.settings.validate import validate
from acdengine.settings.yaml_source import parse


class Colour(enum.Enum):
    RED = "red"
    TEN = "10"


class Play(SettingsModel):
    do: Literal["play"]
    prompt: str


class Go(SettingsModel):
    do: Literal["go"]
    to: str
    times: int = 1


class Step(SettingsModel):
    after_s: Annotated[float, Field(ge=0)]
    groups: list[str] = []


class Queue(SettingsModel):
    strategy: Literal["longest_idle", "ring_all", "1"] = "longest_idle"
    max_wait_s: Annotated[float, Field(gt=0)] | None = None
    poll_ms: int = 1
    calls_per_s: float = 1
    weight: Annotated[int, Field(ge=1, le=10)] = 1
    steps: tuple[Step, ...] = ()
    out: Annotated[Play | Go, Field(discriminator="do")] | None = None
    skill: str | list[str] = ""
    limit: Literal["auto"] | Annotated[int, Field(ge=0)] = "auto"
    record: bool = False
    opens: datetime.time | None = None
    overflow: str | None = None
    colour: Colour | None = None
    number: Annotated[str, Field(pattern=r"^\+?[0-9]+$"), Expected("a number to dial")] = "1"
    name: Annotated[str, Field(min_length=1, max_length=5)] = "x"
    pair: tuple[int, str] | None = None
    nested: Play | Step | str = ""
    fewest: Annotated[list[str], Field(min_length=2)] = ["a", "b"]
    at_least_s: int = 0
    at_most_s: int = 9

    @field_validator("name")
    @classmethod
    def _no_blank(cls, name: str) -> str:
        if " " in name:
            raise ValueError("has a blank in it")
        return name

    @model_validator(mode="after")
    def _in_order(self) -> Queue:
        if self.at_least_s > self.at_most_s:
            expected = f"at most {self.at_most_s}"
            raise refusal("is more than at_most_s", expected, at=("at_least_s",))
        return self


class Site(SettingsModel):
    queues: dict[str, Queue] = {}
    phones: list[str] = []
    names: dict[str, str] = {}
    token: SecretStr | None = None
    levels: dict[int, str] = {}
    ratio: float = 0


def site(text: str) -> Site:
    return validate(Site, [parse(text, "f.yaml")])


def queue(text: str) -> Queue:
    return site("queues: {a: {" + text + "}}").queues["a"]


def problems(text: str) -> list[Problem]:
    with pytest.raises(SettingsError) as caught:
        site(text)
    return list(caught.value.problems)


def told(text: str) -> list[str]:
    return [str(problem) for problem in problems(text)]


WRITTEN = [
    "010",
    "no",
    "12:30:00",
    "0o17",
    "0x1F",
    "1e3",
    "null",
    "~",
    "True",
    ".inf",
    "+49",
    "1_0",
    "-0",
]


@pytest.mark.parametrize("text", WRITTEN)
def test_text_fields_receive_what_was_written(text: str) -> None:
    read = site(f"phones: [{text}, '{text}']\nnames: {{{text}: {text}}}")
    assert read.phones == [text, text]
    assert read.names == {text: text}
    assert queue(f"skill: [{text}]").skill == [text]
    assert queue(f"skill: {text}").skill == text


def test_an_optional_text_can_be_null_and_quotes_make_it_text() -> None:
    assert queue("overflow: null").overflow is None
    assert queue("overflow: ~").overflow is None
    assert queue("overflow: 'null'").overflow == "null"
    assert queue("overflow: no").overflow == "no"
    assert queue("overflow: 010").overflow == "010"


def test_an_alias_is_text_here_and_a_number_there() -> None:
    read = site("phones: [&n 010]\nratio: *n")
    assert (read.phones, read.ratio) == (["010"], 10.0)


def test_values_of_other_types() -> None:
    read = queue(
        "max_wait_s: 30, weight: 010, record: true, opens: 12:30:00, colour: 10, strategy: 1,"
        "limit: 0x10, steps: [{after_s: 1.5}], out: {do: go, to: 7}, pair: [1, 2],"
        "nested: {after_s: 1}"
    )
    assert read == Queue(
        max_wait_s=30,
        weight=10,
        record=True,
        opens=datetime.time(12, 30),
        colour=Colour.TEN,
        strategy="1",
        limit=16,
        steps=(Step(after_s=1.5),),
        out=Go(do="go", to="7"),
        pair=(1, "2"),
        nested=Step(after_s=1),
    )
    assert site("levels: {1: a}").levels == {1: "a"}
    assert site("") == Site()


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("weight: '5'", "'5' is text, for it is in quotes, expected a whole number from 1 to 10"),
        ("weight: 5.0", "5.0 is a number, expected a whole number from 1 to 10"),
        ("weight: true", "true is a truth value, expected a whole number from 1 to 10"),
        ("weight: five", "'five' is text, expected a whole number from 1 to 10"),
        ("weight: 1_0", "'1_0' is text, expected a whole number from 1 to 10"),
        ("weight: ", "is empty, expected a whole number from 1 to 10"),
        ("weight: ~", "is ~, expected a whole number from 1 to 10"),
        ("weight: [1]", "is a list, expected a whole number from 1 to 10"),
        ("weight: {b: 1}", "is keys with values, expected a whole number from 1 to 10"),
        ("weight: 0", "0 is too small, expected a whole number from 1 to 10"),
        ("weight: 11", "11 is too large, expected a whole number from 1 to 10"),
        ("max_wait_s: 0", "0 is too small, expected a number of seconds, above 0"),
        ("max_wait_s: .inf", ".inf is not a finite number, expected a number of seconds, above 0"),
        ("calls_per_s: x", "'x' is text, expected a number"),
        ("poll_ms: x", "'x' is text, expected a whole number of milliseconds"),
        ("record: yes", "'yes' is text, expected true or false"),
        ("record: 1", "1 is a whole number, expected true or false"),
        ("opens: 8", "8 is a whole number, expected a time of day such as 08:30"),
        ("opens: 8 o'clock", '"8 o\'clock" is text, expected a time of day such as 08:30'),
        (
            "strategy: longest_idel",
            "'longest_idel' is not known (did you mean 'longest_idle'?), expected longest_idle, "
            + "ring_all or 1",
        ),
        ("strategy: 2", "2 is not known, expected longest_idle, ring_all or 1"),
        ("strategy: ", "is empty, expected longest_idle, ring_all or 1"),
        ("strategy: []", "is a list, expected longest_idle, ring_all or 1"),
        ("colour: reed", "'reed' is not known (did you mean 'red'?), expected red or 10"),
        ("number: 0x1", "0x1 does not fit, expected a number to dial"),
        ("name: ''", "'' is too short, expected text of 1 to 5 characters"),
        ("name: ", "is empty, expected text of 1 to 5 characters"),
        ("name: abcdef", "'abcdef' is too long, expected text of 1 to 5 characters"),
        ("name: a b", "has a blank in it"),
        ("limit: -1", "-1 is too small, expected a whole number, at least 0"),
        ("limit: 1.5", "1.5 is not known, expected auto or a whole number, at least 0"),
        ("limit: [1]", "is a list, expected auto or a whole number, at least 0"),
        ("skill: {b: c}", "is keys with values, expected text or a list, each text"),
        ("skill: ", "is empty, expected text or a list, each text"),
        ("out: go", "'go' is text, expected keys with values"),
        ("fewest: [a]", "the list is too short, expected a list of at least 2, each text"),
        ("steps: x", "'x' is text, expected a list, each keys with values"),
        ("nested: [a]", "is a list, expected keys with values or text"),
    ],
)
def test_a_wrong_value_is_told_in_plain_words(text: str, problem: str) -> None:
    key, _, value = text.partition(": ")
    # Keys with values are shown where their key is, anything else where it begins.
    column = 14 if value.startswith("{") else 14 + len(key) + 2
    assert told("queues: {a: {" + text + "}}") == [f"f.yaml:1:{column} queues.a.{key}: {problem}"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        (
            "queues: {a: {wieght: 1}}",
            "1:14 queues.a.wieght: is not a known key (did you mean 'weight'",
        ),
        (
            "queue: {}",
            "1:1 queue: is not a known key (did you mean 'queues'?), expected queues, ph",
        ),
        ("queues: {a: {out: {to: x}}}", "1:14 queues.a.out.do: is missing, expected play or go"),
        (
            "queues: {a: {out: {do: g}}}",
            "1:24 queues.a.out.do: 'g' is not known, expected play or go",
        ),
        ("queues: {a: {out: {do: go}}}", "1:14 queues.a.out.to: is missing, expected text"),
        (
            "queues: {a: {out: {do: go, to: x, tims: 2}}}",
            "1:35 queues.a.out.tims: is not a known key (did you mean 'times'?), expected do",
        ),
        (
            "queues: {a: {steps: [{after_s: 1}, {groups: [x]}]}}",
            "1:36 queues.a.steps.1.after_s: is missing, expected a number of seconds, at least 0",
        ),
        ("queues: {a: {pair: [1]}}", "1:14 queues.a.pair.1: is missing, expected text"),
        ("queues: {a: {nested: {after_s: x}}}", "1:32 queues.a.nested.after_s: 'x' is text, exp"),
        ("queues: {a: {nested: {groups: []}}}", "1:14 queues.a.nested.after_s: is missing, exp"),
        ("queues: {a: {skill: [x, [y]]}}", "1:25 queues.a.skill.1: is a list, expected text"),
        (
            "queues: {a: {at_least_s: 10}}",
            "1:26 queues.a.at_least_s: is more than at_most_s, expected at most 9",
        ),
        (
            "levels: {x: y}",
            "1:10 levels.x: 'x' cannot be a key here, expected a whole number",
        ),
        ("queues: [a]", "1:9 queues: is a list, expected keys with values"),
        ("queues:", "1:8 queues: is empty, expected keys with values"),
    ],
)
def test_what_is_wrong_around_values_is_told(text: str, problem: str) -> None:
    found = told(text)
    assert len(found) == 1
    assert found[0].startswith(f"f.yaml:{problem}")


def test_a_secret_is_not_shown() -> None:
    class Vault(SettingsModel):
        token: Annotated[SecretStr, Field(min_length=20), Expected("text that is long")]

    with pytest.raises(SettingsError) as caught:
        validate(Vault, [parse("token: sesame-open-up", "f")])
    assert str(caught.value) == "f:1:8 token: the value is too short, expected text that is long"


def test_a_long_value_is_cut() -> None:
    assert told("ratio: " + "x" * 200) == [
        f"f.yaml:1:8 ratio: '{'x' * 57}...' is text, expected a number"
    ]


def test_all_problems_come_at_once_in_the_order_of_the_files() -> None:
    first = parse("queues:\n  a: {weight: 0}\n  a: {}\n  b: {strategy: x}\nunknown: 1", "1.yaml")
    second = parse("ratio: y\nqueues: {b: {}, c: {<<: x, record: on}}", "2.yaml")
    with pytest.raises(SettingsError) as caught:
        validate(Site, [first, second])
    assert [(p.file, p.line, p.path) for p in caught.value.problems] == [
        ("1.yaml", 2, "queues.a.weight"),
        ("1.yaml", 3, "queues.a"),
        ("1.yaml", 4, "queues.b.strategy"),
        ("1.yaml", 5, "unknown"),
        ("2.yaml", 1, "ratio"),
        ("2.yaml", 2, "queues.b"),
        ("2.yaml", 2, "queues.c"),
        ("2.yaml", 2, "queues.c.record"),
    ]


def test_a_broken_file_does_not_make_the_rest_look_wrong() -> None:
    with pytest.raises(SettingsError) as caught:
        validate(Site, [parse("queues: {", "1"), parse("ratio: x", "2")])
    assert [problem.file for problem in caught.value.problems] == ["1"]


def known_overflows(settings: Site) -> Iterable[Remark]:
    for name, queue in settings.queues.items():
        target = queue.overflow
        if target is not None and target not in settings.queues:
            wrong = f"no queue '{target}'{did_you_mean(target, settings.queues)}"
            path = ("queues", name, "overflow")
            yield Remark(path, wrong, one_of(settings.queues), refers_to=("queues", target))


def remarks(text: str) -> list[str]:
    with pytest.raises(SettingsError) as caught:
        validate(Site, [parse(text, "f")], known_overflows)
    return [str(problem) for problem in caught.value.problems]


def test_a_check_of_the_whole_tells_what_refers_to_nothing() -> None:
    assert remarks("queues: {sales: {}, b: {overflow: slaes}}") == [
        "f:1:35 queues.b.overflow: no queue 'slaes' (did you mean 'sales'?), expected sales or b"
    ]


def test_the_whole_is_checked_although_parts_are_wrong() -> None:
    text = """\
queues:
  a: {overflow: nowhere, weight: 0}
  b: {overflow: c}
  c: {out: {do: go}, pair: [x]}
  d: {overflow: gone, colour: blue}
"""
    assert [line.partition(":")[2].partition(",")[0] for line in remarks(text)] == [
        "2:17 queues.a.overflow: no queue 'nowhere'",
        "2:34 queues.a.weight: 0 is too small",
        "4:7 queues.c.out.to: is missing",
        "4:22 queues.c.pair.1: is missing",
        "4:29 queues.c.pair.0: 'x' is text",
        "5:17 queues.d.overflow: no queue 'gone'",
        "5:31 queues.d.colour: 'blue' is not known",
    ]


def test_a_reference_to_what_is_written_wrong_is_no_problem_of_its_own() -> None:
    assert remarks("queues: {a: [], b: {overflow: a}}") == [
        "f:1:13 queues.a: is a list, expected keys with values"
    ]


def test_numbers_in_lists_are_those_of_the_files_when_parts_are_wrong() -> None:
    class Step(SettingsModel):
        to: str

    class Flow(SettingsModel):
        steps: list[Step]

    def check(flow: Flow) -> Iterable[Remark]:
        for number, step in enumerate(flow.steps):
            yield Remark(("steps", number, "to"), f"no {step.to}")

    with pytest.raises(SettingsError) as caught:
        validate(Flow, [parse("steps: [{to: a}, {ot: b}, {to: []}, {to: c}]", "f")], check)
    assert [str(problem) for problem in caught.value.problems] == [
        "f:1:14 steps.0.to: no a",
        "f:1:18 steps.1.to: is missing, expected text",
        "f:1:19 steps.1.ot: is not a known key, expected to",
        "f:1:32 steps.2.to: is a list, expected text",
        "f:1:42 steps.3.to: no c",
    ]


def test_the_error_reads_as_its_problems() -> None:
    with pytest.raises(SettingsError, match=r"^f:1:8 ratio: 'x' is text, expected a number$"):
        validate(Site, [parse("ratio: x", "f")])


def test_a_problem_is_one_line_that_a_terminal_shows_and_does_not_obey() -> None:
    (line,) = told('queues: {a: {"\\e[2J\\n\\u202Ex": 1}}')
    assert line.isprintable()
    assert r'queues.a."\x1b[2J\n\u202ex": is not a known key' in line
