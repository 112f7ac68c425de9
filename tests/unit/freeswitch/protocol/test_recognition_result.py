"""Answers of recognisers that are modules of the switch."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from acdengine.speech_input import Recognised
from adapters.freeswitch.protocol.recognition_result import NothingSaid, read_result

NLSML = """<?xml version="1.0"?>
<result xmlns="urn:ietf:params:xml:ns:mrcpv2" grammar="session:menu@form-level">
  <interpretation grammar="session:menu@form-level" confidence="0.92">
    <instance>sales</instance><input mode="speech">sales please</input>
  </interpretation>
  <interpretation confidence="0.5"><input>hours</input></interpretation>
</result>"""


@pytest.mark.parametrize(
    ("body", "heard"),
    [
        (NLSML, Recognised("sales please", 92)),
        ('<result><interpretation confidence="87"><input>one two</input></interpretation></result>',
         Recognised("one two", 87)),
        ("<result><interpretation><input confidence='0.4'>yes</input></interpretation></result>",
         Recognised("yes", 40)),
        ("<n:r xmlns:n='u'><n:interpretation><n:input>yes</n:input></n:interpretation></n:r>",
         Recognised("yes")),
        ("<result><interpretation><input><nomatch/></input></interpretation></result>",
         Recognised()),
        ("<result><interpretation><instance>x</instance></interpretation></result>", Recognised()),
        ("<result><unclosed>", Recognised()),
        ("<result><interpretation confidence='nan'><input>a</input></interpretation></result>",
         Recognised("a", 0)),
        ('{"grammar": "g", "text": "agent", "confidence": 87.3}', Recognised("agent", 87)),
        ('{"transcript": "agent"}', Recognised("agent")),
        ('{"text": 1}', Recognised()),
        ('{"text":', Recognised()),
        ("Completion-Cause: 001", Recognised()),
        ("just text", Recognised("just text")),
        ("", Recognised()),
        ("x" * 70_000, Recognised()),
        ("<a>" * 1_000 + "</a>" * 1_000, Recognised()),
    ],
)  # fmt: skip
def test_what_was_understood(body: str, heard: Recognised) -> None:
    assert read_result(body) == heard


@pytest.mark.parametrize(
    "body",
    [
        "<result><interpretation><input><noinput/></input></interpretation></result>",
        '{"text": "", "confidence": 0, "error": "no_input"}',
        "Completion-Cause: 002",
    ],
)
def test_nothing_was_said(body: str) -> None:
    with pytest.raises(NothingSaid):
        read_result(body)


def test_an_answer_declares_no_entities() -> None:
    bomb = "<!DOCTYPE r [" + "".join(
        f'<!ENTITY e{one} "{f"&e{one - 1};" * 10 if one else "x" * 10}">' for one in range(8)
    )
    answer = f"{bomb}]><result><interpretation><input>&e7;</input></interpretation></result>"
    assert read_result(answer) == Recognised()
    leak = (
        '<!DOCTYPE r [<!ENTITY f SYSTEM "file:///etc/passwd">]><result><input>&f;</input></result>'
    )
    assert read_result(leak) == Recognised()


@given(st.one_of(st.text(), st.text(alphabet="<>/&;!?'\"= {}[]:,abinput interpretation0.9-\n")))
def test_nothing_that_a_recogniser_answers_does_harm(body: str) -> None:
    for text in (body, f"<result><interpretation>{body}</interpretation></result>", f"{{{body}}}"):
        try:
            heard = read_result(text)
        except NothingSaid:
            continue
        assert 0 <= heard.confidence <= 100
