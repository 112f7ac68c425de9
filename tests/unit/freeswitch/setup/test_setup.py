"""FreeSWITCH's configuration as written here: well-formed, and no value is more than a value."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from xml.etree import ElementTree

import pytest
from hypothesis import given

from adapters.freeswitch.protocol.channel_fields import STAYS
from adapters.freeswitch.protocol.errors import Unrepresentable
from adapters.freeswitch.setup.config_files import SECRETS_FILE, File, files, secrets_of
from adapters.freeswitch.setup.switch_spec import (
    Gateway,
    InternalNumbers,
    NumberSet,
    Outbound,
    Overflow,
    Phone,
    SwitchSpec,
)
from adapters.freeswitch.setup.xml_text import Expression, attribute, directive, tag
from tests.unit.freeswitch.evil import anything

SPEC = SwitchSpec(
    name="fs1",
    esl_password="sesame",
    gateways=(Gateway(name="carrier", proxy="192.0.2.1", username="u", password="gw-secret"),),
    numbers=(NumberSet(tenant_id="acme", patterns=("+4930555100", "+4930555*", "a.b#c")),),
    phones=(
        Phone(user="alice", domain="acme.example", display="Alice", agent_id="acme/alice",
              password="phone-secret"),
    ),
    outbound=(Outbound(domain="acme.example", prefixes=("+49", "+43"), gateways=("carrier",)),),
    internal=(
        InternalNumbers(
            tenant_id="acme", domains=("acme.example",), patterns=("500*", "+4930555100", "*")
        ),
    ),
    streams={"moh": "/music/moh"},
)  # fmt: skip


def tree(spec: SwitchSpec = SPEC) -> dict[str, File]:
    return {file.path: file for file in files(spec)}


def parsed(path: str, spec: SwitchSpec = SPEC) -> ElementTree.Element:
    return ElementTree.fromstring(tree(spec)[path].text)


def expressions(context: ElementTree.Element, name: str) -> Iterator[str]:
    for extension in context.iter("extension"):
        if extension.get("name") == name:
            for condition in extension.iter("condition"):
                # What is \\z for FreeSWITCH is \\Z for Python.
                yield condition.get("expression", "").replace(r"\z", r"\Z")


def test_every_file_is_well_formed_and_only_one_holds_passwords() -> None:
    for file in files(SPEC):
        ElementTree.fromstring(file.text)
        secrets = re.findall("sesame|gw-secret|phone-secret", file.text)
        assert bool(secrets) == file.is_secret == (file.path == SECRETS_FILE)


def test_every_tag_stands_on_a_line_of_its_own() -> None:
    """FreeSWITCH's first pass reads lines, and forgets what follows a directive in one."""
    for file in files(SPEC):
        for line in file.text.splitlines():
            assert line.count("X-PRE-PROCESS") <= 1
            assert len(line) < 1024


def test_a_password_that_was_written_is_read_again() -> None:
    hard = "a&b'<\"$$x X-pre-process/>&#36;&amp;"
    spec = replace(SPEC, esl_password=hard)
    assert secrets_of(tree(spec)[SECRETS_FILE].text) == {
        "acd_esl_password": hard,
        "acd_gateway_password:carrier": "gw-secret",
        "acd_phone_password:alice@acme.example": "phone-secret",
    }


@pytest.mark.parametrize("password", ["", " a", "a ", "a\nb", "${b}"])
def test_a_password_that_freeswitch_would_change_is_refused(password: str) -> None:
    with pytest.raises(Unrepresentable):
        files(replace(SPEC, esl_password=password))


@pytest.mark.parametrize(
    ("number", "is_parked"),
    [
        ("+4930555100", True),
        ("+49305559", True),
        ("+4930555", True),
        ("+4930555x;y=z", False),
        ("4930555100", False),
        ("+4930555100\n", False),
        ("+4930555\n", False),
        ("+493055", False),
        ("a.b#c", True),
        ("axb#c", False),
    ],
)
def test_the_numbers_of_tenants_are_parked_and_no_others(number: str, is_parked: bool) -> None:
    context = parsed("dialplan/acd_public.xml").find("context")
    assert context is not None
    (expression,) = expressions(context, "acd_acme")
    assert bool(re.search(expression, number)) == is_parked


def test_a_caller_is_parked_with_all_that_the_engine_would_have_to_set() -> None:
    context = parsed("dialplan/acd_public.xml").find("context")
    assert context is not None
    (extension,) = (one for one in context if one.get("name") == "acd_acme")
    actions = [(one.get("application"), one.get("data", "")) for one in extension.iter("action")]
    assert [name for name, _ in actions] == ["multiset", "sched_transfer", "park"]
    pairs = [pair.partition("=")[::2] for pair in actions[0][1].split(" ")]
    assert dict(pairs).items() >= STAYS.items()
    assert pairs[-1] == ("acd_dialled", "${destination_number}")


