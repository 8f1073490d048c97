"""Mail that our own border takes for spam: a ticket without promises, no automatic letter, a list to the leads."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlmodel import col

from models.tables import LetterRow, TicketRow
from ops import build
from parser.mail import RawMessage
from pipeline import fetching, incoming, report_mail
from pipeline.context import Context
from pipeline.settings import load
from servers.dovecot import Dovecot
from servers.house import AUTHSERV, House, answer_to, mail
from servers.living import BEN, Living, living, signed, somebody, text_of
from servers.sink import Sink

BORDER = (
    "Received: from out.kite.example (out.kite.example [198.51.100.7]) by mx.example.org;"
    " Fri, 20 Nov 2026 10:00:05 +0000\n"
)
PROVEN = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.net\n"


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Living]:
    with living(tmp_path_factory.mktemp("spam"), dovecot) as built:
        yield built


@pytest.mark.parametrize(
    "mark",
    [
        "X-Spam-Flag: YES\n",
        "X-Spam-Status: Yes, score=9.1 required=5.0\n",
        "X-MS-Exchange-Organization-SCL: 9\n",
        "X-Forefront-Antispam-Report: SFV:SPM;SCL:9;\n",
        "X-Spamd-Result: default: True [15.60 / 15.00]\n",
        "X-SES-Spam-Verdict: FAIL\n",
    ],
)
def test_marked_mail_is_a_ticket_without_promises_and_automatic_letters(desk: Living, mark: str) -> None:
    ana = somebody()
    desk.take(signed(PROVEN + mark + BORDER, mail("Best shoes", "Buy 1000 shoes.", sender=ana, proof=None)))
    (ticket,) = desk.tickets(ana)
    assert desk.sink.to(ana) == []
    assert not ticket["clock"]
    assert "marked_spam" in desk.events(ticket)
    told = [one for one in desk.sink.to(BEN) if ana in text_of(one)]
    assert f"Our mail server marks the email as spam ({mark.strip()})" in text_of(told[-1])
    assert "got no acknowledgement" not in text_of(told[-1])


def test_a_verdict_of_another_house_changes_nothing(desk: Living) -> None:
    ana = somebody()
    desk.take(signed(PROVEN + BORDER + "X-Spam-Flag: YES\n", mail("My card", sender=ana, proof=None)))
    (ticket,) = desk.tickets(ana)
    assert len(desk.sink.to(ana)) == 1
    assert ticket["clock"]
    assert "marked_spam" not in desk.events(ticket)


MORNING = datetime(2026, 11, 20, 7, 0, tzinfo=UTC)


class Clock:
    """Stands still until it is moved."""

    def __init__(self) -> None:
        self.at = MORNING - timedelta(hours=3)

    def __call__(self) -> datetime:
        return self.at


@contextmanager
def opened(folder: Path, clock: Clock, desk: str) -> Iterator[Context]:
    house = House(folder, 1, "nobody", Sink(), run={"readers": 1}, desk=desk)
    with build.open_context(load(house.config)) as context:
        context.now = clock
        yield context


def receive(context: Context, *contents: bytes) -> None:
    now = context.now()
    for content in contents:
        raw = RawMessage("support", "INBOX", 1, f"{now.timestamp()}-{hash(content)}", content, len(content), now)
        fetching.keep(context, [raw])
    while incoming.process_message(context):
        pass


def letters(context: Context, kind: str) -> list[EmailMessage]:
    query = select(LetterRow).where(col(LetterRow.kind) == kind).order_by(col(LetterRow.id))
    rows = context.store.run(lambda session: list(session.execute(query).scalars()))
    return [message_from_bytes(context.vault.get(row.digest), policy=policy.default) for row in rows]


def marked(number: int) -> bytes:
    mark = PROVEN + "X-Spam-Flag: YES\n"
    return signed(mark, mail(f"Best shoes {number}", sender=f"shoes{number}@example.net", proof=None))


def plain(letter: EmailMessage) -> str:
    body = letter.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def test_the_leads_get_a_list_each_morning_and_can_hand_a_ticket_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    clock = Clock()
    with opened(tmp_path, clock, 'spam_queue = "junk"') as context:
        report_mail.mail(context)
        receive(context, *(marked(number) for number in range(60)))
        assert letters(context, "notification") == [], "nobody has the queue, so nobody hears of each"
        clock.at = MORNING - timedelta(seconds=1)
        report_mail.mail(context)
        assert letters(context, "spam_list") == []
        clock.at = MORNING
        for _ in range(3):
            report_mail.mail(context)
        (listed,) = letters(context, "spam_list")
        assert str(listed["Subject"]) == "60 emails marked as spam"
        assert plain(listed).count("X-Spam-Flag: YES") == 50
        assert "And 10 more" in plain(listed)

        query = select(TicketRow).where(col(TicketRow.requester) == "shoes7@example.net")
        first = context.store.run(lambda session: session.execute(query).scalar_one().number)
        assert f"-{first}-" in plain(listed)
        tag = next(word for word in plain(listed).split() if f"-{first}-" in word)
        receive(context, answer_to(listed, f"{tag}\n/queue support", sender=BEN, name="Ben"))
        moved = context.store.run(lambda session: session.execute(query).scalar_one().queue)
        assert moved == "support"

        clock.at = MORNING + timedelta(days=1)
        report_mail.mail(context)
        assert len(letters(context, "spam_list")) == 1, "nothing new, no letter"
        receive(context, marked(100))
        clock.at = MORNING + timedelta(days=2, hours=9)
        report_mail.mail(context)
        assert str(letters(context, "spam_list")[-1]["Subject"]) == "1 email marked as spam"


def test_a_queue_with_agents_hears_of_each(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("IMAP_PASSWORD", "secret")
    with opened(tmp_path, Clock(), 'spam_queue = "support"') as context:
        receive(context, marked(1))
        (told,) = letters(context, "notification")
        assert "Our mail server marks the email as spam (X-Spam-Flag: YES)" in plain(told)
