"""Settings whose fields are right one by one and wrong together: each mistake told in its words."""

from __future__ import annotations

from pathlib import Path

import pytest

from acdengine.settings.compile import load_plan, plan_of_documents
from acdengine.settings.errors import SettingsError
from acdengine.settings.yaml_source import parse


def told(text: str) -> list[str]:
    try:
        plan_of_documents([parse(text, "f")])
    except SettingsError as error:
        return [str(problem) for problem in error.problems]
    return []


def cases() -> list[tuple[str, list[str]]]:
    """What stands at the margin of the file, each with the lines indented below it."""
    found: list[tuple[str, list[str]]] = []
    for line in Path(__file__).with_name("tenant_problems.txt").read_text().splitlines():
        if line.startswith("    "):
            found[-1][1].append("f:1:" + line.strip())
        elif line and not line.startswith("#"):
            found.append((line, []))
    return found


@pytest.mark.parametrize(("text", "problems"), cases())
def test_a_mistake_is_told_with_its_place(text: str, problems: list[str]) -> None:
    assert told("tenants: {acme: {" + text + "}}") == problems


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            "trunks: {a: {spans: 2}, b: {kind: e1, spans: 2, channels: 60}, c: {tenant: acm}}\n"
            + "tenants: {acme: {}}",
            [
                "f:1:21 trunks.a.spans: has no meaning for sip, expected channels, or kind: e1",
                "f:1:46 trunks.b.spans: says again what channels says, expected one of the two",
                "f:1:76 trunks.c.tenant: there is no tenant 'acm' (did you mean 'acme'?), "
                + "expected acme",
            ],
        ),
        (
            "tenants: {acme: {numbers: {1*: {hangup: {}}}}, globex: {numbers: {1*: {hangup: {}}}}}",
            [
                "f:1:67 tenants.globex.numbers.1*: is a number of 'acme' already, "
                + "expected each number once"
            ],
        ),
        (
            "daemon: {control: {port: 80}, metrics: {port: 80}}",
            [
                "f:1:47 daemon.metrics.port: 80 is the port of control too, expected another port",
            ],
        ),
        (
            "daemon: {control: {port: 70000}, log: {level: loud}}",
            [
                "f:1:26 daemon.control.port: 70000 is too large, "
                + "expected a whole number from 0 to 65535",
                "f:1:47 daemon.log.level: 'loud' is not known, "
                + "expected debug, info, warning or error",
            ],
        ),
    ],
)
def test_trunks_numbers_and_ports_are_checked_over_all_tenants(
    text: str, problems: list[str]
) -> None:
    assert told(text) == problems


@pytest.mark.parametrize(
    ("token", "problem"),
    [
        ("role: agent, tenant: acme", ": says no agent, expected agent, whose token it is"),
        ("role: agent, agent: bob", ": says no tenant, expected tenant, whose names these are"),
        ("role: supervisor, teams: [t]", ": says no tenant, expected tenant, whose names these "
         + "are"),
        ("role: admin, tenant: acme, agent: bob", ".agent: has no meaning for admin, "
         + "expected role: agent or supervisor"),
        ("role: read_only, tenant: acme, teams: [t]", ".teams: has no meaning for read_only, "
         + "expected role: supervisor"),
        ("role: agent, tenant: acme, agent: bo", ".agent: there is no agent 'bo' in acme, "
         + "expected bob"),
        ("role: supervisor, tenant: acme, teams: [u]", ".teams.0: there is no team 'u' in acme, "
         + "expected t"),
        ("role: read_only, tenant: acm", ".tenant: there is no tenant 'acm' "
         + "(did you mean 'acme'?), expected acme or globex"),
        ("role: agent, tenant: globex, agent: bob", ".agent: there is no agent 'bob' in globex, "
         + "expected a name under tenants.globex.agents"),
    ],
)  # fmt: skip
def test_a_token_fits_its_role_and_tenant(token: str, problem: str) -> None:
    found = told(
        "tenants: {acme: {agents: {bob: {}}, teams: {t: {}}}, globex: {}}\n"
        "daemon: {control: {tokens: {x: {token: '${env:X}', " + token + "}}}}"
    )
    assert [line.partition("daemon.control.tokens.x")[2] for line in found] == [problem]


