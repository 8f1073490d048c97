"""The shapes of a mail, as it lay in a mailbox and as it reads."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

Kind = Literal[
    "person",
    "auto_reply",
    "bounce",
    "delayed",
    "delivered",
    "receipt",
    "calendar",
    "challenge",
    "complaint",
    "list",
    "bulk",
]
"""What sort of mail it is, exactly one (RFC 3834, 3464, 8098, 5965, 2369)."""


@dataclass(frozen=True, slots=True)
class RawMessage:
    """A mail as the source handed it over, before anything has been read of it."""

    mailbox: str
    """The configured name of the mailbox it came from."""
    folder: str
    uidvalidity: int
    """UIDVALIDITY on IMAP (RFC 9051 §2.3.1.1), 0 where keys are never reused."""
    key: str
    """The UID, or the unique name in a Maildir: unique within (mailbox, folder, UIDVALIDITY)."""
    content: bytes
    """The whole message; only its header section when `oversize` is set."""
    size: int
    """RFC822.SIZE as the server says, in bytes; the length of `content` elsewhere."""
    internal_at: datetime | None
    """INTERNALDATE, aware UTC; None where the source has none."""
    oversize: bool = False
    """The mail is over the size limit, was left on the server, and `content` is its header section."""


@dataclass(frozen=True, slots=True)
class Address:
    """A mailbox of an address field (RFC 5322 §3.4), decoded."""

    name: str
    """The display name, decoded; "" where there is none."""
    address: str | None
    """The addr-spec, domain in lower case; None where there is no valid one."""


@dataclass(frozen=True, slots=True)
class Sender:
    """Who wrote it, read strictly (RFC 5322 §3.6.2, RFC 6854): only this ever gives rights."""

    address: str | None
    verdict: Literal["one", "none", "doubtful"]
    """"one": exactly one valid address, on which our strict reader and two lenient ones agree."""
    evidence: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One method of an Authentication-Results field (RFC 8601 §2.2)."""

    method: str
    """In lower case: "dmarc", "dkim", "spf", "auth"."""
    result: str
    """In lower case: "pass", "fail", "none"."""
    properties: tuple[tuple[str, str], ...] = ()
    """Such as ("header.from", "example.org"), names in lower case."""


@dataclass(frozen=True, slots=True)
class AuthResults:
    """One Authentication-Results field. Whether to believe it is for `parser.identity.proof`."""

    authserv_id: str
    """In lower case; "" when the field could not be read."""
    results: tuple[AuthResult, ...]
    topmost: bool
    """It stands in the contiguous block of trace fields that the last hop put on top."""


@dataclass(frozen=True, slots=True)
class Keys:
    """What it takes to check the DKIM signatures of a mail."""

    answers: dict[str, str]
    """TXT records by the names of `parser.dkim_check.dkim_names`, the strings of a record joined; "" where there is
    none. A name that is missing was not answered."""
    at: datetime
    """When our mail server received the mail, aware: signatures may expire (RFC 6376 §3.5, x=)."""


@dataclass(frozen=True, slots=True)
class Banners:
    """Texts that mail servers put into mail from outside; `parser.banners.pattern` says how sentences are written."""

    tags: tuple[str, ...] = ()
    """In subjects, and in front of a text: "[EXTERNAL]"."""
    leads: tuple[str, ...] = ()
    """Words that may stand before and between the sentences of a banner, and are none alone: "CAUTION"."""
    begins: tuple[str, ...] = ()
    """Sentences that nobody but a mail server writes; a banner has at least one of them."""
    goes_on: tuple[str, ...] = ()
    """Sentences that belong to a banner behind one of these."""
    mentions: tuple[str, ...] = ()
    """Words by which any sentence on the same line belongs to a banner as well."""


@dataclass(frozen=True, slots=True)
class ReadingContext:
    """What is known about a mail from elsewhere. The reader looks nothing up, so it is handed in."""

    domains: tuple[str, ...] = ()
    """Our own domains, which others may be made to look like."""
    names: tuple[str, ...] = ()
    """Display names of the desk, by which others may pose."""
    keys: Keys | None = None
    """None: signatures are not checked by ourselves."""
    banners: Banners = Banners()


@dataclass(frozen=True, slots=True)
class Attachment:
    """A part that is not the text of the mail, counted as RFC 8621 §4.1.4 does."""

    name: str | None
    """The decoded name as sent; None where there was none."""
    safe_name: str
    """The name to show and to save under: no path, no control or direction characters, never empty."""
    content_type: str
    size: int
    sha256: str
    inline: bool
    content_id: str | None
    """Without angle brackets (RFC 2392)."""
    dangerous: bool
    """A kind that runs when opened, or whose content disagrees with its label: kept, never mailed on."""
    content: bytes
    secrets: tuple[str, ...] = ()
    """The classes of secrets in it, each once, where it is a text of at most 1 MB: such a file is not mailed on."""


@dataclass(frozen=True, slots=True)
class ReportRecipient:
    """What happened to one recipient (RFC 3464 §2.3)."""

    address: str | None
    action: Literal["failed", "delayed", "delivered", "relayed", "expanded"]
    status: str
    """The enhanced code (RFC 3463), such as "5.1.1"."""
    diagnostic: str


@dataclass(frozen=True, slots=True)
class Report:
    """A delivery report (RFC 3464, or one of the free-text kinds)."""

    message_id: str | None
    """The Message-ID of the mail reported on."""
    recipients: tuple[ReportRecipient, ...]


