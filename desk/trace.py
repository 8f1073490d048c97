"""What the way of a mail means for the desk: loops, delays, and the host that an unproven mail came from."""

from datetime import timedelta

from desk.facts import Facts
from parser.mail import ParsedMail

MAX_HOPS = 30
"""Honest mail has fewer: the longest way of 3,168 mails was 14. Exim gives up at 30 as well, Postfix at 50."""
LONG_DELAY = timedelta(hours=1)


def loop(mail: ParsedMail) -> str | None:
    """Why a mail is taken for one that goes in circles (RFC 5321 §6.3); None where it is not.

    It is kept and shown like any other, but gets no automatic letter, which could go round as well.
    """
    return f"it went through {mail.trace.count} servers, as in a loop" if mail.trace.count > MAX_HOPS else None


def hints(mail: ParsedMail) -> list[tuple[str, str | timedelta]]:
    """What agents should know of a mail's way and of how it can be read, as codes and details for the template."""
    found: list[tuple[str, str | timedelta]] = []
    if loop(mail):
        found.append(("loop", str(mail.trace.count)))
    delay = long_delay(mail)
    if delay is not None:
        found.append(("delayed", delay - delay % timedelta(minutes=1)))
    differences = [one.detail for one in mail.defects if one.code == "second_opinion"]
    if differences:
        found.append(("second_opinion", "; ".join(differences)))
    return found


def long_delay(mail: ParsedMail) -> timedelta | None:
    """How long a mail was on its way, by the clocks of the servers; None where that is no more than an hour."""
    delay = mail.trace.delay
    return delay if delay is not None and delay > LONG_DELAY else None


def sending_host(mail: ParsedMail, facts: Facts) -> str:
    """The host that gave us a mail whose sender is not proven, "name [address]"; "" where nothing has to be said."""
    host = mail.trace.sending_host
    return f"{host.name} [{host.address}]" if host is not None and facts.proof.verdict != "proven" else ""


def event_data(mail: ParsedMail, facts: Facts) -> dict[str, str | int]:
    """What is kept of the way of a mail, with the event of its arrival: only what stands out."""
    data: dict[str, str | int] = {}
    host, delay = sending_host(mail, facts), long_delay(mail)
    if host:
        data["sending_host"] = host
    if delay is not None:
        data["delay"] = int(delay.total_seconds())
    if loop(mail):
        data["hops"] = mail.trace.count
    return data
