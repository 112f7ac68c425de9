"""IVR flows that settings name: in the plan, or said with what is wrong with them."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.plan import Plan
from acdengine.program.switches.sounds_used import sounds_used
from acdengine.settings.compile import load_plan
from acdengine.settings.errors import SettingsError
from queues.targets import ToFlow

SETTINGS = """\
tenants:
  acme:
    numbers: {{ "100": {{ flow: menu }} }}
    dial_allow: [+49]
    ivr: {{ folder: {folder} }}
    http: {{ hosts: [pay.example] }}
    queues: {{ sales: {{}} }}
"""
MENU = """\
flow: 1
languages: [en, de]
steps:
  tune: { music: jazz }
  ask: { menu: [main, "city-{caller.name}"], keys: { 1: sales } }
  sales: { queue: sales }
"""


def load(folder: Path, more: str = "", **flows: str) -> Plan:
    flows_folder = folder / "flows"
    (flows_folder / "prompts").mkdir(parents=True, exist_ok=True)
    for language in ("en", "de"):
        (flows_folder / "prompts" / f"{language}.yaml").write_text("main: Press one.\n")
    for name, text in flows.items():
        (flows_folder / f"{name}.yaml").write_text(text)
    settings = folder / "centre.yaml"
    settings.write_text(SETTINGS.format(folder=flows_folder) + more)
    return load_plan([settings])[1]


def problems(folder: Path, more: str = "", **flows: str) -> list[str]:
    with pytest.raises(SettingsError) as refused:
        load(folder, more, **flows)
    return [str(problem).removeprefix(f"{folder}/") for problem in refused.value.problems]


def test_the_plan_has_the_flows_and_numbers_lead_to_them(tmp_path: Path) -> None:
    plan = load(tmp_path, menu=MENU)
    assert list(plan.ivr_flows) == ["acme/menu"]
    assert plan.tenants["acme"].numbers == {"100": ToFlow("acme/menu")}
    used = sounds_used(plan)["acme"]
    assert list(used.prompts) == ["en/main", "de/main"]
    assert "jazz" in used.music


def test_what_is_wrong_with_a_flow_is_said_with_its_file(tmp_path: Path) -> None:
    told = problems(tmp_path, menu=MENU.replace("queue: sales", "queue: sals"))
    assert told == [
        (
            "flows/menu.yaml:6:19 steps.sales.queue: there is no queue 'sals' (did you mean "
            "'sales'?), expected sales"
        )
    ]


def test_a_folder_without_flows_is_said(tmp_path: Path) -> None:
    told = problems(tmp_path)
    assert [line.partition(" ")[2].partition(":")[0] for line in told] == [
        "tenants.acme.numbers.100.flow",
        "tenants.acme.ivr.folder",
    ]


def test_two_flows_of_one_name_are_said(tmp_path: Path) -> None:
    more = "    flows: { menu: { then: { hangup: {} } } }\n"
    [told] = problems(tmp_path, more, menu=MENU)
    assert "there is a flow of this name in" in told


def test_speech_without_a_recogniser_is_said(tmp_path: Path) -> None:
    step = "  tune: { menu: main, keys: { 1: sales }, speech: { sales: '1' } }"
    told = problems(tmp_path, menu=MENU.replace("  tune: { music: jazz }", step))
    assert any("steps.tune.speech: no recogniser of speech is configured" in one for one in told)
    step = "  tune: { collect: pin, confirm: { speech: { 'yes': '1' } }, next: ask }"
    told = problems(tmp_path, menu=MENU.replace("  tune: { music: jazz }", step))
    assert any("steps.tune.confirm.speech: no recogniser" in one for one in told)


SPEAKS = """\
  tune:
    menu: main
    keys: { 1: sales }
    speech: { Sales: '1', the sales: '1' }
    nomatch: { then: ask }"""
RECOGNISERS = {
    "http": """
        url: "https://speech.example/recognise?language={language}"
        headers: { Authorization: "Bearer ${env:SPEECH_TOKEN}" }
        body: form
        form: { model: small, hint: "{phrases}" }
        text: results.0.transcript
        confidence: results.0.confidence
        total_s: 4
""",
    "switch": """
        module: unimrcp
        grammar: builtin:grammar/menu-{language}
        parameters: { speech-timeout: "8000" }
