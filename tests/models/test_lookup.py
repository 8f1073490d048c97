"""What is looked up before a mail is judged: the counts of the caps (promises D08)."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from desk.facts import Counts
from models import lookup
from models.inbox import Claimed
from models.outbox import STATES
from models.store import Store
from models.tables import LetterRow
from parser.mail import Address, ParsedMail
from servers.values import ANA, BEN, CARA, CHRIS, PROVEN, T0, desk, mail
from tests.models import rows

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
MINUTE, TINY = timedelta(minutes=1), timedelta(seconds=1)
AUTOMATIC = ("acknowledgement", "too_large", "apology")
OTHERS = ("notification", "answer", "breach", "refusal", "undelivered", "parked", "alarm", "report")


def sent(store: Store, *ages: timedelta, kind: str = "acknowledgement", to: str = ANA, **changes: Any) -> None:
    """Letters that were written so long before T0."""
    for age in ages:
        name = f"{kind}-{age.total_seconds():.0f}-{to}".partition("@")[0]
        rows.add(store, rows.letter(name, kind, recipient=to, created_at=T0 - age, **changes))


def automatic(store: Store, to: str = ANA, now: datetime = T0) -> Counts:
    return store.run(lookup.automatic_counts, to, now)


def test_the_cap_of_a_sender_looks_back_a_whole_day_and_no_longer(store: Store) -> None:
    sent(store, HOUR * 2, HOUR * 12, DAY - TINY, DAY, DAY + TINY)
    assert automatic(store).sender_day == 3


def test_the_cap_of_the_desk_looks_back_an_hour_and_no_longer(store: Store) -> None:
    sent(store, TINY, HOUR - TINY, HOUR, HOUR + TINY)
    assert automatic(store).hour == 2


def test_the_cap_of_a_sender_is_of_this_sender_and_that_of_the_desk_of_all(store: Store) -> None:
    sent(store, TINY, to=ANA)
    sent(store, TINY, TINY * 2, to=CARA)
    assert automatic(store) == Counts(sender_day=1, hour=3)
    assert automatic(store, "nobody@example.net") == Counts(sender_day=0, hour=3)


@pytest.mark.parametrize("kind", [*AUTOMATIC, *OTHERS])
def test_only_what_no_person_wrote_counts(store: Store, kind: str) -> None:
    sent(store, TINY, kind=kind)
    expected = int(kind in AUTOMATIC)
    assert automatic(store) == Counts(sender_day=expected, hour=expected)


def test_letters_that_were_held_or_dropped_count_as_well(store: Store) -> None:
    """Or a flood would let a new one through whenever an old one is held."""
    states = ("held", "dropped", "failed", "sent")
    for number, state in enumerate(states):
        sent(store, TINY * number, state=state)
    assert automatic(store) == Counts(sender_day=len(states), hour=len(states))


# What is counted before a mail is judged.


def counts(store: Store, one: ParsedMail | None = None) -> Counts:
    """What is known of the caps when a mail of Ana's is judged at T0."""
    claimed = Claimed(99, 1, 1, "support", "", 10, False, T0, T0)
    return store.run(lookup.gather, one or mail(), "f", claimed, T0, (), PROVEN, desk(), T0).counts


def test_before_a_mail_is_judged_the_same_is_counted(store: Store) -> None:
    sent(store, TINY, HOUR - TINY, HOUR, HOUR * 2, DAY - TINY, DAY, DAY + TINY)
    sent(store, TINY * 2, to=CARA)
    assert counts(store) == Counts(sender_day=5, hour=3)
    assert counts(store, mail(address=ANA.upper())).sender_day == 5
    assert counts(store, mail(address=None)) == Counts(sender_day=0, hour=3)


def test_of_nobody_nothing_is_counted(store: Store) -> None:
    """A mail without a readable sender is no sender's."""
    sent(store, TINY, to="")
    assert counts(store, mail(address=None)).sender_day == 0


@pytest.mark.parametrize("kind", [*AUTOMATIC, *OTHERS])
def test_only_what_no_person_wrote_counts_then(store: Store, kind: str) -> None:
    sent(store, TINY, kind=kind)
    expected = int(kind in AUTOMATIC)
    assert counts(store) == Counts(sender_day=expected, hour=expected)


