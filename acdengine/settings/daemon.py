"""The running daemon: where it listens, who may command it, and what it writes."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from acdengine.settings.daemon_records import RecordsSettings
from acdengine.settings.fastagi import FastAgiSettings
from acdengine.settings.model import SettingsModel
from acdengine.settings.switch_setup import Network
from acdengine.settings.values import Count, HostName, LongEnough, Name, Port, SecretSource

Role: TypeAlias = Literal["admin", "supervisor", "agent", "read_only"]


class AccessSettings(SettingsModel):
    """What may be done with a token or an account."""

    role: Role
    """`admin` may do everything; `supervisor` what concerns queues, calls and agents; `agent` what
    concerns the agent's own state and call; `read_only` may look."""
    tenant: str | None = None
    """Only this tenant; without it all of them."""
    teams: list[str] = []
    """`supervisor`: only these teams of the tenant; empty: all of them."""
    agent: str | None = None
    """The agent of the tenant whose token or account it is; of a `supervisor` the one whose
    telephone is rung to listen to a conversation."""


class TokenSettings(AccessSettings):
    """A bearer token and what may be done with it."""

    token: SecretSource
    """Where the token is: `${env:NAME}` or `${file:PATH}`, 16 characters or more. Only its hash is
    kept in memory."""


class ControlSettings(SettingsModel):
    """The control interface over HTTP."""

    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8088
    """Port to listen on; 0: any that is free."""
    tokens: dict[Name, TokenSettings] = {}
    """Who may use it, by names that appear in the logs."""
    accounts_file: str = ""
    """File of the accounts with which people log in, written by `acdengine account`; empty: no
    accounts."""
    session_s: LongEnough = 43_200
    """Seconds until a session that a log-in has begun ends."""
    login_attempts: Annotated[int, Field(ge=1, le=1000)] = 10
    """Wrong passwords of one account within `login_window_s`; further attempts are refused."""
    login_attempts_per_address: Annotated[int, Field(ge=1, le=100_000)] = 50
    """Wrong passwords from one address within `login_window_s`; further attempts are refused."""
    login_window_s: LongEnough = 300
    """Seconds for which a wrong password counts."""
    numbers_shown_to: list[Role] = ["admin", "supervisor", "agent"]
    """Roles that see callers' numbers and names; others see the last digits only."""
    rate_per_s: Annotated[float, Field(gt=0, le=10_000)] = 50
    """Requests of one token in a second; more are refused."""
    rate_burst: Annotated[int, Field(ge=1, le=100_000)] = 100
    """Requests of one token at once, after a pause."""
    live_limit: Annotated[int, Field(ge=0, le=100_000)] = 200
    """Live connections at once."""
    live_per_address: Count | None = None
    """Live connections from one address at once; without it half of `live_limit`."""
    connections_limit: Count | None = None
    """Connections of any kind at once; without it `live_limit` and 300 more. Never more than a
    quarter of the descriptors that the process may have."""
    connections_per_address: Count | None = None
    """Connections from one address at once; without it half of all. Behind a proxy all come from
    its address."""
    head_timeout_s: LongEnough = 10
    """Seconds for the head of a request; a connection that has not sent it by then is closed."""
    outbox_limit: Annotated[int, Field(ge=10, le=1_000_000)] = 2000
    """Facts kept for one live connection that reads slowly; beyond it a fresh snapshot is sent."""


class MetricsSettings(SettingsModel):
    """Metrics for Prometheus. They name tenants and queues: either a token is needed, or they are
    asked for by a name of this machine, which keeps web pages of others from reading them."""

    enabled: bool = True
    """Whether they are served."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 9108
    """Port to listen on; 0: any that is free."""
    hosts: list[HostName] = []
    """Names by which they may be asked for, besides addresses, `localhost`, `host` and the name of
    the machine."""
    token: SecretSource | None = None
    """Where a bearer token is that is then needed, 16 characters or more; any name will do."""


class ScriptsSettings(SettingsModel):
    """AGI scripts that flows run: how many, and how much each may use."""

    at_once: Annotated[int, Field(ge=1, le=100_000)] = 200
    """Scripts of one tenant at once; further ones fail."""
    memory_mb: Annotated[int, Field(ge=16, le=1_000_000)] = 512
    """Memory of one local script."""
    processor_s: Annotated[int, Field(ge=1, le=86_400)] = 60
    """Seconds of processor time of one local script."""
    processes: Annotated[int, Field(ge=1, le=100_000)] = 32
    """Processes of `user` at once, where there is one."""
    user: str = ""
    """The user of local scripts, where the daemon runs as root; empty: the daemon's own."""
    database: str = "var/agi.db"
    """File of the database of scripts (`DATABASE PUT`), which outlives restarts."""


