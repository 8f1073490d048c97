"""What the desk does about secrets in mail; `parser.masks` has replaced them by then."""

from collections.abc import Iterable

from desk.ticket import Event, EventKind
from parser.mail import ParsedMail
from parser.secrets.find import mask

SPENDABLE = frozenset({"seed_phrase", "private_key", "keystore", "api_secret", "passphrase"})
"""Whoever has read one of these can take the money (promises f, S1)."""


def leaked(classes: Iterable[str]) -> bool:
    return not SPENDABLE.isdisjoint(classes)


def named(classes: Iterable[str], language: str) -> str:
    """The classes for people: "[redacted: seed phrase], [redacted: password]".

    As masks, because a mask is the one way to name a secret that is no label: in a letter the plain words would make
    what stands below them look like the secret.
    """
    chinese = language.lower().partition("-")[0] == "zh"
    return ("、" if chinese else ", ").join(mask(one, chinese) for one in classes)


def leaked_before(history: Iterable[Event]) -> bool:
    """Whether an earlier mail of the ticket held such a secret, so that its writer was warned."""
    return any(event.kind is EventKind.SECRETS and leaked(event.data.get("classes", ())) for event in history)


def typed(mail: ParsedMail) -> tuple[str, ...]:
    """The classes of secrets in what somebody wrote now, without the quotation and the signature."""
    inside = (
        one.class_
        for one in mail.secrets
        if any(start < one.span[1] and one.span[0] < end for start, end in mail.spans.reply)
    )
    return tuple(dict.fromkeys(inside))
