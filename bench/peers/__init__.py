"""The best libraries of the field, each as a reader of mails for the same scorer: those that are installed.

`pip install --group peers .` brings them (pip 25.1 or newer), `uv sync --group peers` too.
"""

import contextlib
from collections.abc import Callable, Iterator
from email import message_from_bytes, policy
from typing import Any

Reader = Callable[[bytes], dict[str, Any]]
"""What a library says of a mail, under the names that the scorer knows."""


def installed() -> Iterator[tuple[str, tuple[str, ...], Reader]]:
    """(name, the sets that it can be scored on, its reader)."""
    with contextlib.suppress(ImportError):
        import mailparser

        yield "mail-parser", ("parse",), lambda mail: _of_mail_parser(mailparser.parse_from_bytes(mail))
    with contextlib.suppress(ImportError):
        import talon
        from talon import quotations
        from talon.signature.bruteforce import extract_signature

        talon.init()
        yield (
            "talon with signatures",
            ("trim",),
            lambda mail: {"reply": extract_signature(quotations.extract_from_plain(_text(mail)))[0]},
        )
    with contextlib.suppress(ImportError):
        from mailparser_reply import EmailReplyParser

        tongues = ["en", "de", "fr", "it", "ja", "ko", "nl", "pl", "es", "sv", "da", "cs", "zh"]
        reply_parser = EmailReplyParser(languages=tongues)
        yield "mail-parser-reply", ("trim",), lambda mail: {"reply": reply_parser.parse_reply(_text(mail))}
    with contextlib.suppress(ImportError):
        from flufl.bounce import all_failures

        yield (
            "flufl.bounce",
            ("bounce", "bounce_detail"),
            lambda mail: _of_flufl(all_failures(message_from_bytes(mail))),
        )


def languages() -> Iterator[tuple[str, Callable[[str], str]]]:
    """(name, text to the code of its language)."""
    with contextlib.suppress(ImportError):
        import py3langid

        yield "py3langid", lambda text: str(py3langid.classify(text)[0])


def _text(mail: bytes) -> str:
    body = message_from_bytes(mail, policy=policy.default).get_body(("plain", "html"))
    return "" if body is None else str(body.get_content()).replace("\r\n", "\n")


def _of_mail_parser(mail: Any) -> dict[str, Any]:
    name, address = (mail.from_ or [("", "")])[0]
    return {
        "subject": mail.subject,
        "from": {"name": name, "address": address},
        "to": [{"address": address} for _, address in mail.to],
        "text": "\n".join(mail.text_plain) or mail.body,
        "html_text": "\n".join(mail.text_html),
        "attachments": [{"name": one["filename"], "safe_name": one["filename"]} for one in mail.attachments],
    }


def _of_flufl(found: Any) -> dict[str, Any]:
    temporary, permanent = found
    failed = [(address, "4.0.0") for address in temporary] + [(address, "5.0.0") for address in permanent]
    recipients = [{"address": address.decode("utf-8", "replace"), "status": status} for address, status in failed]
    return {"kind": "bounce" if recipients else "person", "report": {"recipients": recipients}}
