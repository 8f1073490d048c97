"""`postdesk read`: what the parser makes of a mail, for people and for programs."""

import io
import json
import os
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, BinaryIO

import typer
from rich.console import Console, RenderableType
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from desk.errors import ConfigError
from desk.trace import LONG_DELAY, MAX_HOPS
from ops.mbox import is_mbox, mails_of
from ops.options import CONFIG, EX_FAILED, EX_OK, AsJson, new_command
from ops.tables import CONTROLS
from parser.facts.find import facts as facts_of
from parser.jsonview import as_json as row_of
from parser.mail import Fact, ParsedMail, ReadingContext, Trace
from parser.read import read as parse
from parser.secrets.find import mask, redact
from parser.secrets.find import secrets as secrets_of
from pipeline.settings import load

_VERDICT_STYLE = {"one": "green", "none": "red", "doubtful": "yellow"}
_MAX_FACTS = 40
_MAX_SHOWN_HOPS = 15
# Where a line begins that has something on it, the first one of a piece too or not.
_LINE_START = re.compile(r"^(?=.)", re.M)
_LATER_LINE_START = re.compile(r"(?<=\n)(?=.)")
# Enough to see the separator of an mbox and the field below it.
_FIRST_LINES = 2_000
cli = new_command()


@cli.command()
def read(
    files: Annotated[list[str], typer.Argument(metavar="FILE…|-", help="Mails; - for standard input.")],
    json_: AsJson = False,
    jsonl: Annotated[bool, typer.Option("--jsonl", help="Print one JSON object a line.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            "--config",
            "-c",
            help="Whose desk it is; ./config.toml where there is one.",
            envvar="POSTDESK_CONFIG",
            metavar="FILE",
        ),
    ] = None,
) -> None:
    context = context_of(config or CONFIG, wanted=config is not None)
    raise typer.Exit(EX_OK if read_all(files, context, as_json=json_, as_lines=jsonl) else EX_FAILED)


@dataclass(frozen=True, slots=True)
class _Found:
    """A mail, or why there is none."""

    file: str
    content: bytes
    error: str = ""


def context_of(config: Path, *, wanted: bool) -> ReadingContext:
    """Who we are, from config.toml, by which look-alikes are told. DNS is never asked, so signatures are not checked.

    Without a file nobody is; one that was not `wanted` by name and cannot be used is told on standard error.
    """
    if not wanted and not config.exists():
        return ReadingContext()
    try:
        desk = load(config).desk
    except ConfigError as error:
        if wanted:
            raise
        print(f"postdesk: without configuration: {error}", file=sys.stderr)
        return ReadingContext()
    return ReadingContext(desk.domains, desk.names, banners=desk.banners)


def read_all(files: Sequence[str], context: ReadingContext | None = None, *, as_json: bool, as_lines: bool) -> bool:
    """Prints every mail of files, folders, mbox files and standard input (-); False when one could not be had."""
    context = context or ReadingContext()
    good = True
    shown: list[dict[str, object]] = []
    console = Console()
    for found in _mails(files):
        good = good and not found.error
        if not as_json and not as_lines:
            console.print(*_readable(found, context), soft_wrap=bool(found.error))
            continue
        row: dict[str, object] = (
            {"file": found.file, "error": found.error}
            if found.error
            else row_of(parse(found.content, context), found.file)
        )
        if as_lines:
            print(json.dumps(row, ensure_ascii=False), flush=True)
        else:
            shown.append(row)
    if as_json and not as_lines:
        alone = len(shown) == 1 and len(files) == 1
        print(json.dumps(shown[0] if alone else shown, ensure_ascii=False, indent=2))
    return good


def _mails(names: Sequence[str]) -> Iterator[_Found]:
    """The mails of all arguments; one that holds none is told on standard error."""
    for name in names:
        try:
            empty = True
            for found in _of(name):
                empty = False
                yield found
            if empty:
                print(f"postdesk: no mail in {name}", file=sys.stderr)
        except OSError as error:
            yield _Found(name, b"", error.strerror or str(error))


