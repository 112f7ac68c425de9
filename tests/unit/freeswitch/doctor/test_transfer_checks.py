"""The doctor's look at what transfers by telephones need, on files as the generator writes them
and with lines taken out, as they miss in files written by hand."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from adapters.freeswitch.doctor.expected_settings import Wanted
from adapters.freeswitch.doctor.transfer_checks import transfers
from tests.unit.freeswitch.doctor.test_doctor import Answers

_FILES = Path(__file__).parents[4] / "config" / "freeswitch"
_PARKS_BEHIND = r'(<action application="bridge".*?/>)\s*<action application="park"/>'
_PHONES = Wanted(phones={"acme/1000": ("1000", "acd.example"), "acme/odd": ("o d", "d")})


def generated() -> dict[str, str]:
    """What FreeSWITCH prints of the generated files."""

    def inside(folder: str, pattern: str) -> str:
        files = sorted((_FILES / folder).glob(pattern))
        return "".join(
            text.replace("<include>", "").replace("</include>", "")
            for text in (file.read_text() for file in files)
        )

    whole = (_FILES / "freeswitch.xml").read_text()
    channels = re.search(r'<section name="channels">.*?</section>', whole, re.DOTALL)
    assert channels is not None
    return {
        "xml_locate configuration configuration name sofia.conf": (
            f"<configuration><profiles>{inside('sip_profiles', '*.xml')}</profiles></configuration>"
        ),
        "xml_locate channels": channels[0],
        "xml_locate dialplan": f"<section>{inside('dialplan', '*.xml')}</section>",
        "user_data 1000@acd.example var user_context": "",
    }


async def found(answers: dict[str, str]) -> list[tuple[str, str]]:
    findings = await transfers(Answers(answers), _PHONES)
    assert all(one.check == "transfers" for one in findings)
    assert all(bool(one.advice) == (one.level != "ok") for one in findings)
    return [(one.level, one.seen) for one in findings]


def without(section: str, pattern: str, instead: str = "") -> dict[str, str]:
    """The generated files, with something of one section taken out."""
    answers = generated()
    name = next(one for one in answers if section in one)
    answers[name], times = re.subn(pattern, instead, answers[name])
    assert times
    return answers


async def test_the_generated_files_miss_nothing() -> None:
    assert await found(generated()) == [
        ("ok", "by telephones: to calls of this switch only, no caller is lost")
    ]


@pytest.mark.parametrize("dropped", ['<param name="channel-xml-fetch.*?/>', "absolute-dial-string"])
async def test_a_telephone_that_can_have_any_address_dialled(dropped: str) -> None:
    section = "sofia.conf" if "xml-fetch" in dropped else "channels"
    assert await found(without(section, dropped)) == [
        ("error", "internal: a telephone in a call can have any address dialled (REFER, Replaces)")
    ]


async def test_a_caller_who_can_have_any_address_dialled() -> None:
    (seen,) = await found(without("sofia.conf", '<param name="disable-transfer".*?/>'))
    assert seen == (
        "error",
        "external: a caller in a call can have any address dialled (REFER, Replaces)",
    )


async def test_a_trunk_whose_foreign_calls_are_refused_is_as_good() -> None:
    answers = without("sofia.conf", "disable-transfer", "channel-xml-fetch-on-nightmare-transfer")
    assert [level for level, _ in await found(answers)] == ["ok"]


async def test_telephones_that_cannot_transfer() -> None:
    both = '"disable-transfer" value="true"/><param name="auth-calls" value="true"'
    answers = without("sofia.conf", '"auth-calls" value="true"', both)
    assert await found(answers) == [
        ("warning", "internal has disable-transfer: telephones' transfer keys do nothing")
    ]


@pytest.mark.parametrize(
    "behind", ["", '<action application="hangup"/>', '<action application="set" data="a=b"/>']
)
async def test_a_bridge_that_nothing_keeps_a_caller_behind(behind: str) -> None:
    answers = without("dialplan", _PARKS_BEHIND, rf"\1{behind}")
    assert await found(answers) == [
        (
            "warning",
            "nothing keeps a caller behind bridge: acd_agents/acd_to_phone, acd_agents/acd_outside",
        )
    ]


async def test_voicemail_behind_a_bridge_keeps_the_caller() -> None:
    voicemail = '<action application="bridge" data="loopback/app=voicemail:default acd.example 1"/>'
    answers = without("dialplan", _PARKS_BEHIND, rf"\1{voicemail}")
    assert [level for level, _ in await found(answers)] == ["ok"]


async def test_a_caller_who_would_pass_for_the_telephone() -> None:
    answers = without("dialplan", "attended_transfer_no_copy", "other")
    assert await found(answers) == [
        ("warning", "no attended_transfer_no_copy: acd_agents/acd_to_phone, acd_agents/acd_outside")
    ]


async def test_the_context_of_a_telephone_may_be_the_directorys() -> None:
    answers = without("dialplan", _PARKS_BEHIND, r"\1")
    moved = answers["xml_locate dialplan"].replace('context name="acd_agents"', 'context name="of"')
    assert [level for level, _ in await found(answers | {"xml_locate dialplan": moved})] == ["ok"]
    answers |= {"xml_locate dialplan": moved, "user_data 1000@acd.example var user_context": "of"}
    assert [level for level, _ in await found(answers)] == ["warning"]


async def test_a_dialplan_that_leaves_a_variable_to_acdengine() -> None:
    assert await found(without("dialplan", "deny_refer_requests=true ")) == [
        ("ok", "without deny_refer_requests, acdengine sets it for each call: acd_public/acd_acme")
    ]


async def test_what_is_in_no_file_is_not_looked_at() -> None:
    nothing = {"xml_locate *": "can't find anything", "user_data *": ""}
    assert await found(nothing) == [("ok", "no sofia.conf in files: not looked at")]
    answers = generated() | {"xml_locate dialplan": "can't find anything"}
    assert await found(answers) == [("ok", "no dialplan in files: not looked at")]
