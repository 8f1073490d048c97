"""config.toml and the content folder, read once and checked whole; each table's model is of the room that uses it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from desk.calendar.duration import parse_duration
from desk.calendar.schedule import DeskCalendar
from desk.calendar.zones import zone
from desk.categories import Categories
from desk.errors import ConfigError
from desk.facts import Desk, Mailbox
from desk.policy_check import called, problems
from desk.reports.plan import ReportPlan
from desk.sla.policy import SEVERAL, Agent, DeskPolicy, Domain, Form, Policy, Table
from desk.tiers import Tiers
from mailer.account import Account, Relay
from mailer.resolver import place
from mailer.templates import Templates
from models.outbox import Patience
from models.store import StoreSettings
from parser.identity.brands import Brand
from parser.language.detect import codes
from pipeline.banner_file import load_banners
from pipeline.calendar_files import NAME, load_calendars
from pipeline.content_folder import ContentSettings, content_folder, shipped_content
from pipeline.store_table import read_store
from pipeline.toml_tables import list_of_tables, read_table, read_tables, read_toml, require_distinct

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TABLES = ("desk", "policy", "agent", "report", "mailbox", "smtp", "store", "run", "log", "content", "form")


class RunSettings(BaseModel):
    """`[run]`: how the daemon works."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    readers: int = Field(default=2, ge=1, le=32)
    """Worker processes that read mail, and mails taken in at the same time."""
    read_time: Duration = Field(default=timedelta(seconds=20), ge=timedelta(seconds=1))
    """A mail that takes longer to read is tried again, and parked at the third time."""
    nameserver: str = ""
    """The address of the resolver to ask for DKIM keys, and its port after a colon; "" takes the system's."""
    read_memory: int = Field(default=768 * 1024 * 1024, ge=256 * 1024 * 1024)
    """Bytes of address space for each of them."""
    lease: Duration = Field(default=timedelta(seconds=60), ge=timedelta(seconds=1))
    """How long a worker may hold mails, letters or a mailbox without a sign of life."""
    look: Duration = Field(default=timedelta(seconds=1), ge=timedelta(milliseconds=50))
    """How often to look for due work when nothing announces itself."""
    housekeeping: Duration = Field(default=timedelta(hours=1), ge=timedelta(minutes=1))
    drain: Duration = timedelta(seconds=15)
    """How long work under way may take to end after SIGTERM."""
    retry: Duration = timedelta(minutes=1)
    """The first pause before a letter is tried again; it doubles up to an hour."""
    unknown_wait: Duration = timedelta(minutes=15)
    """How long to wait for evidence of a letter whose final dot went unanswered."""
    give_up: Duration = timedelta(days=5)

    @field_validator("nameserver")
    @classmethod
    def _an_address(cls, value: str) -> str:
        if value:
            place(value)
        return value

    @property
    def patience(self) -> Patience:
        return Patience(self.unknown_wait, self.retry, self.give_up)