""",
}


def with_recogniser(kind: str, more: str = "") -> str:
    return SETTINGS.replace(
        "ivr: {{ folder: {folder} }}",
        "ivr:\n      folder: {folder}\n      recogniser:\n        languages: {{ en: en-US }}\n"
        f"{more}        {kind}:"
        + RECOGNISERS[kind]
        .replace("{", "{{")
        .replace("}", "}}")
        .replace("\n        ", "\n          ")
        .rstrip()
        + "\n",
    )


@pytest.mark.parametrize("kind", list(RECOGNISERS))
def test_a_recogniser_is_in_the_plan_and_flows_may_listen(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.settings.test_ivr.SETTINGS", with_recogniser(kind))
    plan = load(tmp_path, menu=MENU.replace("  tune: { music: jazz }", SPEAKS))
    recogniser = plan.tenants["acme"].systems.recogniser
    assert recogniser is not None
    assert (recogniser.least_confidence, recogniser.languages) == (50, {"en": "en-US"})
    asked = recogniser.listens_for("acme", ("sales",), "en")
    assert (asked.language, asked.phrases) == ("en-US", ("sales",))
    if kind == "http":
        assert recogniser.http is not None
        assert recogniser.http.headers == {"Authorization": "Bearer ${env:SPEECH_TOKEN}"}
        assert (recogniser.http.field, asked.module, asked.answer_us) == ("file", "", 4_000_000)
    else:
        assert (asked.module, asked.grammar) == ("unimrcp", "builtin:grammar/menu-{language}")
        assert asked.parameters == {"speech-timeout": "8000"}


@pytest.mark.parametrize(
    ("kind", "before", "after", "problem"),
    [
        ("http", "body: form", "body: wav", "form: has no meaning here"),
        ("http", "{language}", "{caller}", "url: '{caller}' is none of its values"),
        ("http", "{phrases}", "{digits}", "form.hint: '{digits}' is none of its values"),
        ("http", "https", "ftp", "url: "),
        ("http", "text: results.0.transcript\n", "\n", "confidence: has no meaning here"),
        ("switch", "unimrcp", "'a b'", "module: "),
        ("switch", "menu-{language}", "'x ${y}'", "grammar: "),
        ("switch", '"8000"', "'1 2'", "parameters.speech-timeout: "),
    ],
)
def test_what_is_wrong_with_a_recogniser_is_said(
    kind: str, before: str, after: str, problem: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setitem(RECOGNISERS, kind, RECOGNISERS[kind].replace(before, after))
    monkeypatch.setattr("tests.unit.settings.test_ivr.SETTINGS", with_recogniser(kind))
    assert any(problem in one for one in problems(tmp_path, menu=MENU))


def test_a_recogniser_is_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    text = with_recogniser("http", "        switch: {{ module: a, grammar: b }}\n")
    monkeypatch.setattr("tests.unit.settings.test_ivr.SETTINGS", text)
    assert any("says http and switch" in one for one in problems(tmp_path, menu=MENU))


@pytest.mark.parametrize(
    ("step", "problem"),
    [
        ("{ menu: main, keys: { 1: sales }, speech: { Sales: '1', 'sales!': '2' } }",
         "speech.sales!: is said for other keys, too"),
        ("{ menu: main, keys: { 1: sales }, speech: { '...': '1' } }", "words of up to 100"),
        ("{ collect: pin, speech: { one: 'x' }, next: ask }", "the keys that it stands for"),
        ("{ survey: s, question: q, prompt: main, scale: 3, speech: { four: '4' }, next: ask }",
         "speech.four: '4' is no answer, expected 1 to 3"),
        ("{ collect: pin, confirm: { speech: { 'yes': '3' } }, next: ask }",
         "confirm.speech.yes: '3' is none of the two keys, expected 1 or 2"),
        ("{ collect: pin, sensitive: pin, speech: { one: '1' }, next: ask }",
         "speech: has no meaning where nothing but the switch knows the digits"),
    ],
)  # fmt: skip
def test_phrases_that_cannot_be_are_said(
    step: str, problem: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.settings.test_ivr.SETTINGS", with_recogniser("switch"))
    menu = MENU.replace("  tune: { music: jazz }", f"  tune: {step}")
    assert any(problem in one for one in problems(tmp_path, menu=menu))


@pytest.mark.parametrize(
    "step",
    [
        "{ transfer: '+491', on: { busy: ask }, next: ask }",
        "{ collect: pin, sensitive: pin, next: send }",
        "{ queue: sales, while_waiting: hold, next: ask }",
    ],
)
def test_every_other_step_is_run(tmp_path: Path, step: str) -> None:
    menu = MENU.replace("  tune: { music: jazz }", f"  tune: {step}").replace(
        "languages", "variables: { pin: { type: secret } }\nlanguages"
    )
    hold = "flow: 1\nlanguages: [en, de]\nsteps:\n  on: { wait: 30 }\n  round: { return: }\n"
    if "pin" in step:
        menu += "  send: { http: 'https://pay.example/', json: { pin: pin }, next: ask }\n"
    else:
        menu = menu.replace("variables: { pin: { type: secret } }\n", "")
    assert "tune" in load(tmp_path, menu=menu, hold=hold).ivr_flows["acme/menu"].steps


def test_the_boxes_that_flows_name_are_boxes_of_the_tenant(tmp_path: Path) -> None:
    flow = "flow: 1\nsteps: { leave: { voicemail: evenings } }\n"
    plan = load(tmp_path, menu=MENU, after=flow)
    assert plan.tenants["acme"].boxes == ("acme/evenings",)