def test_very_many_numbers_are_cut_into_several_extensions() -> None:
    many = NumberSet(tenant_id="acme", patterns=tuple(f"+4930{n:05d}" for n in range(120)))
    context = parsed("dialplan/acd_public.xml", replace(SPEC, numbers=(many,)))
    parts = list(expressions(context, "acd_acme"))
    assert len(parts) == 3
    assert [any(re.search(part, number) for part in parts) for number in many.patterns] == (
        [True] * 120
    )


@pytest.mark.parametrize(
    ("number", "is_allowed"),
    [("+4930123\n", False), ("+4930123", True), ("+4312", True), ("+491", True), ("+33123", False),
     ("+49", False), ("+49301;x", False), ("0049301", False)],
)  # fmt: skip
def test_telephones_dial_out_only_what_is_allowed(number: str, is_allowed: bool) -> None:
    context = parsed("dialplan/acd_agents.xml")
    domain, dialled = expressions(context, "acd_outside")
    assert re.search(domain, "acme.example")
    assert not re.search(domain, "acme-example")
    assert bool(re.search(dialled, number)) == is_allowed


def test_telephones_reach_numbers_of_their_own_tenant_with_a_password_alone() -> None:
    context = parsed("dialplan/acd_agents.xml")
    authorized, domain, dialled, *rest = expressions(context, "acd_internal_acme")
    assert re.search(authorized, "true")
    assert not re.search(authorized, "")
    assert not re.search(authorized, "false")
    assert [bool(re.search(domain, one)) for one in ("acme.example", "other.example", "")] == [
        True, False, False,
    ]  # fmt: skip
    assert [bool(re.search(dialled, one)) for one in ("5001", "+4930555100", "600")] == [
        True, True, False,
    ]  # fmt: skip
    names = [one.get("name") for one in context.iter("extension")]
    # A colleague goes before a number, and what stands for any number behind all else.
    assert [names.index("acd_to_phone"), names.index("acd_internal_acme")] == [2, 3]
    assert names[-3:] == ["acd_outside", "acd_internal_acme", "acd_not_allowed"]
    assert re.search(rest[-1], "600")
    (first, _) = [one for one in context.iter("extension") if one.get("name") == names[3]]
    actions = [(one.get("application"), one.get("data", "")) for one in first.iter("action")]
    assert [name for name, _ in actions] == ["multiset", "sched_transfer", "park"]
    pairs = [pair.partition("=")[::2] for pair in actions[0][1].split(" ")]
    assert dict(pairs).items() >= {**STAYS, "acd_internal": "true"}.items()


@pytest.mark.parametrize("overflow", ["record", "ring", "number", "busy"])
def test_the_overflow_ends_in_something_for_the_caller(overflow: Overflow) -> None:
    spec = replace(SPEC, overflow=overflow, overflow_target="+4930777")
    context = parsed("dialplan/acd_overflow.xml", spec)
    actions = [(one.get("application"), one.get("data", "")) for one in context.iter("action")]
    bridged = [data for name, data in actions if name == "bridge"]
    assert bridged == {
        "ring": ["group/agents@acme.example"],
        "number": ["sofia/gateway/carrier/+4930777"],
    }.get(overflow, [])
    assert ("record" in [name for name, _ in actions]) == (overflow != "busy")
    assert actions[-1][0] == "hangup"
    # Else who is rung here would leave the caller parked, whatever hangup_after_bridge says.
    assert actions[0] == ("set", "park_after_bridge=false")


def test_what_another_switch_sends_goes_to_the_telephone_it_names() -> None:
    spec = replace(SPEC, peers=("192.0.2.7", "2001:db8::7"))
    context = parsed("dialplan/acd_public.xml", spec)
    names = [one.get("name", "") for one in context.iter("extension")]
    assert names == ["acd_from_peer_auto", "acd_from_peer", "acd_acme", "acd_unknown"]
    address, *_ = expressions(next(context.iter("context")), "acd_from_peer")
    assert re.search(address, "192.0.2.7")
    assert not re.search(address, "192.0.2.70")
    bridged = [one.get("data") for one in context.iter("action")
               if one.get("application") == "bridge"]  # fmt: skip
    telephone = "user/${destination_number}@${sip_h_X-ACD-Domain}"
    assert bridged == ["{sip_auto_answer=true}" + telephone, telephone]
    assert "acd_from_peer" not in tree()["dialplan/acd_public.xml"].text