class LogSettings(BaseModel):
    """`[log]`: how the daemon speaks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


@dataclass(frozen=True, slots=True)
class Settings:
    """All that an operator decided, checked."""

    file: Path
    desk: Desk
    accounts: tuple[Account, ...]
    relay: Relay | None
    """None where letters are only queued."""
    store: StoreSettings
    run: RunSettings
    log: LogSettings
    templates: Templates
    content: Path
    reports: tuple[ReportPlan, ...] = ()


def load(file: Path) -> Settings:
    """Reads and checks config.toml and the content folder; paths in it are relative to its folder.

    Raises ConfigError naming the file, the key and the remedy.
    """
    base = file.resolve().parent
    data = read_toml(file)
    unknown = sorted(set(data) - set(TABLES))
    if unknown:
        raise ConfigError(f"{file}: unknown table [{unknown[0]}]; there are {', '.join(TABLES)}")
    policy = read_table(file, "desk", DeskPolicy, data.get("desk", {}))
    agents = read_tables(file, data, "agent", Agent)
    accounts = _accounts(file, data, base)
    policies = _policies(file, data)
    forms = read_tables(file, data, "form", Form)
    require_distinct(file, "form.from", [sender for form in forms for sender in form.senders])
    reports = read_tables(file, data, "report", ReportPlan)
    _check_readers(file, reports, agents)
    _check_names(file, policies, accounts, agents)
    relay = read_table(file, "smtp", Relay, data["smtp"]) if "smtp" in data else None
    store = read_store(file, data)
    chosen = read_table(file, "content", ContentSettings, data.get("content", {}))
    content = content_folder(chosen, base)
    categories = Categories.of(read_toml(content / "categories.toml"))
    shipped = shipped_content() / "templates"
    templates = Templates.load(content / "templates", policy.language, zone(policy.zone), shipped)
    _check_languages(file, templates, agents, accounts)
    desk = Desk(
        policy=policy,
        agents=agents,
        mailboxes=tuple(_as_mailbox(account, policy) for account in accounts),
        categories=categories,
        policies=policies,
        calendars=_calendars(file, content, policy, policies),
        forms=forms,
        banners=load_banners(content),
        brands=_brands(content / "brands.toml"),
        tiers=_tiers(file, base / chosen.tiers if chosen.tiers else None, content / "tiers.csv"),
    )
    _check_desk(file, desk, templates)
    return Settings(
        file=file,
        desk=desk,
        accounts=accounts,
        relay=_located(file, relay, base) if relay else None,
        store=store,
        run=read_table(file, "run", RunSettings, data.get("run", {})),
        log=read_table(file, "log", LogSettings, data.get("log", {})),
        templates=templates,
        content=content,
        reports=reports,
    )


class _BrandRow(Table):
    """One `[[brand]]` of content/brands.toml."""

    name: str = Field(pattern=r"\w\w")
    domains: Annotated[tuple[Domain, ...], SEVERAL] = Field(min_length=1)
    word: bool = False


def _brands(file: Path) -> tuple[Brand, ...]:
    """The companies whose names others borrow; none where there is no such file. Raises ConfigError."""
    if not file.exists():
        return ()
    rows = read_tables(file, read_toml(file), "brand", _BrandRow)
    return tuple(Brand(row.name, row.domains, row.word) for row in rows)


def _accounts(file: Path, data: Mapping[str, Any], base: Path) -> tuple[Account, ...]:
    rows = enumerate(list_of_tables(file, data, "mailbox"), 1)
    accounts = tuple(_located(file, read_table(file, f"mailbox {n}", Account, row), base) for n, row in rows)
    if not accounts:
        raise ConfigError(f"{file}: no [[mailbox]]: name at least one mailbox to watch")
    return accounts


def _policies(file: Path, data: Mapping[str, Any]) -> tuple[Policy, ...]:
    """Messages call a policy by its name, too."""
    rows = enumerate(list_of_tables(file, data, "policy"), 1)
    return tuple(read_table(file, called("policy", n, row.get("name")), Policy, row) for n, row in rows)


def _check_names(file: Path, policies: Sequence[Policy], accounts: Sequence[Account], agents: Sequence[Agent]) -> None:
    require_distinct(file, "policy.name", [one.name for one in policies])
    require_distinct(file, "mailbox.name", [account.name for account in accounts])
    addresses = [one.lower() for account in accounts for one in account.addresses]
    require_distinct(file, "mailbox.addresses", addresses)
    require_distinct(file, "agent.address", [agent.address for agent in agents])


def _check_languages(file: Path, templates: Templates, agents: Sequence[Agent], accounts: Sequence[Account]) -> None:
    """Refuses the language of an agent or a mailbox in which there are no templates."""
    languages = [(f"agent {agent.address}", agent.language) for agent in agents]
    languages += [(f"mailbox {account.name}", account.language) for account in accounts if account.language]
    for name, language in languages:
        if language not in templates.languages:
            have = ", ".join(templates.languages)
            raise ConfigError(f"{file}: {name}: language: there are no templates in {language!r}; there are {have}")


def _check_desk(file: Path, desk: Desk, templates: Templates) -> None:
    """Refuses policies that name what the desk does not have."""
    languages = {*templates.languages, *codes()} if any(one.language for one in desk.policies) else set[str]()
    wrong = next(problems(desk, languages), None)
    if wrong is not None:
        raise ConfigError(f"{file}: {wrong}")


def _calendars(file: Path, content: Path, policy: DeskPolicy, policies: Sequence[Policy]) -> Mapping[str, DeskCalendar]:
    """The calendars of the content folder, with those that are used here checked to their last holiday."""
    used = {"desk.calendar": policy.calendar}
    used |= {
        f"{called('policy', n, one.name)}.calendar": one.calendar for n, one in enumerate(policies, 1) if one.calendar
    }
    calendars = load_calendars(content / NAME, set(used.values()))
    for key, name in used.items():
        if name not in calendars:
            raise ConfigError(f"{file}: {key}: there is no calendar {name!r}; there are {', '.join(calendars)}")
    return calendars


def _check_readers(file: Path, reports: Sequence[ReportPlan], agents: Sequence[Agent]) -> None:
    """Refuses reports to nobody, and to others than agents where that is not said to be meant."""
    require_distinct(file, "report.name", [one.name for one in reports])
    known = {agent.address for agent in agents}
    for one in reports:
        strangers = [address for address in one.to if address not in known]
        if strangers and not one.outside:
            raise ConfigError(
                f"{file}: report {one.name!r}: to: {strangers[0]} is no agent's address; "
                "write outside = true if this reader may see subjects of tickets"
            )
        if not one.to and not agents:
            raise ConfigError(f"{file}: report {one.name!r}: to: name its readers: there are no agents")


Located = TypeVar("Located", Account, Relay)


def _located(file: Path, table: Located, base: Path) -> Located:
    """The same table with its paths relative to the folder of config.toml."""
    changed: dict[str, Any] = {
        name: base / path for name in ("password_file", "tls_ca", "path") if (path := getattr(table, name, None))
    }
    if "tls_ca" in changed and not changed["tls_ca"].is_file():
        raise ConfigError(f"{file}: tls_ca: there is no file {changed['tls_ca']}")
    if table.oauth is not None:
        names = ("client_secret_file", "refresh_token_file", "token_file")
        files = {name: base / path for name in names if (path := getattr(table.oauth, name))}
        changed["oauth"] = table.oauth.model_copy(update=files)
    return table.model_copy(update=changed)


def _tiers(file: Path, named: Path | None, usual: Path) -> Tiers:
    if named is None and not usual.exists():
        return Tiers()
    path = named or usual
    try:
        with path.open(encoding="utf-8-sig", newline="") as lines:
            return Tiers.read(lines)
    except FileNotFoundError:
        raise ConfigError(f"{file}: content.tiers: there is no file {path}") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{path} cannot be read: {error}") from None
    except ValueError as error:
        raise ConfigError(f"{path}:{error}") from None


def _as_mailbox(account: Account, policy: DeskPolicy) -> Mailbox:
    return Mailbox(
        name=account.name,
        addresses=tuple(address.lower() for address in account.addresses),
        queue=account.queue,
        language=account.language or policy.language,
        authserv_id=account.authserv_id,
        size_limit=account.size_limit,
        verify_dkim=account.verify_dkim,
        fixed=account.fixed,
        account=f"{account.user}@{account.host}:{account.port}" if account.kind == "imap" else str(account.path),
    )
