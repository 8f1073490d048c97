"""What agents should know of a mail besides its text, as codes that the template words."""

from collections.abc import Mapping, Sequence
from datetime import timedelta

from desk import reading_hints, same_matter, threads, trace
from desk.facts import CandidateTicket, Facts, Related
from desk.letters import Draft
from desk.requester import Requester, requester_hints
from desk.ticket import Participant
from parser.identity.lookalikes import Impersonation
from parser.mail import ParsedMail

_SHOWN = 5
_NAME_SHOWN = 200

Detail = str | tuple[str, ...] | timedelta


def hints(
    mail: ParsedMail,
    facts: Facts,
    suggested: Sequence[Participant],
    *,
    who: Requester | None = None,
    claims: Sequence[int] = (),
    follows: int | None = None,
    acknowledgement: Draft | str | None = None,
    joined: CandidateTicket | None = None,
    impersonations: Sequence[Impersonation] = (),
    related: Related | None = None,
    shared: Sequence[str] = (),
    prefix: str = "PD",
    little_time: bool = False,
) -> list[Mapping[str, Detail]]:
    """What agents should know besides the text, as codes for the template to word; lists are worded there, too."""
    posing = [pose for pose in impersonations if pose.kind != "names_us"][:1]
    posing += [pose for pose in impersonations if pose.kind == "names_us"][:1]
    found: list[tuple[str, Detail]] = [_posing(pose) for pose in posing]
    found += [("claims_ticket", str(number)) for number in claims]
    if related is not None:
        tag = threads.tag(prefix, related.number)
        found.append((f"join_{related.why}", f"{tag} ({related.requester})" if related.requester else tag))
    if follows is not None:
        found.append(("linked", str(follows)))
    if little_time:
        found.append(("little_time", ""))
    if shared:
        found.append(("shared", tuple(shared)))
    if joined is not None and facts.proof.verdict != "proven":
        found.append(("unproven_join", joined.how))
    if joined is not None and (alike := same_matter.otherwise_spelled(joined, mail.sender.address)):
        found.append(("same_mailbox", alike))
    if joined is not None and joined.how == "repeat":
        found.append(("repeated", ""))
    if who is not None:
        found += requester_hints(who)
    if elsewhere := _answered_elsewhere(mail, who):
        found.append(("reply_to", elsewhere))
    if suggested:
        found.append(("cc_suggested", tuple(one.address for one in suggested)))
    if isinstance(acknowledgement, str) and facts.spam is None:
        found.append(("ack_not_sent", acknowledgement))
    elif isinstance(acknowledgement, Draft) and acknowledgement.held:
        found.append(("ack_held", acknowledgement.held))
    found += _of_the_mail(mail, facts)
    return [{"code": code, "detail": detail} for code, detail in found]


def _answered_elsewhere(mail: ParsedMail, who: Requester | None) -> tuple[str, ...]:
    """The addresses of Reply-To to which an answer does not go."""
    answered = {mail.author.address, who.address if who else None}
    named = [one.address for one in mail.reply_to if one.address]
    return tuple(one for one in named if not {one, one.lower()} & answered)[:_SHOWN]


def _of_the_mail(mail: ParsedMail, facts: Facts) -> list[tuple[str, Detail]]:
    """How a mail came and what it brings, whoever sent it."""
    found: list[tuple[str, Detail]] = []
    if mail.kind != "person":
        found.append(("automatic", mail.kind))
    found += [("border", one.detail[:_NAME_SHOWN]) for one in mail.defects if one.code.startswith("border_")][:_SHOWN]
    if facts.spam is not None:
        found.append(("spam", facts.spam))
    if facts.oversize is not None:
        found.append(("oversize_kept" if facts.kept_whole else "oversize", str(facts.oversize)))
    if any(defect.code == "truncated" for defect in mail.defects):
        found.append(("truncated", ""))
    found += trace.hints(mail)
    found += reading_hints.hints(mail)
    if any(one.dangerous for one in mail.attachments):
        found.append(("dangerous_file", tuple(one.safe_name for one in mail.attachments if one.dangerous)))
    return found


def _posing(pose: Impersonation) -> tuple[str, str]:
    """The worst that a From field pretends to be. Text from the mail is shortened, not interpreted."""
    detail = f"{pose.shown} / {pose.ours}" if pose.ours else pose.shown
    return f"posing_{pose.kind}", detail[:_NAME_SHOWN]