class CallSocketSettings(SettingsModel):
    """Calls that a dialplan sends with the `socket` application, instead of parking them."""

    enabled: bool = False
    """Whether they are taken."""
    host: str = "127.0.0.1"
    """Address to listen on."""
    port: Port = 8084
    """Port to listen on; 0: any that is free."""
    allow: list[Network] = ["127.0.0.0/8", "::1/128"]
    """Addresses and networks of the switches; every other connection is closed unread."""
    limit: Annotated[int, Field(ge=1, le=100_000)] = 1000
    """Calls at once that are not taken over yet; what is beyond it is left to its dialplan."""


class LogSettings(SettingsModel):
    """The daemon's own log, in JSON lines."""

    file: str = ""
    """File to append to; empty: standard error."""
    level: Literal["debug", "info", "warning", "error"] = "info"
    """The least severe that is written."""


class FactsSettings(SettingsModel):
    """What happened, call by call, in JSON lines: the raw material of all reports."""

    file: str = ""
    """File to append to; empty: none."""


class QueueLogSettings(SettingsModel):
    """Asterisk's `queue_log`, for reporting tools that read it."""

    file: str = ""
    """File to append to; empty: none. It may be renamed by `logrotate`."""
    tenant: str = ""
    """Tenant whose calls and agents are written, by their names alone; empty: those of all
    tenants, as `tenant/name`."""
    holds: bool = False
    """Write `CALLERONHOLD`, `CALLEROFFHOLD` and `INFO|DID` too, which QueueMetrics reads and
    Asterisk does not write."""


class JournalSettings(SettingsModel):
    """The journal of events, from which a restart takes up where it was left."""

    folder: str = ""
    """Folder of journal and snapshots; empty: none, and a restart begins with nothing."""
    sync: Literal["turn", "interval", "never"] = "interval"
    """When events are certain to be on disk: before their commands go out (`turn`), soon after
    (`interval`: all outlive the process, all but the last moment a loss of power), or when the
    system likes (`never`)."""
    snapshot_every_s: LongEnough = 300
    """Seconds from one snapshot to the next."""
    keep_days: Annotated[float, Field(ge=0, le=10_000)] = 0
    """Days for which events are kept for replays (`acdengine replay`), callers' numbers in clear
    among them; 0: what a restart needs, the two newest snapshots and the events since."""


class PrivacySettings(SettingsModel):
    """Personal data: callers' numbers."""

    masked: list[Literal["log", "facts", "queue_log"]] = ["log", "facts", "queue_log"]
    """Where callers' numbers are shown by their last digits only."""
    digits_shown: Annotated[int, Field(ge=0, le=20)] = 3
    """Last digits that are shown of a masked number."""
    key_file: str = ""
    """File of the key that makes the same mark of the same number, so that a caller can be followed
    without being known; it is made on first use. Empty: marks differ after each start."""


class DaemonSettings(SettingsModel):
    """The running daemon."""

    control: ControlSettings = ControlSettings()
    """The control interface over HTTP."""
    metrics: MetricsSettings = MetricsSettings()
    """Metrics for Prometheus."""
    call_socket: CallSocketSettings = CallSocketSettings()
    """Calls that a dialplan sends with the `socket` application."""
    fastagi: FastAgiSettings = FastAgiSettings()
    """Calls that the dialplan of an Asterisk hands over."""
    log: LogSettings = LogSettings()
    """The daemon's own log."""
    scripts: ScriptsSettings = ScriptsSettings()
    """AGI scripts that flows run."""
    facts: FactsSettings = FactsSettings()
    """What happened, call by call."""
    queue_log: QueueLogSettings = QueueLogSettings()
    """What happened, as Asterisk's `queue_log`."""
    journal: JournalSettings = JournalSettings()
    """The journal of events."""
    records: RecordsSettings = RecordsSettings()
    """Records in a database."""
    privacy: PrivacySettings = PrivacySettings()
    """Personal data."""
