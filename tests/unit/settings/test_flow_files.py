"""Flow files: what is wrong with one is said with its place, all at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.settings.errors import SettingsError
from acdengine.settings.flows.library import FlowLibrary, flow_paths, load_flows
from acdengine.settings.flows.references import References

PROMPTS = {"en": "welcome: Hello\nmain: Press one\nbye: Goodbye\n"}
KNOWN = References(
    settings={
        "queues": ("sales", "support"),
        "agents": ("ann",),
        "hours": ("office",),
        "skills": ("english",),
        "callbacks": ("sales",),
    },
    dial_allow=("+49",),
)
END = "  end: {hangup: normal}\n"


def load(
    folder: Path,
    main: str,
    others: dict[str, str] | None = None,
    *,
    overlay: str = "",
    draft: bool = False,
) -> FlowLibrary:
    (folder / "prompts").mkdir(exist_ok=True)
    for language, texts in PROMPTS.items():
        (folder / "prompts" / f"{language}.yaml").write_text(texts)
    for name, text in {"main": main, **(others or {})}.items():
        (folder / f"{name}.yaml").write_text(f"flow: 1\n{text}")
    over = folder / "production.overlay.yaml"
    if overlay:
        over.write_text(overlay)
    return load_flows(
        [folder], tenant="acme", known=KNOWN, overlay=over if overlay else None, draft=draft
    )


def problems(folder: Path, main: str, **others: str) -> list[str]:
    """What is wrong with flows, each without the folder in front of it."""
    with pytest.raises(SettingsError) as refused:
        load(folder, main, others)
    return [str(problem).removeprefix(f"{folder}/") for problem in refused.value.problems]


def steps(text: str) -> str:
    return f"steps:\n{text}{END}"


@pytest.mark.parametrize(
    ("main", "wrong"),
    [
        # Steps and the ways between them.
        (
            steps("  a: {play: welcome, next: edn}\n"),
            ("main.yaml:3:28 steps.a.next: there is no step 'edn' (did you mean 'end'?), "
            "expected a or end"),
        ),
        (
            "steps:\n  a: {play: welcome}\n",
            ("main.yaml:3:3 steps.a: leads on to nothing by 'next', expected next, or a step "
            "behind it"),
        ),
        (
            steps("  a: {play: welcome, next: end}\n  b: {play: welcome}\n"),
            ("main.yaml:4:3 steps.b: is never reached, expected a step that leads to it, or none "
            "of this name"),
        ),
        (
            "otherwise: ed\n" + steps("  a: {play: main}\n"),
            ("main.yaml:2:12 otherwise: there is no step 'ed', "
            "expected a or end"),
        ),
        (
            "defaults: {noinput: {then: x}}\n" + steps(""),
            "main.yaml:2:28 defaults.noinput.then: there is no step 'x', expected end",
        ),
        (
            steps("  a: {play: welcome}\n  b: {if: true, then: a, else: end}\n"),
            ("main.yaml:3:3 steps.a: leads back to itself through b without listening to the "
            "caller, expected a step in between that listens, or wait"),
        ),
        # Kinds of step.
        (
            steps("  a: {pley: welcome}\n"),
            ("main.yaml:3:3 steps.a: 'pley' is no kind of step (did you mean 'play'?), expected "
            "play, say, language, music, wait, menu, collect, survey, if, switch, set, hours "
            "or one of 21 more"),
        ),
        (
            steps("  a: {play: welcome, loud: true}\n"),
            ("main.yaml:3:22 steps.a.loud: is not a known key, expected next, play, barge_in or "
            "type_ahead"),
        ),
        (
            steps("  a: {menu: main, keys: {}}\n"),
            "main.yaml:3:19 steps.a.keys: the whole is too short, expected keys with values",
        ),
        # Keys.
        (
            steps("  a: {menu: main, keys: {1X: end, 12: end}}\n"),
            ("main.yaml:3:39 steps.a.keys.12: '12' fits what '1X' fits, too, expected keys that do "
            "not overlap"),
        ),
        (
            steps("  a: {menu: main, keys: {Q: end}}\n"),
            "main.yaml:3:29 steps.a.keys.Q: 'Q' is no key, expected keys such as 1 or 2XX",
        ),
        (
            steps("  a: {menu: main, keys: {XXX: end, XXXX: end}}\n"),
            ("main.yaml:3:42 steps.a.keys.XXXX: it stands for more than 1000 inputs, expected keys "
            "such as 1 or 2XX"),
        ),
        (
            steps("  a: {menu: main, keys: {1: end}, speech: {sales: '2'}}\n"),
            "main.yaml:3:51 steps.a.speech.sales: '2' is no key of the menu, expected 1",
        ),
        # Variables and expressions.
        (
            "variables: {x: text}\n" + steps("  a: {collect: y}\n"),
            "main.yaml:4:16 steps.a.collect: there is no variable 'y', expected x",
        ),
        (
            "variables: {x: number}\n" + steps("  a: {collect: x}\n"),
            "main.yaml:4:16 steps.a.collect: 'x' is a number, expected a variable of type text",
        ),
        (
            "variables: {x: text}\n" + steps("  a: {collect: x, sensitive: pin}\n"),
            "main.yaml:4:16 steps.a.collect: 'x' is a text, expected a variable of type secret",
        ),
        (
            "variables: {x: number}\n" + steps("  a: {set: {x: 1 + 'a'}}\n"),
            "main.yaml:4:20 steps.a.set.x: a text stands here, expected a number",
        ),
        (
            "variables: {x: number}\n" + steps("  a: {set: {x: \"'a'\"}}\n"),
            "main.yaml:4:16 steps.a.set.x: is a text, expected a number",
        ),
        (
            steps("  a: {if: 1 + 1}\n"),
            "main.yaml:3:11 steps.a.if: is a number, expected a flag",
        ),
        (
            "variables: {x: number}\n" + steps("  a: {say: x}\n"),
            ("main.yaml:4:12 steps.a.say: 'x' may not be set here, expected a value at the "
            "beginning, x ?? VALUE, or a step that sets it"),
        ),
        (
            "variables: {x: secret}\n"
            + steps("  a: {collect: x, sensitive: any}\n  b: {log: 'got {x}'}\n"),
            ("main.yaml:5:18 steps.b.log: what was typed in secret cannot be read, expected it in "
            "the data of an http step, by its name alone"),
        ),
        (
            "variables: {x: {type: number, value: true}}\n" + steps(""),
            ("main.yaml:2:38 variables.x.value: is not of the type of its variable, expected a "
            "number"),
        ),
        (
            steps("  a: {switch: caller.number == '', cases: {yes: end}}\n"),
            "main.yaml:3:49 steps.a.cases.yes: 'yes' is no flag, expected true or false",
        ),
        # What is named.
        (
            steps("  a: {queue: sale}\n"),
            ("main.yaml:3:14 steps.a.queue: there is no queue 'sale' (did you mean 'sales'?), "
            "expected sales or support"),
        ),
        (
            steps("  a: {hours: offce}\n"),
            ("main.yaml:3:14 steps.a.hours: there is no set of opening hours 'offce' (did you mean "
            "'office'?), expected office"),
        ),
        (
            steps("  a: {agent: bob, backup: sales}\n"),
            "main.yaml:3:14 steps.a.agent: there is no agent 'bob', expected ann",
        ),
        (
            steps("  a: {callback: support, next: end}\n"),
            ("main.yaml:3:17 steps.a.callback: 'support' has no callback settings, expected "
            "callback in the queue"),
        ),
        (
            steps("  a: {number: '+1555'}\n"),
            ("main.yaml:3:15 steps.a.number: '+1555' may not be dialled, expected a number that "
            "begins with +49"),
        ),
        (
            "languages: [en, de]\n" + steps("  a: {play: welcome}\n"),
            ("main.yaml:4:13 steps.a.play: there is no prompt 'welcome' in de, expected it in "
            "prompts/de.yaml"),
        ),
        (
            "languages: [en, de]\n" + steps("  a: {play: {text: {en: Hi}}}\n"),
            "main.yaml:4:14 steps.a.play.text: has no text in de, expected en or de",
        ),
        (
            steps("  a: {language: fr}\n"),
            "main.yaml:3:17 steps.a.language: 'fr' is no language of the flow, expected en",
        ),
        (
            steps("  a: {call: other}\n"),
            "main.yaml:3:13 steps.a.call: there is no flow 'other', expected main",
        ),
        (
            steps("  a: {call: main}\n"),
            ("main.yaml:3:13 steps.a.call: 'main' leads back into 'main', which calls it, expected "
            "flows that do not call each other in a circle, or goto"),
        ),
        (
            steps("  a: {http: 'http://{caller.number}/'}\n"),
            ("main.yaml:3:13 steps.a.http: 'http://{caller.number}/' does not fit, expected an "
            "address such as https://crm.example/orders/{order}, the host without braces"),
        ),
        (
            steps("  a: {queue: sales, on: {anserwed: end}}\n"),
            ("main.yaml:3:36 steps.a.on.anserwed: nothing comes back by 'anserwed' (did you mean "
            "'answered'?), expected answered, full, no_staff, waited, left_queue or failed"),
        ),
        (
            "zone: Europe/Berln\n" + steps(""),
            ("main.yaml:2:7 zone: there is no time zone 'Europe/Berln', expected a zone such as "
            "Europe/Berlin"),
        ),
    ],
)  # fmt: skip
def test_each_mistake_is_said_with_its_place(tmp_path: Path, main: str, wrong: str) -> None:
    assert wrong in problems(tmp_path, main)


def test_everything_is_said_at_once_and_nothing_twice(tmp_path: Path) -> None:
    text = (
        "languages: [en, de]\n"
        "steps:\n"
        "  a: {play: welcom, next: nowhere}\n"
        "  b: {menu: main, keys: {1: 2}, frist_digit_s: 5}\n"
        "  c: {queue: sale, priority: 1 +}\n"
    )
    told = [line.partition(":")[2].partition(" ")[0] for line in problems(tmp_path, text)]
    assert told == ["4:13", "4:13", "4:27", "5:13", "5:29", "5:33", "6:14", "6:33"]


def test_what_is_wrong_with_a_step_hides_no_other_and_makes_none_up(tmp_path: Path) -> None:
    text = "steps:\n  a: {menu: main, keys: {1: b}, x: 1}\n  b: {hangup: normal}\n"
    assert [line.split(" ")[1] for line in problems(tmp_path, text)] == ["steps.a.x:"]


def test_a_flow_that_is_called_is_given_what_it_needs(tmp_path: Path) -> None:
    main = (
        "variables: {x: text, y: number}\n"
        + steps(
            "  a: {call: sub, arguments: {n: \"'a'\", m: '1'}, save: {x: found, y: fnd}, "
            "on: {lost: end}}\n"
            "  b: {call: sub}\n"
        )
    )  # fmt: skip
    sub = (
        "parameters: {n: number, k: {type: text, value: z}}\nvariables: {found: number}\n"
        "steps: {a: {return: gone}}\n"
    )
    assert [line.partition(" ")[2] for line in problems(tmp_path, main, sub=sub)] == [
        "steps.a.arguments.n: is a text, expected a number",
        "steps.a.arguments.m: 'sub' has no parameter 'm', expected n or k",
        "steps.a.save.x: 'x' is a text, expected a variable of type number",
        ("steps.a.save.y: that flow has no variable 'fnd', expected found, n or k"),
        "steps.a.on.lost: nothing comes back by 'lost', expected gone",
        "steps.b.call: 'sub' is not given its parameter 'n', expected arguments with n in them",
    ]


def test_flows_that_call_each_other_in_a_circle_are_refused(tmp_path: Path) -> None:
    main = steps("  a: {call: sub}\n")
    sub = "steps: {a: {goto: third}}\n"
    third = "steps: {a: {call: main}, b: {return: }}\n"
    told = problems(tmp_path, main, sub=sub, third=third)
    assert [line.partition(" ")[0] for line in told] == ["main.yaml:3:13", "third.yaml:2:19"]


def test_what_each_way_leaves_unset_is_followed(tmp_path: Path) -> None:
    text = "variables: {x: text}\n" + steps(
        "  a: {collect: x, noinput: {then: b}}\n  b: {log: '{x}'}\n"
    )
    assert [line.split(" ")[1] for line in problems(tmp_path, text)] == ["steps.b.log:"]
    load(tmp_path, text.replace("{x}'", "{x ?? 1}'").replace("1}", '"none"}'))


@pytest.mark.parametrize(
    ("read", "is_right"),
    [("x ?? 2", True), ("if(is_missing(x), 1, 2)", True), ("x + 1", False), ("y", True)],
)
def test_a_missing_value_can_be_provided_for(tmp_path: Path, read: str, is_right: bool) -> None:
    text = "variables: {x: number, y: number}\n" + steps(f"  a: {{set: {{y: 1, x: '{read}'}}}}\n")
    if is_right:
        load(tmp_path, text)
    else:
        assert len(problems(tmp_path, text)) == 1


def test_a_draft_may_name_what_is_not_there_yet(tmp_path: Path) -> None:
    text = "languages: [en, de]\n" + steps(
        "  a: {play: soon}\n  b: {call: later}\n  c: {queue: new, on: {full: end}}\n"
    )
    assert len(problems(tmp_path, text)) == 4
    load(tmp_path, text, draft=True)
    with pytest.raises(SettingsError):
        load(tmp_path, text.replace("full: end", "full: ed"), draft=True)


def test_an_overlay_gives_another_environments_values(tmp_path: Path) -> None:
    text = "variables: {x: {type: text, value: a}}\n" + steps(
        "  a: {http: https://crm.example/, on_error: end}\n  b: {queue: sales}\n"
    )
    overlay = """
