"""What a template may name: the documented values of each kind of letter, with samples to try templates on.

`mailer.templates` refuses a template that names anything else. A text value is one line unless its
row says `lines=True`; nothing that is put in its place can break the line it stands on.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import Any

from desk.letters import LetterKind
from desk.reports.causes import CODES as CAUSES
from mailer.letter_codes import HINT_DETAILS, HINTS, METRICS, REFUSALS, STATES


@dataclass(frozen=True, slots=True)
class Value:
    """One name a template may use."""

    about: str
    full: Any
    """A sample for a letter where everything is known."""
    bare: Any
    """A sample for a letter where as little as possible is known."""
    lines: bool = False
    """A text of several lines; every other text is made one line."""
    codes: tuple[str, ...] = ()
    """All possible values, if templates may branch on them."""

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of the fields of a list's items; empty for anything but a list."""
        return tuple(self.full[0]) if isinstance(self.full, tuple) else ()


def _text(about: str, full: str, *, lines: bool = False) -> Value:
    return Value(about, full, "", lines)


def _instant(about: str) -> Value:
    return Value(f"{about}; none when nothing is promised", _DUE, None)


def _code(about: str, *codes: str) -> Value:
    return Value(about, codes[0], codes[-1], codes=codes)


def _file(name: str, content_type: str, size: int, why: str) -> Mapping[str, Any]:
    return {"name": name, "size": size, "content_type": content_type, "sent": not why, "why": why}


def _item(metric: str, state: str, words: str = "Where is it?") -> Mapping[str, Any]:
    return {
        "tag": "PD-1042-F",
        "subject": "Stuck",
        "requester": "ana@example.org",
        "priority": "P2",
        "assignee": "Ben" if words else "",
        "metric": metric,
        "state": state,
        "due_at": _DUE,
        "span": timedelta(hours=1),
        "text": words,
    }


def _promised(metric: str) -> Mapping[str, Any]:
    spans = (
        {"p50": timedelta(minutes=42), "p90": timedelta(hours=5)} if metric != "update" else {"p50": None, "p90": None}
    )
    attained = 95.0 if metric != "update" else None
    return {"metric": metric, "attainment": attained, "kept": 19, "broken": 1, "open": 2, "void": 0, **spans}


_LEAKED = Value("the mail held a secret that gives access to money: the customer must be warned", True, False)
_DUE = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
_OPENS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)

COMMON: Mapping[str, Value] = MappingProxyType(
    {
        "desk": Value("the desk's name", "Example desk", "Example desk"),
        "tag": _text('the ticket\'s name; "" for a letter of no ticket', "PD-1042-F"),
        "subject": _text("the ticket's subject, cleaned, at most 120 characters", "Withdrawal is stuck"),
        "recipient_name": _text('who gets this letter; "" when unknown', "Ana Quispe"),
    }
)

