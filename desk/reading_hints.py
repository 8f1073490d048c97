"""What agents should know about a mail that can deceive its reader, or that we could not read."""

from collections.abc import Sequence

from parser.mail import Fact, ParsedMail

_MOST = 5
_SHOWN = 200


def hints(mail: ParsedMail) -> list[tuple[str, str | tuple[str, ...]]]:
    """Codes and details for the template: encrypted parts, two texts, and links that do not lead where they seem to."""
    found: list[tuple[str, str | tuple[str, ...]]] = []
    details: dict[str, list[str]] = {}
    for defect in mail.defects:
        details.setdefault(defect.code, []).append(defect.detail[:_SHOWN])
    if "encrypted" in details:
        found.append(("encrypted", ""))
    if "alternatives" in details:
        found.append(("alternatives", details["alternatives"][0]))
    if "link_mismatch" in details:
        found.append(("link_mismatch", tuple(details["link_mismatch"][:_MOST])))
    hosts = _hosts_behind_names(mail.facts)
    if hosts:
        found.append(("link_user", hosts[:_MOST]))
    return found


def _hosts_behind_names(facts: Sequence[Fact]) -> tuple[str, ...]:
    """Where links such as "https://bank.example@evil.example" lead, each host once."""
    notes = (one.note for one in facts if one.type == "url" and one.note.startswith("leads to "))
    return tuple(dict.fromkeys(note.removeprefix("leads to ").partition(":")[0][:_SHOWN] for note in notes))
