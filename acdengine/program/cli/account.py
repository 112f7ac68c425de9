"""`acdengine account`: accounts with which people log in."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Annotated, get_args

import typer

from acdengine.program.cli.choices import want_choice
from acdengine.program.cli.control.session import settings_found
from acdengine.wording import counted

if TYPE_CHECKING:
    from acdengine.settings.accounts import AccountSettings
    from acdengine.settings.whole import Settings

app = typer.Typer(add_completion=False, no_args_is_help=True)

Name = Annotated[str, typer.Argument(metavar="NAME", help="With which the person logs in.")]
Config = Annotated[
    list[str] | None,
    typer.Option(help="Settings file; several are read as one.", show_default="that of the daemon"),
]


@app.callback()
def account() -> None:
    """Add, change and remove the accounts with which people log in."""


@app.command()
def add(
    name: Name,
    role: Annotated[
        str, typer.Option(help="What the person may do: admin, supervisor, agent or read_only.")
    ],
    tenant: Annotated[str, typer.Option(help="Only this tenant; without it all.")] = "",
    team: Annotated[
        list[str] | None, typer.Option(help="A supervisor's team; once for each.")
    ] = None,
    agent: Annotated[str, typer.Option(help="The agent of the tenant who this is.")] = "",
    config: Config = None,
) -> None:
    """Add an account; asks for its password, or reads it as a line of standard input."""
    from acdengine.settings.accounts import AccountSettings
    from acdengine.settings.daemon import Role

    want_choice(role, get_args(Role), "--role")
    with _changing(config) as (settings, accounts):
        if name in accounts:
            _stop(f"there is an account '{name}' already; `acdengine account passwd` changes it")
        fields = {"role": role, "tenant": tenant or None, "teams": team or []}
        fields |= {"agent": agent or None, "password_hash": _new_hash(name)}
        accounts[name] = AccountSettings.model_validate(fields)
    _done(settings, f"{name} is added")


@app.command()
def passwd(name: Name, config: Config = None) -> None:
    """Change the password of an account; its sessions end with the next reload."""
    from acdengine.settings.accounts import AccountSettings

    with _changing(config) as (settings, accounts):
        _want(name, accounts)
        fields = {**accounts[name].model_dump(), "password_hash": _new_hash(name)}
        accounts[name] = AccountSettings(**fields)
    _done(settings, f"the password of {name} is changed")


@app.command()
def remove(name: Name, config: Config = None) -> None:
    """Remove an account; its sessions end with the next reload."""
    with _changing(config) as (settings, accounts):
        _want(name, accounts)
        del accounts[name]
    _done(settings, f"{name} is removed")


@app.command()
def pin() -> None:
    """Print the hash of an agent's PIN for the settings; asks for the PIN, or reads it as a line of
    standard input."""
    from acdengine.settings.credentials import can_be_pin
    from acdengine.settings.passwords import hash_of

    typed = read_password("PIN: ")
    if sys.stdin.isatty() and read_password("Once more: ") != typed:
        _stop("the two PINs differ")
    if not can_be_pin(typed):
        _stop("a PIN has 4 to 12 digits")
    typer.echo(hash_of(typed))


@app.command("list")
def list_accounts(config: Config = None) -> None:
    """List the accounts."""
    from rich import box
    from rich.console import Console
    from rich.table import Table

    with _problems():
        from acdengine.settings.accounts import read_accounts

        accounts = read_accounts(_settings(config))
    table = Table("account", "role", "tenant", "teams", "agent", box=box.SIMPLE_HEAD)
    for name, one in accounts.items():
        table.add_row(name, one.role, one.tenant or "all", ", ".join(one.teams), one.agent or "")
    Console(highlight=False).print(table)
    typer.echo(counted(len(accounts), "account"))


@contextmanager
def _changing(config: list[str] | None) -> Iterator[tuple[Settings, dict[str, AccountSettings]]]:
    from acdengine.settings.accounts import changing

    with _problems():
        settings = _settings(config)
        with changing(settings) as accounts:
            yield settings, accounts


@contextmanager
def _problems() -> Iterator[None]:
    """Say what is wrong with the settings or the file of accounts, and end with status 1."""
    from acdengine.settings.errors import SettingsError

    try:
        yield
    except (SettingsError, OSError) as error:
        _stop(str(error))


def _settings(config: list[str] | None) -> Settings:
    from acdengine.settings.compile import load_plan

    files = config or settings_found()
    if not files:
        _stop("no settings were found here: --config FILE names them")
    settings, _ = load_plan(files)
    if not settings.daemon.control.accounts_file:
        _stop(
            f"{', '.join(files)}: daemon.control.accounts_file names no file; expected one such as"
            " accounts_file: var/accounts.yaml"
        )
    return settings


def _want(name: str, accounts: dict[str, AccountSettings]) -> None:
    from acdengine.settings.suggest import did_you_mean, one_of

    if name not in accounts:
        known = f"; there are {one_of(accounts)}" if accounts else "; there are none yet"
        _stop(f"no such account '{name}'{did_you_mean(name, accounts) or known}")


def _new_hash(name: str) -> str:
    """The hash of a new password, from the terminal (twice) or a line of standard input."""
    from acdengine.settings.passwords import LONGEST_PASSWORD, SHORTEST_PASSWORD, hash_of

    password = read_password(f"Password of {name}: ")
    if sys.stdin.isatty() and read_password("Once more: ") != password:
        _stop("the two passwords differ; nothing was changed")
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        _stop(f"a password has {SHORTEST_PASSWORD} to {LONGEST_PASSWORD} characters")
    if password.casefold() == name.casefold():
        _stop("the password is the name of the account; expected another")
    return hash_of(password)


def read_password(prompt: str) -> str:
    """A password from the terminal, not shown; where there is none, a line of standard input."""
    import getpass

    if sys.stdin.isatty():
        return getpass.getpass(prompt)
    return sys.stdin.readline().rstrip("\r\n")


def _done(settings: Settings, words: str) -> None:
    file = os.path.normpath(settings.daemon.control.accounts_file)
    typer.echo(f"{words} ({file}); `acdengine reload` puts it in force in a running daemon")


def _stop(words: str) -> None:
    typer.echo(words, err=True)
    raise typer.Exit(1)