overlay: 1
flows:
  main:
    variables: {x: {value: b}}
    steps: {a: {http: "https://test.example/", total_s: 9}}
"""
    flow = load(tmp_path, text, overlay=overlay).definitions["main"]
    assert flow.variables["x"].initial == "b"
    assert flow.steps["a"].url == "https://test.example/"  # type: ignore[union-attr]
    assert flow.steps["a"].total_us == 9_000_000  # type: ignore[union-attr]


def test_an_overlay_is_checked_in_its_own_places(tmp_path: Path) -> None:
    overlay = "overlay: 1\nflows:\n  main: {steps: {b: {play: x}, a: {queue: sals}}}\n  mian: {}\n"
    with pytest.raises(SettingsError) as refused:
        load(tmp_path, steps("  a: {queue: sales, next: end}\n"), overlay=overlay)
    told = [str(problem).removeprefix(f"{tmp_path}/") for problem in refused.value.problems]
    assert told == [
        (
            "production.overlay.yaml:4:3 flows.mian: there is no flow 'mian' to put it over, "
            "expected a flow"
        ),
        (
            "production.overlay.yaml:3:18 steps.b: there is no step 'b' to put it over, expected a "
            "step"
        ),
        (
            "production.overlay.yaml:3:43 steps.a.queue: there is no queue 'sals' (did you mean "
            "'sales'?), expected sales or support"
        ),
    ]


def test_the_definition_has_what_the_defaults_say(tmp_path: Path) -> None:
    text = (
        "defaults: {first_digit_s: 9, noinput: {tries: 4, prompts: [bye]}}\n"
        "steps:\n  a: {menu: main, keys: {1: end}, inter_digit_s: 1, noinput: {tries: 1}}\n"
        f"{END}"
    )
    step = load(tmp_path, text).definitions["main"].steps["a"]
    listening = step.listening  # type: ignore[union-attr]
    assert (listening.first_digit_us, listening.inter_digit_us) == (9_000_000, 1_000_000)
    assert (listening.noinput.tries, len(listening.noinput.prompts)) == (1, 1)


def test_no_flow_file_and_no_such_file_are_problems(tmp_path: Path) -> None:
    for paths in ([tmp_path], [tmp_path / "none.yaml"]):
        with pytest.raises(SettingsError):
            load_flows(paths)


def test_test_cases_that_are_named_beside_flows_are_no_flows(tmp_path: Path) -> None:
    """As a shell names them for `flow check my-flows/*.yaml`."""
    main, cases = tmp_path / "main.yaml", tmp_path / "main.test.yaml"
    assert flow_paths([cases, main]) == [main]
    assert flow_paths([cases]) == [cases], "it is said what is wrong with it"
