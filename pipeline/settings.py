"""config.toml and the content folder, read once and checked whole: each room's table by that room."""

import os
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Annotated, Any, Literal, TypeVar, get_args

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, field_validator

from desk.calendar.duration import parse_duration
from desk.calendar.schedule import DeskCalendar
from desk.calendar.zones import zone
from desk.categories import Categories
from desk.errors import ConfigError
from desk.facts import Desk, Mailbox
from desk.policy_check import called, problems
from desk.reports.plan import ReportPlan
from desk.sla.policy import Agent, DeskPolicy, Policy
from desk.tiers import Tiers
from mailer.account import Account, Relay
from mailer.resolver import place
from mailer.templates import Templates
from models.outbox import Patience
from models.store import StoreSettings
from parser.language.detect import codes
from pipeline.calendar_files import NAME, load_calendars

Duration = Annotated[timedelta, BeforeValidator(parse_duration)]
TABLES = ("desk", "policy", "agent", "report", "mailbox", "smtp", "store", "run", "log", "content")


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
    """How long a worker may hold a mail, or a mailbox, without a sign of life."""
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
    def claim(self) -> timedelta:
        """How long a mail stays claimed by a worker that lives: longer than reading and judging it may take."""
        return max(self.lease, self.read_time + timedelta(seconds=30))

    @property
    def patience(self) -> Patience:
        return Patience(self.unknown_wait, self.retry, self.give_up)


class LogSettings(BaseModel):
    """`[log]`: how the daemon speaks."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal["human", "json"] = "human"
    level: Literal["debug", "info", "warning", "error"] = "info"


class ContentSettings(BaseModel):
    """`[content]`: where templates, categories and tiers are."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    path: Path | None = None
    """None takes `content` beside config.toml, else what Postdesk ships."""
    tiers: Path | None = None
    """None takes `tiers.csv` of that folder, if there is one."""


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


def shipped_content() -> Path:
    """The content that comes with Postdesk, in a checkout and in an installed wheel alike."""
    return Path(__file__).parents[1] / "content"


def shipped_config() -> Path:
    return Path(__file__).parents[1] / "config.toml"


def load(file: Path) -> Settings:
    """Reads and checks config.toml and the content folder; paths in it are relative to its folder.

    Raises ConfigError naming the file, the key and the remedy.
    """
    base = file.resolve().parent
    data = _toml(file)
    unknown = sorted(set(data) - set(TABLES))
    if unknown:
        raise ConfigError(f"{file}: unknown table [{unknown[0]}]; there are {', '.join(TABLES)}")
    policy = _table(file, "desk", DeskPolicy, data.get("desk", {}))
    agents = tuple(_table(file, f"agent {n}", Agent, row) for n, row in enumerate(_rows(file, data, "agent"), 1))
    accounts = tuple(
        _located(file, _table(file, f"mailbox {n}", Account, row), base)
        for n, row in enumerate(_rows(file, data, "mailbox"), 1)
    )
    if not accounts:
        raise ConfigError(f"{file}: no [[mailbox]]: name at least one mailbox to watch")
    policies = tuple(
        _table(file, called("policy", n, row.get("name")), Policy, row)
        for n, row in enumerate(_rows(file, data, "policy"), 1)
    )
    reports = tuple(
        _table(file, f"report {n}", ReportPlan, row) for n, row in enumerate(_rows(file, data, "report"), 1)
    )
    _addressed(file, reports, agents)
    _distinct(file, "policy.name", [one.name for one in policies])
    _distinct(file, "mailbox.name", [account.name for account in accounts])
    _distinct(file, "mailbox.addresses", [one.lower() for account in accounts for one in account.addresses])
    _distinct(file, "agent.address", [agent.address for agent in agents])
    relay = _table(file, "smtp", Relay, data["smtp"]) if "smtp" in data else None
    store = _table(file, "store", StoreSettings, data.get("store", {}))
    chosen = _table(file, "content", ContentSettings, data.get("content", {}))
    content = _content(chosen, base)
    categories = _categories(content / "categories.toml")
    templates = Templates.load(content / "templates", policy.language, zone(policy.zone))
    languages = [(f"agent {agent.address}", agent.language) for agent in agents]
    languages += [(f"mailbox {account.name}", account.language) for account in accounts if account.language]
    for name, language in languages:
        if language not in templates.languages:
            have = ", ".join(templates.languages)
            raise ConfigError(f"{file}: {name}: language: there are no templates in {language!r}; there are {have}")
    desk = Desk(
        policy=policy,
        agents=agents,
        mailboxes=tuple(_as_mailbox(account, policy) for account in accounts),
        categories=categories,
        policies=policies,
        calendars=_calendars(file, content, policy, policies),
        tiers=_tiers(file, base / chosen.tiers if chosen.tiers else None, content / "tiers.csv"),
    )
    named = any(one.language for one in policies)
    wrong = next(problems(desk, {*templates.languages, *codes()} if named else ()), None)
    if wrong is not None:
        raise ConfigError(f"{file}: {wrong}")
    return Settings(
        file=file,
        desk=desk,
        accounts=accounts,
        relay=_located(file, relay, base) if relay else None,
        store=_checked(file, store.model_copy(update={"data": base / store.data})),
        run=_table(file, "run", RunSettings, data.get("run", {})),
        log=_table(file, "log", LogSettings, data.get("log", {})),
        templates=templates,
        content=content,
        reports=reports,
    )