def _of(name: str) -> Iterator[_Found]:
    """The mails of one argument: of a folder all files below it, of an mbox its mails as FILE#1, FILE#2 and so on."""
    path = Path(name)
    if name == "-":
        yield from _unpacked(name, io.BytesIO(sys.stdin.buffer.read()))
    elif path.is_dir():
        for folder, folders, inside in os.walk(path):
            if {"cur", "new", "tmp"} <= set(folders):
                # A Maildir: what lies in its tmp is not delivered yet.
                folders.remove("tmp")
            folders.sort()
            for one in sorted(inside):
                # Hidden files are no mails.
                if not one.startswith("."):
                    yield from _of(str(Path(folder) / one))
    else:
        with path.open("rb") as file:
            yield from _unpacked(name, file, numbered=path.suffix.lower() in (".mbox", ".mbx"))


def _unpacked(name: str, file: BinaryIO, *, numbered: bool = False) -> Iterator[_Found]:
    """One mail, or those of an mbox, told by its name (`numbered`) or its first line; it may be larger than memory."""
    start = file.read(_FIRST_LINES)
    file.seek(0)
    if not (numbered or is_mbox(start)):
        yield _Found(name, file.read())
        return
    mails = mails_of(file)
    first, second = next(mails, None), next(mails, None)
    if first is not None and second is None and not numbered:
        # A single mail with the separator that some delivery programs leave on top of it.
        yield _Found(name, first)
        return
    some = [mail for mail in (first, second) if mail is not None]
    for number, mail in enumerate(chain(some, mails), start=1):
        yield _Found(f"{name}#{number}", mail)


def _readable(found: _Found, context: ReadingContext) -> Iterator[RenderableType]:
    """One mail for a person; no secret is ever shown, wherever in the mail it stands."""
    if found.error:
        yield Text(f"{found.file}: {found.error}", style="red")
        return
    mail = parse(found.content, context)
    yield _head(mail)
    yield Panel(_body(mail), title=Text(found.file), title_align="left")
    shown = [one for one in mail.facts if one.type != "asset"]
    if shown:
        yield _facts(shown)


def _head(mail: ParsedMail) -> Table:
    head = Table.grid(padding=(0, 2))

    def row(name: str, value: str, style: str = "") -> None:
        head.add_row(Text(name, style="dim"), Text(_masked(value), style=style))

    row("From", f"{mail.author.name} <{mail.author.address or 'no valid address'}>".strip())
    evidence = f": {', '.join(mail.sender.evidence)}" if mail.sender.evidence else ""
    # Whoever looks like somebody else is one sender, too, and nobody to trust.
    style = "yellow" if evidence and mail.sender.verdict == "one" else _VERDICT_STYLE[mail.sender.verdict]
    row("Sender", f"{mail.sender.address or '-'} ({mail.sender.verdict}{evidence})", style)
    for name, people in (("Reply-To", mail.reply_to), ("To", mail.to), ("Cc", mail.cc)):
        if people or name == "To":
            row(name, ", ".join(one.address or one.name for one in people))
    row("Subject", mail.subject, "bold")
    row("Date", mail.date.isoformat().replace("+00:00", "Z") if mail.date else "none")
    why = f" ({', '.join(mail.kind_evidence)})" if mail.kind_evidence else ""
    row("Kind", mail.kind + why, "" if mail.kind == "person" else "magenta")
    if mail.suppress:
        row("No answer", ", ".join(mail.suppress), "magenta")
    row("Language", f"{mail.language.code} ({mail.language.confidence:.2f})")
    if mail.report:
        row("Report on", mail.report.message_id or "a mail without Message-ID", "magenta")
    for one in mail.report.recipients if mail.report else ():
        row("Report", f"{one.action} {one.address or '-'} {one.status} {one.diagnostic}"[:300], "magenta")
    for part in mail.attachments:
        danger = " · dangerous" if part.dangerous else ""
        row("File", f"{part.safe_name} · {part.content_type} · {part.size} bytes{danger}", "red" if danger else "")
    _way(row, mail.trace)
    if mail.secrets:
        row("Secrets", ", ".join(sorted({one.class_.replace("_", " ") for one in mail.secrets})), "red")
    for defect in mail.defects:
        row("Defect", f"{defect.code} {defect.detail}", "yellow")
    return head


