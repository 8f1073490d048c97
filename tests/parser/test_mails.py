"""Each mail in tests/mails reads as the file of expected fields beside it says; a found bug becomes a new pair."""

import tomllib
from pathlib import Path

import pytest

from parser.mail import ParsedMail
from parser.read import read

MAILS = Path(__file__).parent.parent / "mails"
NAMES = sorted(path.stem for path in MAILS.glob("*.toml"))


def fields(mail: ParsedMail) -> dict[str, object]:
    """What a .toml may name, under the names it uses."""
    report = mail.report
    return {
        "subject": mail.subject,
        "from_name": mail.author.name,
        "from_address": mail.author.address,
        "sender": mail.sender.verdict,
        "sender_evidence": list(mail.sender.evidence),
        "date": mail.date,
        "in_reply_to": list(mail.in_reply_to),
        "references": list(mail.references),
        "kind": mail.kind,
        "kind_evidence": list(mail.kind_evidence),
        "auto_submitted": mail.auto_submitted,
        "suppress": list(mail.suppress),
        "html_text": mail.html_text,
        "reply": mail.new_text,
        "language": mail.language.code,
        "names": [one.name for one in mail.attachments],
        "attachments": [one.safe_name for one in mail.attachments],
        "inline": [one.safe_name for one in mail.attachments if one.inline],
        "dangerous": [one.safe_name for one in mail.attachments if one.dangerous],
        "report_message_id": report and report.message_id,
        "report": [[one.address, one.action, one.status] for one in report.recipients] if report else None,
        "defects": list(dict.fromkeys(one.code for one in mail.defects if one.code != "header")),
    }


@pytest.mark.parametrize("name", NAMES)
def test_a_mail_reads_as_its_file_of_expected_fields_says(name: str) -> None:
    expected = tomllib.loads((MAILS / f"{name}.toml").read_text(encoding="utf-8"))
    mail = read((MAILS / f"{name}.eml").read_bytes())
    found = fields(mail)
    for key, value in expected.items():
        field, _, how = key.rpartition("_")
        # The files speak as `read --json` does.
        field = "new_text" if field == "reply" else field
        if how == "contains":
            assert [part for part in value if part not in getattr(mail, field)] == [], key
        elif how == "absent":
            assert [part for part in value if part in getattr(mail, field)] == [], key
        else:
            assert found[key] == value, key


def test_every_mail_has_its_expectation() -> None:
    assert sorted(path.stem for path in MAILS.glob("*.eml")) == NAMES
    assert len(NAMES) >= 25