def test_a_secret_is_refused_and_not_repeated() -> None:
    assert told("daemon: {control: {tokens: {x: {role: admin, token: sesame-open-up}}}}") == [
        "f:1:53 daemon.control.tokens.x.token: a secret is not written in the settings, "
        + "expected ${env:NAME} for an environment variable or ${file:PATH} for a file"
    ]


# One thing of every kind, all of them Acme's.
ACME = """\
trunks: {line: {tenant: acme}}
tenants:
  acme:
    skills: [french]
    hours: {office: {}}
    wrap_up: {slow: {}}
    misses: {strict: {}}
    queues: {sales: {}}
    teams: {home: {}}
    agents: {bob: {}}
    customers: {stark: {numbers: [1]}}
    flows: {closed: {then: {hangup: {}}}}
    dial_allow: [+49]
  globex:
    TEXT
"""


@pytest.mark.parametrize(
    "text",
    [
        "numbers: {1: {queue: sales}}",
        "numbers: {1: {flow: closed}}",
        "numbers: {1: {number: +491234567}}",
        "queues: {q: {requirement: french}}",
        "queues: {q: {steps: [{drop_skills: [french]}]}}",
        "queues: {q: {steps: [{add_teams: [home]}]}}",
        "queues: {q: {overflow: [{after_s: 1, to: {queue: sales}}]}}",
        "queues: {q: {exit_keys: {1: {agent: bob, backup: r}}}, r: {}}",
        "teams: {t: {skills: {french: 1}}}",
        "teams: {t: {queues: [sales]}}",
        "teams: {t: {wrap_up: slow}}",
        "teams: {t: {misses: strict}}",
        "agents: {a: {team: home}}",
        "agents: {a: {queues: {sales: {}}}}",
        "agents: {a: {wrap_up: slow}}",
        "customers: {c: {numbers: [2], preferred: {bob: 1}}}",
        "rules: [{when: {customers: [stark]}, then: {priority: 1}}]",
        "rules: [{when: {within: office}, then: {priority: 1}}]",
        "rules: [{when: {trunks: [line]}, then: {priority: 1}}]",
        "rules: [{then: {preferred: {bob: 1}}}]",
        "rules: [{then: {skills: {french: 1}}}]",
    ],
)
def test_names_of_one_tenant_mean_nothing_in_the_other(text: str) -> None:
    assert told(ACME.replace("TEXT", "{}")) == []
    found = told(ACME.replace("TEXT", text))
    assert len(found) == 1
    assert found[0].partition(" ")[2].startswith("tenants.globex.")


def test_two_tenants_may_use_the_same_names() -> None:
    same = "{queues: {sales: {}}, agents: {bob: {queues: [sales]}}}"
    _, plan = plan_of_documents([parse(f"tenants: {{acme: {same}, globex: {same}}}", "f")])
    assert list(plan.queues) == ["acme/sales", "globex/sales"]
    assert list(plan.agents["globex/bob"].queues) == ["globex/sales"]