def _way(row: Callable[[str, str, str], None], way: Trace) -> None:
    """A line for each hop, oldest first: when, to whom, from whom, and how long since the one before."""
    if way.sending_host:
        row("Came from", f"{way.sending_host.name} [{way.sending_host.address}]", "")
    for hop in way.hops[-_MAX_SHOWN_HOPS:]:
        at = f"{hop.at:%Y-%m-%d %H:%M:%S}Z" if hop.at else "no date"
        since = "" if hop.delay is None else f" {int(hop.delay.total_seconds()):+d} s"
        protocol = f" with {hop.protocol}" if hop.protocol else ""
        slow = hop.delay is not None and hop.delay > LONG_DELAY
        row("Hop", f"{at}{since} by {hop.by or '?'}{protocol} from {hop.sender or '?'}", "yellow" if slow else "dim")
    if way.count > MAX_HOPS:
        row("Hops", f"{way.count}: the mail seems to go in circles", "magenta")


def _body(mail: ParsedMail) -> Text:
    """The text with its secrets masked: the reply plain, `┆` before the lines of quotations, `~` of signatures."""
    styles = [("", "", mail.spans.reply), ("┆ ", "dim", mail.spans.quoted), ("~ ", "dim italic", mail.spans.signature)]
    marked = sorted((start, end, mark, style) for mark, style, spans in styles for start, end in spans)
    body = Text()
    at = 0
    for start, end, mark, style in [*marked, (len(mail.text), len(mail.text), "", "")]:
        body.append(_piece(mail, at, start))
        piece = _piece(mail, max(at, start), end)
        begins = mail.text[max(at, start) - 1 : max(at, start)] in ("", "\n")
        body.append(_LINE_START.sub(mark, piece) if begins else _LATER_LINE_START.sub(mark, piece), style=style)
        at = max(at, end)
    body.rstrip()
    body.highlight_regex(r"\[(?:redacted: |已屏蔽:)[^\]]+\]", "bold red")
    return body if body.plain else Text("(no text)", style="dim")


def _piece(mail: ParsedMail, start: int, end: int) -> str:
    """A range of the text; a secret that begins before it was shown as a mask there."""
    if end <= start:
        return ""
    out: list[str] = []
    at = start
    for one in mail.secrets:
        first, last = one.span
        if last <= at or first >= end:
            continue
        if first >= start:
            # The language of the mask is that of the whole text, so the mask is cut out of it.
            out += [mail.text[at:first], _mask_of(mail, one.class_)]
        at = last
    out.append(mail.text[min(at, end) : end])
    return CONTROLS.sub("\ufffd", "".join(out))


def _mask_of(mail: ParsedMail, class_: str) -> str:
    return mask(class_, "[已屏蔽:" in mail.redacted)


def _facts(found: Sequence[Fact]) -> Table:
    """The parser has left out those that are part of a secret."""
    table = Table.grid(padding=(0, 2))
    table.add_column()
    table.add_column(overflow="fold")
    table.add_column()
    for one in found[:_MAX_FACTS]:
        note = Text(CONTROLS.sub("\ufffd", one.note), style="dim" if one.valid else "bold yellow")
        table.add_row(
            Text(one.type, style="cyan"),
            Text(CONTROLS.sub("\ufffd", one.value), style="" if one.valid else "yellow"),
            note,
        )
    if len(found) > _MAX_FACTS:
        table.add_row(Text("…", style="dim"), Text(f"{len(found) - _MAX_FACTS} more"), Text(""))
    return table


def _masked(value: str) -> str:
    """A value of the head without its secrets: subjects and names hold some too."""
    found = secrets_of(value, facts_of(value))
    return CONTROLS.sub("\ufffd", redact(value, found))
