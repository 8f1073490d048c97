"""The files of a mail in a letter to agents: which are sent along, and why the others are not."""

from typing import Any

from desk.facts import Desk, Facts
from desk.letters import AttachmentRef
from parser.mail import ParsedMail


def files_of(mail: ParsedMail, facts: Facts, desk: Desk) -> tuple[list[dict[str, Any]], tuple[AttachmentRef, ...]]:
    """The list of a mail's attachments for agents, and the files that are sent along."""
    listed: list[dict[str, Any]] = []
    sent: list[AttachmentRef] = []
    room = desk.policy.attachments_limit
    for one, ref in zip(mail.attachments, facts.attachments, strict=True):
        why = "secret" if one.secrets else "dangerous" if one.dangerous else "too_large" if ref.size > room else ""
        if not why:
            room -= ref.size
            sent.append(ref)
        row = {"name": one.safe_name, "size": one.size, "content_type": one.content_type, "sent": not why, "why": why}
        listed.append(row)
    return listed, tuple(sent)