def content_of(file: Path) -> Path:
    """The content folder that a config.toml names, with nothing else of it checked. Raises ConfigError."""
    return _content(_table(file, "content", ContentSettings, _toml(file).get("content", {})), file.resolve().parent)


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


def _checked(file: Path, store: StoreSettings) -> StoreSettings:
    """Refuses a database of a kind that Postdesk does not speak, before anything is opened."""
    if store.database and not store.database.startswith(("sqlite:", "postgresql", "postgres:")):
        raise ConfigError(f"{file}: store.database: write a sqlite:/// or postgresql:// URL")
    return store


def _toml(file: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"{file} does not exist: run `postdesk init DIR` to get one") from None
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{file} cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        raise ConfigError(f"{file} is not valid TOML: {error}") from None


Model = TypeVar("Model", bound=BaseModel)


def _table(file: Path, name: str, model: type[Model], data: object) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        first, *others = error.errors(include_url=False, include_context=False)
        key = name + "".join(f" {part + 1}" if isinstance(part, int) else f".{part}" for part in first["loc"])
        message = _IN_TOML.get(first["type"], first["msg"].removeprefix("Value error, "))
        if first["type"] == "tuple_type" and isinstance(first["input"], dict):
            message = f"write [[{_without_numbers(key)}]] with two brackets: there may be several"
        elif first["type"] == "extra_forbidden":
            message = f"unknown key; there are {', '.join(sorted(_at(model, first['loc'][:-1]).model_fields))}"
        elif first["type"] == "missing":
            message = "is missing"
        more = f" (and {len(others)} more)" if others else ""
        raise ConfigError(f"{file}: {key}: {message}{more}") from None


# What pydantic says in words of Python.
_IN_TOML = {
    "tuple_type": 'write one value in quotes, such as "a", or a list of them, such as ["a", "b"]',
    "too_short": "name at least one",
    "string_type": 'write it in quotes, such as "a"',
    "bool_type": "write true or false",
    "bool_parsing": "write true or false",
    "int_type": "write a whole number, without quotes",
    "int_parsing": "write a whole number, without quotes",
    "dict_type": "is a table: write its keys in lines below its name in brackets",
    "model_type": "is a table: write its keys in lines below its name in brackets",
}


def _without_numbers(key: str) -> str:
    """The name of a table as it stands in brackets: "policy.step" for "policy 2 (vip).step"."""
    return re.sub(r" \d+( \(.*\))?", "", key)


def _at(model: type[BaseModel], path: Sequence[int | str]) -> type[BaseModel]:
    """The model of the table at a path below this one's."""
    for part in path:
        field = model.model_fields.get(str(part))
        if field is not None:
            model = next(iter(_models(field.annotation)), model)
    return model


def _models(annotation: object) -> Iterator[type[BaseModel]]:
    """The models that an annotation is made of: `OAuth | None`, `dict[str, Targets]`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        yield annotation
    for part in get_args(annotation):
        yield from _models(part)


def _rows(file: Path, data: Mapping[str, Any], name: str) -> list[Any]:
    rows = data.get(name, [])
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ConfigError(f"{file}: write [[{name}]] with two brackets: there may be several")
    return rows


def _distinct(file: Path, key: str, values: list[str]) -> None:
    for value in values:
        if values.count(value) > 1:
            raise ConfigError(f"{file}: {key}: {value!r} stands twice")


def _addressed(file: Path, reports: Sequence[ReportPlan], agents: Sequence[Agent]) -> None:
    """Refuses reports to nobody, and to others than agents where that is not said to be meant."""
    _distinct(file, "report.name", [one.name for one in reports])
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


def _content(table: ContentSettings, base: Path) -> Path:
    if table.path is not None:
        return base / table.path
    beside = base / "content"
    return beside if beside.is_dir() else shipped_content()


def _categories(file: Path) -> Categories:
    return Categories.of(_toml(file))


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
    )


ENVIRONMENT: Mapping[str, str] = os.environ