ANSWERS = mail(in_reply_to=("m1@client.example.net",), references=("m0@client.example.net",))


def thread(store: Store, *letters: LetterRow) -> None:
    """A mail in Ana's thread, and what it caused."""
    inbox = rows.add(store, rows.inbox())
    rows.add(store, rows.message(rows.add(store, rows.ticket()), inbox, "m1@client.example.net"))
    for one in letters:
        one.inbox_id = inbox
        rows.add(store, one)


def test_automatic_letters_of_a_thread_are_counted_for_ten_minutes(store: Store) -> None:
    ages = (TINY, MINUTE, MINUTE * 10 - TINY, MINUTE * 10, MINUTE * 11)
    thread(
        store,
        *(rows.letter(f"{age}".replace(":", ""), created_at=T0 - age) for age in ages),
        rows.letter("answer", "answer", created_at=T0),
    )
    rows.add(store, rows.letter("elsewhere", created_at=T0))
    assert counts(store, ANSWERS).thread_ten_minutes == 3
    assert counts(store, replace(ANSWERS, in_reply_to=("m2@client.example.net",))).thread_ten_minutes == 0
    assert counts(store).thread_ten_minutes == 0, "it answers nothing"


def test_refusals_in_an_agents_name_are_counted_for_a_day(store: Store) -> None:
    for number, age in enumerate((TINY, DAY - TINY, DAY, DAY + TINY)):
        rows.add(store, rows.letter(f"{number}", "refusal", key=f"unproven:{number}", recipient=BEN.address,
                                    created_at=T0 - age))  # fmt: skip
    rows.add(store, rows.letter("other", "refusal", key="refusal:1:unproven:", recipient=BEN.address))
    rows.add(store, rows.letter("chris", "refusal", key="unproven:9", recipient=CHRIS.address))
    rows.add(store, rows.letter("ana", "refusal", key="unproven:9", recipient=ANA))
    assert counts(store, mail(address=BEN.address)).refusals_day == 2
    assert counts(store, mail(address=CHRIS.address)).refusals_day == 1
    assert counts(store).refusals_day == 0, "only an agent has a name to forge"


def test_mails_of_somebody_whom_a_proven_form_names_are_counted_as_they_are_kept(store: Store) -> None:
    """The form is proven, and who writes by it is not: else nothing would count for the cap on notifications."""
    ticket = rows.add(store, rows.ticket())
    for name, proof in (("a", "unknown"), ("b", "unknown"), ("c", "proven")):
        read = rows.add(store, rows.inbox(name, state="done", done_at=T0 - TINY))
        rows.add(store, rows.message(ticket, read, name, proof=proof))
    by_form = replace(mail(address="no-reply@forms.example"), reply_to=(Address("Ana", ANA),))
    assert counts(store, by_form).sender_hour == 2
    assert counts(store).sender_hour == 1, "a proven mail of her own counts those that are proven"


# Whether a customer was written to.


def written(store: Store, **changes: Any) -> bool:
    """Whether Ana was written to in her ticket before T0, where one letter of these properties is all there is."""
    ticket = rows.add(store, rows.ticket())
    other = rows.add(store, rows.ticket(1002))
    changes = {"ticket_id": ticket, "created_at": T0 - TINY} | changes
    if changes["ticket_id"] == "other":
        changes["ticket_id"] = other
    rows.add(store, rows.letter("one", **changes))
    return store.run(lookup.written_to, ticket, ANA, T0)


@pytest.mark.parametrize("kind", [*AUTOMATIC, *OTHERS])
def test_a_customer_is_written_to_by_letters_to_customers(store: Store, kind: str) -> None:
    assert written(store, kind=kind) is (kind in (*AUTOMATIC, "answer"))


@pytest.mark.parametrize("state", STATES)
def test_a_letter_that_did_not_go_or_did_not_arrive_is_none(store: Store, state: str) -> None:
    assert written(store, state=state) is (state not in ("held", "dropped", "failed", "bounced"))


@pytest.mark.parametrize("changes", [{"ticket_id": "other"}, {"recipient": CARA}, {"created_at": T0}], ids=str)
def test_a_letter_elsewhere_to_another_or_later_is_none(store: Store, changes: dict[str, Any]) -> None:
    assert not written(store, **changes)