def test_files_that_cannot_be_read_are_told() -> None:
    with pytest.raises(SettingsError, match=r"^/no/such/file: cannot be read: No such file"):
        load_plan(["/no/such/file"])


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (
            'switches: {a: {password: "${env:A}", trunks: {profiles: {external: pst}}}}\n'
            + "trunks: {pstn: {}}",
            [
                "f:1:68 switches.a.trunks.profiles.external: there is no trunk group 'pst' "
                + "(did you mean 'pstn'?), expected pstn"
            ],
        ),
        (
            'switches: {west: {password: "${env:A}"}}\n'
            + "tenants: {t: {numbers: {}, teams: {x: {switch: wst}}, agents: {b: {switch: e}}}}",
            [
                "f:2:48 tenants.t.teams.x.switch: there is no switch 'wst' (did you mean 'west'?), "
                + "expected west",
                "f:2:76 tenants.t.agents.b.switch: there is no switch 'e', expected west",
            ],
        ),
        (
            'switches: {a: {password: "${env:A}"}, b: {password: "${env:A}"}}',
            [
                "f:1:39 switches.b.port: 127.0.0.1 8021 is the switch 'a' already, "
                + "expected a switch once"
            ],
        ),
        (
            'switches: {a: {password: "${env:A}", domain: d, retry_first_s: 60}}',
            [
                "f:1:46 switches.a.domain: has no meaning without a user, "
                + "expected user, or no domain",
                "f:1:64 switches.a.retry_first_s: is above retry_longest_s, 10, "
                + "expected a shorter time",
            ],
        ),
        (
            'switches: {a: {password: "${env:A}", trunks: {networks: {10.0.0.1/8: pstn}}}}\n'
            + "trunks: {pstn: {}}",
            [
                'f:1:70 switches.a.trunks.networks."10.0.0.1/8": is no network: '
                + "10.0.0.1/8 has host bits set, "
                + "expected an address, or a network with its prefix"
            ],
        ),
        (
            'switches: {a: {password: "${env:A}", setup: {agents_port: 5080, rtp_to: 9000, '
            + "overflow: number, gateways: {g: {proxy: h, ping_s: 3}}, "
            + "event_socket_networks: [10.0.0.1/8]}}}",
            [
                "f:1:38 switches.a.setup.trunk_port: is the agents_port already, "
                + "expected another port",
                "f:1:73 switches.a.setup.rtp_to: is not above rtp_from, 16384, "
                + "expected a higher port",
                "f:1:89 switches.a.setup.overflow: has nothing to dial, "
                + "expected overflow_number and a gateway",
                "f:1:130 switches.a.setup.gateways.g.ping_s: is ignored by FreeSWITCH, "
                + "expected 0, or 5 or more",
                "f:1:158 switches.a.setup.event_socket_networks: is no network: "
                + "10.0.0.1/8 has host bits set, "
                + "expected an address, or a network with its prefix",
            ],
        ),
        (
            "sounds: {prompts: {a: a.wav, b: /s/../b.wav}, tenants: {acme: {}}}",
            [
                "f:1:23 sounds.prompts.a: is in no folder, expected an absolute path, or a folder",
                "f:1:33 sounds.prompts.b: leads upwards, .., expected a path without ..",
                "f:1:57 sounds.tenants.acme: there is no tenant 'acme', "
                + "expected a name under tenants",
            ],
        ),
    ],
)
def test_switches_and_sounds_are_checked(text: str, problems: list[str]) -> None:
    assert told(text) == problems


def test_ways_out_lead_through_gateways_of_the_tenants_own_trunk_groups() -> None:
    text = (
        "trunks: {a: {}, b: {tenant: other, gateways: ['sofia/gateway/b/{number}']}}\n"
        "tenants: {acme: {dial: {via: [a, b, carier]}}, other: {}}"
    )
    assert told(text) == [
        "f:2:31 tenants.acme.dial.via.0: 'a' has no gateways to dial through, "
        + "expected gateways under trunks, a",
        "f:2:34 tenants.acme.dial.via.1: there is no trunk group 'b', expected a",
        "f:2:37 tenants.acme.dial.via.2: there is no trunk group 'carier', expected a",
    ]


@pytest.mark.parametrize(
    "contact",
    ["sofia/gateway/b/", "{number}", "sofia/gateway/b/{number},user/1", "a/{number}${x}", "a/{n}"],
)
def test_a_gateway_is_a_contact_with_the_number_in_it_and_nothing_more(contact: str) -> None:
    assert len(told(f"trunks: {{a: {{gateways: ['{contact}']}}}}\ntenants: {{t: {{}}}}")) == 1


@pytest.mark.parametrize(
    ("pattern", "problem"),
    [
        ("{date}/{time}", "would give two calls the same file"),
        ("../{call_id}", "is no pattern for names of files"),
        ("{name}/{call_id}", "is no pattern for names of files"),
        ("/{call_id}", "is no pattern for names of files"),
        ("a b/{call_id}", "is no pattern for names of files"),
    ],
)
def test_a_pattern_names_each_call_s_file_below_the_folder(pattern: str, problem: str) -> None:
    (line,) = told(f"tenants: {{t: {{recording: {{pattern: '{pattern}'}}}}}}")
    assert problem in line