@dataclass(frozen=True, slots=True)
class Language:
    """The language of what the person wrote now, not of the quote."""

    code: str
    """A BCP 47 tag: "en", "es", "zh-Hans", "zh-Hant"; "unknown" rather than a guess."""
    confidence: float
    """0 to 1."""


Span = tuple[int, int]
"""A half-open range of code points of `ParsedMail.text`."""


@dataclass(frozen=True, slots=True)
class Spans:
    """Where in the text the reply, the quotation and the signature stand; in order, and none overlaps another."""

    reply: tuple[Span, ...]
    quoted: tuple[Span, ...]
    signature: tuple[Span, ...]


FactType = Literal[
    "txid",
    "address",
    "uid",
    "order_id",
    "ticket",
    "amount",
    "asset",
    "network",
    "error_code",
    "url",
]


@dataclass(frozen=True, slots=True)
class Fact:
    """Something of the trade that stands in the text."""

    type: FactType
    value: str
    """In its usual spelling: hex in lower case, assets in upper case, amounts as "1000.5 USDT", narrow letters."""
    span: Span
    valid: bool
    """Its shape and its checksum are right; False for a near miss, of which `note` says what is wrong."""
    note: str
    """For people: the chain, the kind of an address, what is wrong. "" where there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Secret:
    """Something that must neither be stored in the clear nor be shown."""

    class_: str
    """One of `parser.secrets.CLASSES`."""
    span: Span


@dataclass(frozen=True, slots=True)
class Hop:
    """One step on the way of a mail: a Received field (RFC 5321 §4.4). Below our border it is a claim."""

    sender: str
    """The `from` clause: the name by which the host introduced itself, and in brackets what the next one saw; or ""."""
    by: str
    """The host that took the mail and wrote the field, in lower case; "" where it does not say."""
    protocol: str
    """Such as "ESMTPS" (RFC 3848); "" where it does not say."""
    at: datetime | None
    """When it took the mail, aware UTC, by its own clock."""
    delay: timedelta | None
    """Since the hop before; negative where clocks differ, None where one of the two names no instant."""


@dataclass(frozen=True, slots=True)
class Host:
    """A mail server elsewhere."""

    name: str
    """By which it introduced itself: a claim."""
    address: str
    """The IP address, as the server that took the mail from it saw it."""


@dataclass(frozen=True, slots=True)
class Trace:
    """The way of a mail to us."""

    hops: tuple[Hop, ...] = ()
    """Oldest first; the youngest 50."""
    count: int = 0
    """How many there are in all."""
    delay: timedelta | None = None
    """From the first instant that a hop names to the last; negative where clocks differ, None with less than two."""
    sending_host: Host | None = None
    """Who gave the mail to our border; None where no hop tells, or it came from inside."""


@dataclass(frozen=True, slots=True)
class Defect:
    """Damage met while reading; the mail was read all the same."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class ParsedMail:
    """All that a mail says. Texts hold no NUL and no lone surrogates; lists are never None."""

    subject: str
    author: Address
    """What to show as the From: the first mailbox with a valid address. Never Reply-To."""
    sender: Sender
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    reply_to: tuple[Address, ...]
    date: datetime | None
    """The Date field, aware UTC: a claim, used for display only."""
    message_id: str | None
    """Without angle brackets; None when absent or not valid (RFC 5322 §3.6.4)."""
    in_reply_to: tuple[str, ...]
    references: tuple[str, ...]
    """Oldest first."""
    return_path: str | None
    """The envelope sender as the last hop recorded it; "" for `<>`, None when absent."""
    auto_submitted: str
    """The keyword in lower case; "no" when absent (RFC 3834 §5)."""
    kind: Kind
    kind_evidence: tuple[str, ...]
    suppress: tuple[str, ...]
    """Why no automatic answer may go out, besides `kind` ("X-Auto-Response-Suppress", "null return-path",
    "no-reply address"); empty when nothing forbids one."""
    auth_results: tuple[AuthResults, ...]
    """All Authentication-Results fields, topmost first, none of them believed yet."""
    text: str
    """The whole text, from HTML where there is no plain part."""
    html_text: str | None
    """The HTML part's rendering as text; None where there is no HTML part."""
    new_text: str
    """What this person wrote now; the whole text when nothing is left."""
    quoted: str
    signature: str
    spans: Spans
    facts: tuple[Fact, ...]
    """In the order of the text; also those of what is quoted."""
    secrets: tuple[Secret, ...]
    redacted: str
    """`text` with each secret replaced by a mask that names its class: what may be stored and shown."""
    language: Language
    attachments: tuple[Attachment, ...]
    report: Report | None
    defects: tuple[Defect, ...]
    headers: tuple[tuple[str, str], ...]
    """Every header field in order, names as sent, values unfolded and decoded."""
    fingerprint: str
    """SHA-256 (hex) over Message-ID, From, Date, Subject, text and attachment digests: the same mail arriving
    by two ways has the same one, whatever trace fields were added."""
    dkim: tuple[AuthResult, ...] = ()
    """What we found about the first DKIM signatures ourselves, topmost first; empty where `Context.keys` was None."""
    trace: Trace = Trace()
    hidden: tuple[str, ...] = ()
    """The classes of all secrets that `parser.masks.masked` took out, wherever they stood; empty in a mail as read."""

    def header(self, name: str) -> str | None:
        """The first value of a header field, by its name in any case; None when absent."""
        wanted = name.lower()
        return next((value for field, value in self.headers if field.lower() == wanted), None)