_DETAILS: Mapping[LetterKind, Mapping[str, Value]] = {
    LetterKind.ACKNOWLEDGEMENT: {
        "category": _text('the problem type, in words; "" when unsure', "Deposit & withdrawal"),
        "due": _instant("when a person answers at the latest"),
        "opens": Value("when the desk opens again; none when it is open", _OPENS, None),
        "peak": Value("more waits than the desk can answer in its usual time", True, False),
        "verified": Value("the sender is who they say: only then may the letter repeat their words", True, False),
        "attachments": Value("how many files came with the mail", 2, 0),
        "leaked": _LEAKED,
    },
    LetterKind.TOO_LARGE: {
        "limit": Value("the largest mail we take, in bytes", 35_000_000, 0),
        "size": Value("the size of this one, in bytes", 48_500_000, 0),
        "due": _instant("when a person answers at the latest"),
        "leaked": _LEAKED,
    },
    LetterKind.APOLOGY: {
        "promised": Value("when a person should have answered", _DUE, _DUE),
        "due": _instant("when a person answers now at the latest"),
        "verified": Value("the sender is who they say: only then may the letter repeat their words", True, False),
    },
    LetterKind.NOTIFICATION: {
        "marker": Value("stands once near the top; a text that holds it never goes to a customer", "⟦PD⟧", "⟦PD⟧"),
        "event": _code(
            "what happened",
            "new",
            "follow_up",
            "reopened",
            "follow_up_of_closed",
            "handed_over",
            "note",
            "woken",
            "merged",
            "unmerged",
            "shared",
            "reaction",
            "thanks",
            "repeat",
            "frozen",
        ),
        "said": _text('what a mail that asks for nothing says; "" for other events', "👍"),
        "until": _instant("until when nothing is sent automatically, where the ticket was frozen"),
        "requester_name": _text('the name in the From; "" when there is none', "Ana"),
        "requester_address": _text("who wrote", "ana@example.org"),
        "proof": _code("whether the sender is who they say", "proven", "unknown", "failed"),
        "sending_host": _text(
            'the server that gave us a mail whose sender is not proven; "" when unknown',
            "mail.example.net [198.51.100.7]",
        ),
        "category": _text('the problem type, in words; "" when unsure', "Deposit & withdrawal"),
        "answer_to": _text('who gets an answer to this letter; "" for nobody', "ana@example.org, cara@example.net"),
        "priority": _text("P1 to P4", "P2"),
        "queue": _text("the team", "funds"),
        "assignee": _text('whose ticket it is; "" when nobody\'s', "Ben"),
        "first_reply_due": _instant("when the first answer is promised"),
        "next_reply_due": _instant("when the next answer is promised"),
        "resolve_due": _instant("when the solution is promised"),
        "note": _text("what a colleague wrote for colleagues", "He called too.\n\nBe kind.", lines=True),
        "note_by": _text("which colleague", "Ben Baker"),
        "text": _text("what the customer wrote", "My withdrawal is stuck.\n\nWhat now?", lines=True),
        "masked": _text('the masks of each kind of secret in the mail; "" when none', "[redacted: seed phrase]"),
        "files": Value(
            'the files of the mail; `why` is "secret", "dangerous", "too_large" or another word where `sent` is false',
            (
                _file("截图.png", "image/png", 81_920, ""),
                _file("run.exe", "application/x-msdos-program", 9, "dangerous"),
                _file("film.mp4", "video/mp4", 30_000_000, "too_large"),
                _file("wallet.txt", "text/plain", 120, "secret"),
            ),
            (),
        ),
        "hints": Value(
            f"what else to know: a code ({', '.join(HINTS)}) and its detail, a text; "
            "for some a list, for `delayed` a span",
            tuple({"code": code, "detail": HINT_DETAILS.get(code, "1042")} for code in HINTS),
            (),
        ),
    },
    LetterKind.ANSWER: {
        "text": _text("what the agent wrote", "Hello Ana,\n\nit is on its way.", lines=True),
        "agent": _text("the name the agent is known by to customers", "Ben"),
    },
    LetterKind.BREACH: {
        "marker": Value("stands once near the top; a text that holds it never goes to a customer", "⟦PD⟧", "⟦PD⟧"),
        "items": Value(
            f"what is late or soon will be: `metric` is one of {', '.join(METRICS)}; "
            f"`state` one of {', '.join(STATES)}; "
            "`due_at` an instant; `span` the open time until then or since; `text` what the customer wrote last",
            (*(_item(metric, "late") for metric in METRICS), *(_item("update", state, "") for state in STATES)),
            (),
        ),
        "late": Value("how many promises are broken", 3, 0),
        "settled": Value("how many of the broken ones are done since", 1, 0),
        "soon": Value("how many are still to be kept", 2, 0),
        "more": Value("how many are not listed, because the letter would be too long", 7, 0),
        "several": Value("the promises are of several tickets", True, False),
    },
    LetterKind.REFUSAL: {
        "reason": _code("why the agent's mail was not acted on", *REFUSALS),
        "detail": _text("what exactly was wrong", "/slove", lines=True),
        "text": _text("the agent's text, given back", "/slove\nDone.", lines=True),
    },
    LetterKind.UNDELIVERED: {
        "to": _text("the address that it was sent to", "ana@example.org"),
        "other": _text(
            'the address that was not reached where that is another one, to which somebody passed it on; else ""',
            "ana@example.com",
        ),
        "reason": _text("what the mail server said", "550 5.1.1 no such user"),
        "text": _text("the text of the letter", "Hello Ana,\n\nit is on its way.", lines=True),
        "certain": Value("whether it is certain that it did not arrive", True, False),
    },
    LetterKind.PARKED: {
        "mailbox": _text("where the mail lies", "support"),
        "reason": _text("why it could not be read, with nothing of its content", "took too long"),
        "inbox": Value("its number in the inbox, for `postdesk show` and `postdesk replay`", 17, 0),
    },
    LetterKind.ALARM: {
        "what": _text("what is concerned: `part` and `name`", "mailbox support"),
        "part": _code("which part of the desk is concerned", "mailbox", "relay", "storage", "archive", "step"),
        "name": _text("which one, where there are several", "support"),
        "since": _instant("since when it failed"),
        "detail": _text("what the other side said", "connection refused", lines=True),
        "state": _code("whether it has failed or works again", "down", "up"),
    },
    LetterKind.REPORT: {
        "name": _text("what the operator calls the report", "Weekly service report"),
        "first": _text("the first local date it tells of", "2026-11-09"),
        "last": _text("the last local date it tells of", "2026-11-15"),
        "zone": _text("the zone of these dates", "Asia/Shanghai"),
        "tickets": Value("how many tickets it tells of", 120, 0),
        "open_tickets": Value("how many tickets are not done at its end", 12, 0),
        "rows": Value(
            "the promises by metric: `attainment` is percent of kept and broken, none where nothing was decided; "
            "`p50` and `p90` are spans of open time, none where nothing was met",
            tuple(_promised(metric) for metric in METRICS),
            (),
        ),
        "causes": Value(
            f"why promises were broken: one of {', '.join(CAUSES)}, and how often",
            tuple({"code": code, "count": 2} for code in CAUSES),
            (),
        ),
        "skipped": Value("how many earlier reports were not mailed, since the desk was down", 3, 0),
    },
    LetterKind.SUMMARY: {
        "marker": Value("stands once near the top; a text that holds it never goes to a customer", "⟦PD⟧", "⟦PD⟧"),
        "sender": _text("whose mails they are", "ana@example.org"),
        "count": Value("of how many mails the agent was not told", 470, 1),
        "since": Value("when the first of them was taken in", _DUE, _DUE),
        "tickets": _text("their tickets, the first twenty", "PD-1042-F, PD-1043-P"),
        "more": Value("how many more tickets there are", 450, 0),
    },
    LetterKind.SPAM_LIST: {
        "count": Value("how many mails were marked as spam", 51, 1),
        "rows": Value(
            "those that are named: `tag`, `subject`, `requester`, `queue`, and `verdict`, the field that says so",
            (
                {
                    "tag": "PD-1042-F",
                    "subject": "Best shoes",
                    "requester": "sales@example.net",
                    "queue": "support",
                    "verdict": "X-Spam-Flag: YES",
                },
            ),
            (),
        ),
        "more": Value("how many more there are", 50, 0),
    },
}

# Letters of these kinds always belong to a ticket.
_TICKET = {"tag": Value("the ticket's name", "PD-1042-F", "PD-1042-F")}


def _table(kind: LetterKind) -> Mapping[str, Value]:
    own = _TICKET if kind.to_customer or kind is LetterKind.NOTIFICATION else {}
    return MappingProxyType({**COMMON, **own, **_DETAILS[kind]})


VALUES: Mapping[LetterKind, Mapping[str, Value]] = MappingProxyType({kind: _table(kind) for kind in LetterKind})
"""Every name that a template of a kind may use."""


def samples(kind: LetterKind) -> tuple[Mapping[str, Any], ...]:
    """Sets of values that reach every branch of a template: all known, little known, and each code once."""
    table = VALUES[kind]
    full = {name: value.full for name, value in table.items()}
    bare = {name: value.bare for name, value in table.items()}
    coded = [{**full, name: code} for name, value in table.items() for code in value.codes]
    flags = [{**full, name: False} for name, value in table.items() if isinstance(value.full, bool)]
    return (full, bare, *coded, *flags)
