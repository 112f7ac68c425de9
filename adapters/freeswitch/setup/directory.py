"""`directory/`: the telephones that may register."""

from __future__ import annotations

from collections.abc import Iterator

from adapters.freeswitch.protocol.quoting import bare_word, display_text
from adapters.freeswitch.setup.dialplan import AGENTS_CONTEXT
from adapters.freeswitch.setup.switch_spec import Phone, SwitchSpec
from adapters.freeswitch.setup.xml_text import Expression, element, parameters, remark, tag


def secret_name(user: str, domain: str) -> str:
    """The global variable that holds a telephone's password."""
    return f"acd_phone_password:{user}@{domain}"


def directory(spec: SwitchSpec) -> Iterator[str]:
    """Every domain with its telephones; the passwords are in acd_secrets.xml."""
    by_domain: dict[str, list[Phone]] = {}
    for phone in spec.phones:
        by_domain.setdefault(phone.domain, []).append(phone)
    yield from remark(
        """allow-empty-password: FreeSWITCH by itself lets a user without a password in as anybody.
        dial-string: user/NAME@DOMAIN rings whatever that user has registered."""
    )
    for domain, phones in by_domain.items():
        yield from element("domain", _domain(phones), name=bare_word("domain", domain))


def _domain(phones: list[Phone]) -> Iterator[str]:
    contact = "${sofia_contact(internal/${dialed_user}@${dialed_domain})}"
    yield from element(
        "params",
        parameters({"dial-string": Expression(contact), "allow-empty-password": "false"}),
    )
    users = (line for phone in phones for line in _user(phone))
    group = element("group", element("users", users), name="agents")
    yield from element("groups", group)


def _user(phone: Phone) -> Iterator[str]:
    password = Expression("$${" + secret_name(phone.user, phone.domain) + "}")
    variables = {
        "user_context": AGENTS_CONTEXT,
        "acd_agent": phone.agent_id,
        "effective_caller_id_name": display_text(phone.display),
        "effective_caller_id_number": phone.user,
    }

    def content() -> Iterator[str]:
        yield from element("params", parameters({"password": password}))
        yield from element(
            "variables",
            (tag("variable", name=name, value=value) for name, value in variables.items()),
        )

    return element("user", content(), id=bare_word("user", phone.user))