def test_a_gateway_without_a_password_or_ping_says_so() -> None:
    bare = replace(SPEC, gateways=(Gateway(name="carrier", proxy="192.0.2.1", ping_s=0),))
    values = {
        one.get("name"): one.get("value")
        for one in parsed("sip_profiles/external.xml", bare).iter("param")
    }
    assert values["password"] == "none"
    assert "ping" not in values


def test_several_domains_are_not_forced_into_one() -> None:
    other = replace(SPEC.phones[0], domain="globex.example")
    text = tree(replace(SPEC, phones=(*SPEC.phones, other)))["sip_profiles/internal.xml"].text
    assert "force-register-domain" not in text
    assert "force-register-domain" in tree()["sip_profiles/internal.xml"].text


def test_trunks_without_a_list_of_networks_are_open_and_with_one_are_not() -> None:
    assert "apply-inbound-acl" not in tree()["sip_profiles/external.xml"].text
    closed = tree(replace(SPEC, trunk_networks=("192.0.2.0/24",)))
    assert "acd_trunks" in closed["sip_profiles/external.xml"].text
    assert "192.0.2.0/24" in closed["autoload_configs/acl.conf.xml"].text


def params(root: ElementTree.Element) -> dict[str, str]:
    return {one.attrib["name"]: one.attrib["value"] for one in root.iter("param")}


def test_no_refer_has_an_address_dialled_that_it_names() -> None:
    assert params(parsed("sip_profiles/external.xml"))["disable-transfer"] == "true"
    telephones = params(parsed("sip_profiles/internal.xml"))
    assert telephones["channel-xml-fetch-on-nightmare-transfer"] == "true"
    (channels,) = (
        one for one in parsed("freeswitch.xml").iter("section") if one.get("name") == "channels"
    )
    # Without a prefix FreeSWITCH writes "(null)" before the dial string.
    assert params(channels) == {"dial-prefix": "", "absolute-dial-string": "error/CALL_REJECTED"}


# -- values from outside -----------------------------------------------------------------------


def first_pass(line: str) -> str:
    """What FreeSWITCH's pass before the parser leaves of a line."""
    if "<include>" in line or "</include>" in line or "<?" in line:
        return ""
    if re.search("x-pre-process", line, re.IGNORECASE):
        return ""
    return re.sub(r"\$\$\{[^}]*\}", "", line)


@given(value=anything)
def test_a_value_from_outside_is_read_as_that_value_or_refused(value: str) -> None:
    try:
        line = tag("param", name="x", value=value)
    except Unrepresentable:
        assert re.search(r"[\x00-\x1f\x7f]|\$\\*\{", value)
        return
    assert "\n" not in line
    assert ElementTree.fromstring(first_pass(line)).get("value") == value


@given(display=anything)
def test_a_hostile_name_of_an_agent_is_only_a_name(display: str) -> None:
    phone = replace(SPEC.phones[0], display=display)
    text = tree(replace(SPEC, phones=(phone,)))["directory/acd.xml"].text
    shape = [(one.tag, sorted(one.keys())) for one in ElementTree.fromstring(text).iter()]
    usual = [(one.tag, sorted(one.keys())) for one in parsed("directory/acd.xml").iter()]
    assert shape == usual


@pytest.mark.parametrize(
    "change",
    [
        {"phones": (replace(SPEC.phones[0], user="a b"),)},
        {"phones": (replace(SPEC.phones[0], domain="a${b}"),)},
        {"overflow": "number", "overflow_target": "1,2"},
        {"overflow": "ring", "phones": (replace(SPEC.phones[0], domain="x,y"),)},
        {"overflow": "number", "overflow_target": "1",
         "gateways": (Gateway(name="a|b", proxy="x"),)},
        {"outbound": (Outbound(domain="d", prefixes=("+",), gateways=("a&b",)),)},
        {"gateways": (Gateway(name="g", proxy="a\nb"),)},
        {"recordings": "/a${b}"},
        {"recordings": "relative"},
    ],
)  # fmt: skip
def test_what_cannot_be_a_name_or_number_is_refused(change: dict[str, object]) -> None:
    with pytest.raises(Unrepresentable):
        files(replace(SPEC, **change))  # type: ignore[arg-type]


def test_expressions_of_our_own_are_left_to_freeswitch() -> None:
    assert attribute("data", Expression("${uuid}")) == 'data="${uuid}"'
    with pytest.raises(Unrepresentable):
        attribute("data", "${uuid}")


@pytest.mark.parametrize("data", ['a="', "a\nb", "a/>"])
def test_a_directive_cannot_be_ended_early(data: str) -> None:
    with pytest.raises(ValueError, match="directive"):
        directive("set", data)
