"""The outbox: a letter is queued once, sent by one worker at a time, and never guessed about (promises b2)."""

from collections.abc import Collection
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlmodel import Session, col

from desk.letters import Letter, LetterKind, Outcome, Outgoing, Refused, Sent, TryLater, Unknown
from models import outbox
from models.outbox_recovery import hasten, settle_unknown
from models.outbox_recovery import rescue as take_back
from models.store import Store
from models.tables import LetterRow, LetterTicketRow
from servers.postgres import Postgres
from servers.values import ANA, BEN, T0, minute
from tests.models import rows

PATIENCE = outbox.Patience()
LEASE = timedelta(minutes=10)


def state(store: Store, letter_id: int) -> LetterRow:
    return rows.get(store, LetterRow, letter_id)


def claimed(store: Store, at: float = 0, *, worker: str = "one", limit: int = 10) -> list[Outgoing]:
    found = store.run(outbox.claim, minute(at), LEASE, worker, limit)
    return [outbox.outgoing(row, b"content") for row in found]


def claim_one(store: Store, at: float = 0, *, worker: str = "one") -> Outgoing:
    (one,) = claimed(store, at, worker=worker)
    return one


def record(store: Store, sent: Outgoing, outcome: Outcome, at: float = 1) -> outbox.Ended | None:
    return store.run(outbox.record, sent, outcome, minute(at), PATIENCE)


# The fence.


def superseded(store: Store) -> Outgoing:
    """What a worker holds whose lease ended, and whose letter another worker has claimed since."""
    rows.add(store, rows.letter())
    old = claim_one(store, worker="old")
    assert store.run(take_back, minute(11), PATIENCE, "new") == []
    assert claim_one(store, 11, worker="new").fence > old.fence
    return old


def test_a_worker_that_lost_its_letter_may_not_send_it(store: Store) -> None:
    old = superseded(store)
    assert not store.run(outbox.commit_dot, old.id, old.fence, minute(12))
    assert state(store, old.id).dot_at is None, "the new worker has not come to the dot"
    assert store.run(outbox.commit_dot, old.id, state(store, old.id).fence, minute(12))
    assert state(store, old.id).dot_at == minute(12)


@pytest.mark.parametrize("outcome", [Sent("250 ok"), TryLater("451"), Refused("550"), Unknown("no answer")], ids=str)
def test_what_a_worker_that_lost_its_letter_reports_changes_nothing(store: Store, outcome: Outcome) -> None:
    old = superseded(store)
    before = state(store, old.id)
    assert record(store, old, outcome, 12) is None
    assert state(store, old.id) == before


def test_a_letter_that_is_given_up_too_late_is_still_the_new_workers(store: Store) -> None:
    old = superseded(store)
    before = state(store, old.id)
    assert record(store, old, TryLater("451"), 6 * 24 * 60) is None
    assert state(store, old.id) == before


def test_a_letter_that_is_not_claimed_has_no_dot(store: Store) -> None:
    rows.add(store, rows.letter())
    one = claim_one(store)
    assert record(store, one, TryLater("451")) is None
    assert not store.run(outbox.commit_dot, one.id, one.fence, minute(2))
    assert state(store, one.id).dot_at is None


# Queueing.

TICKETS = (1001, 1002, 1003)
LETTER = Letter(
    LetterKind.ACKNOWLEDGEMENT, "acknowledgement:inbox:7", ANA, "bounces@example.org", "support", "one@example.org",
    b"content", "The text",
)  # fmt: skip


def post(store: Store, letter: Letter = LETTER, at: float = 0, **about: Any) -> bool:
    given = {"ticket_id": None, "inbox_id": None} | about
    return store.run(outbox.post, letter, "d" * 64, minute(at), **given)


def test_a_letter_is_queued_with_all_that_it_is(store: Store) -> None:
    ticket, mail = rows.add(store, rows.ticket()), rows.add(store, rows.inbox())
    assert post(store, ticket_id=ticket, inbox_id=mail)
    (row,) = rows.every(store, LetterRow)
    assert row == LetterRow(
        id=1, ticket_id=ticket, inbox_id=mail, kind="acknowledgement", key="acknowledgement:inbox:7", recipient=ANA,
        envelope_sender="bounces@example.org", mailbox="support", message_id="one@example.org", digest="d" * 64, size=7,
        text="The text", state="queued", reason="", created_at=T0, due_at=T0, tries=0, repeats=0, fence=0,
        leased_until_at=None, worker="", dot_at=None, sent_at=None, copied_at=None,
    )  # fmt: skip


def test_a_letter_that_must_wait_for_an_operator_is_held_with_its_reason(store: Store) -> None:
    assert post(store, replace(LETTER, held="20 automatic letters"))
    (row,) = rows.every(store, LetterRow)
    assert (row.state, row.reason) == ("held", "20 automatic letters")
    assert claimed(store) == []


def test_what_was_decided_twice_is_one_letter(store: Store) -> None:
    rows.add(store, rows.ticket())
    assert post(store)
    assert not post(store, replace(LETTER, message_id="two@example.org", text="Another text"), 5, about=(1001,))
    (row,) = rows.every(store, LetterRow)
    assert (row.message_id, row.text, row.created_at) == ("one@example.org", "The text", T0)
    assert store.run(about_of) == []


def test_the_same_for_another_is_another_letter(store: Store) -> None:
    assert post(store)
    assert post(store, replace(LETTER, recipient=BEN.address, message_id="two@example.org"))
    assert post(store, replace(LETTER, key="acknowledgement:inbox:8", message_id="three@example.org"))
    assert len(rows.every(store, LetterRow)) == 3


def about_of(session: Session) -> list[tuple[int, int]]:
    query = select(col(LetterTicketRow.letter_id), col(LetterTicketRow.ticket_id))
    return sorted((row[0], row[1]) for row in session.execute(query))


def test_a_letter_about_several_tickets_knows_them_by_number(store: Store) -> None:
    ids = [rows.add(store, rows.ticket(number)) for number in (*TICKETS, 1004)]
    assert post(store, about=(1003, 1001))
    assert store.run(about_of) == [(1, ids[0]), (1, ids[2])]
    assert post(store, replace(LETTER, key="other", message_id="two@example.org"))
    assert len(store.run(about_of)) == 2, "about nothing more than it says"


# Claiming.


def test_a_claim_is_of_one_worker_for_the_time_of_its_lease(store: Store) -> None:
    number = rows.add(store, rows.letter(tries=2, dot_at=minute(-5)))
    one = claim_one(store, 3)
    assert (one.id, one.fence, one.tries, one.first_at) == (number, 1, 2, T0)
    row = state(store, number)
    assert (row.state, row.worker, row.leased_until_at, row.dot_at) == ("claimed", "one", minute(13), None)
    assert claimed(store, 3, worker="two") == []


def test_a_claimed_letter_is_what_was_queued(store: Store) -> None:
    post(store)
    assert claim_one(store) == Outgoing(1, 1, LETTER, 0, T0)


def test_what_is_not_due_waits(store: Store) -> None:
    rows.add(store, rows.letter(due_at=minute(1)))
    assert claimed(store, 0.99) == []
    assert len(claimed(store, 1)) == 1


@pytest.mark.parametrize("other", [one for one in outbox.STATES if one != "queued"])
def test_only_what_is_queued_is_claimed(store: Store, other: str) -> None:
    rows.add(store, rows.letter(state=other))
    assert claimed(store) == []


def test_the_oldest_go_first_and_no_more_than_asked_for(store: Store) -> None:
    for name, due in (("a", 3), ("b", 1), ("c", 2), ("d", 1), ("e", 0)):
        rows.add(store, rows.letter(name, due_at=minute(due)))
    taken = [[one.letter.message_id[0] for one in claimed(store, 5, limit=limit)] for limit in (1, 2, 10, 10)]
    assert taken == [["e"], ["b", "d"], ["c", "a"], []]


def test_two_workers_on_postgresql_do_not_wait_for_each_other(postgres: Postgres, postgresql_template: str) -> None:
    url = postgres.new_database(postgresql_template)
    one, two = Store(url), Store(url)
    try:
        for name in ("a", "b"):
            rows.add(one, rows.letter(name))
        with one.write() as session:
            (first,) = outbox.claim(session, T0, LEASE, "one", 1)
            with two.write() as beside:
                beside.connection().execute(text("SET LOCAL lock_timeout = '5s'"))
                (second,) = outbox.claim(beside, T0, LEASE, "two", 1)
        assert (first.message_id, second.message_id) == ("a@example.org", "b@example.org")
        assert [row.worker for row in rows.every(one, LetterRow)] == ["one", "two"]
    finally:
        one.close()
        two.close()
        postgres.drop_database(url)


# What became of it.

LONG = "x" * 600


def test_a_letter_that_was_taken_is_sent(store: Store) -> None:
    number = rows.add(store, rows.letter(tries=2))
    assert record(store, claim_one(store), Sent(LONG), 4) is None
    row = state(store, number)
    assert (row.state, row.reason, row.sent_at, row.tries) == ("sent", "x" * 500, minute(4), 3)
    assert row.leased_until_at is None
    assert row.fence == 1


@pytest.mark.parametrize("known", ["unknown", "closed_unknown"])
def test_late_evidence_that_it_was_taken_counts(store: Store, known: str) -> None:
    number = rows.add(store, rows.letter())
    one = claim_one(store)
    with store.write() as session:
        session.add(state_of(session, number, state=known, fence=9))
    assert record(store, one, Sent("250 ok"), 4) is None
    row = state(store, number)
    assert (row.state, row.sent_at) == ("sent", minute(4))


@pytest.mark.parametrize("known", ["queued", "claimed", "failed", "bounced", "dropped", "held"])
def test_late_evidence_moves_nothing_else(store: Store, known: str) -> None:
    number = rows.add(store, rows.letter())
    rows.add(store, rows.letter("another", state="unknown"))
    one = claim_one(store)
    with store.write() as session:
        session.add(state_of(session, number, state=known, fence=9))
    record(store, one, Sent("250 ok"), 4)
    assert [row.state for row in rows.every(store, LetterRow)] == [known, "unknown"]


def state_of(session: Session, number: int, **changes: Any) -> LetterRow:
    row = session.get(LetterRow, number)
    assert row is not None
    for name, value in changes.items():
        setattr(row, name, value)
    return row


@pytest.mark.parametrize(("tries", "minutes"), [(0, 1), (1, 2), (2, 4), (5, 32), (6, 60), (7, 60), (5000, 60)])
def test_each_try_waits_twice_as_long_as_the_last_and_an_hour_at_most(store: Store, tries: int, minutes: int) -> None:
    number = rows.add(store, rows.letter(tries=tries))
    one = claim_one(store)
    store.run(outbox.commit_dot, number, one.fence, minute(0.5))
    assert record(store, one, TryLater(LONG), 1) is None
    row = state(store, number)
    assert (row.state, row.reason, row.tries, row.due_at) == ("queued", "x" * 500, tries + 1, minute(1 + minutes))
    assert (row.leased_until_at, row.dot_at) == (None, None)
    assert row.created_at == T0


@pytest.mark.parametrize("why", [{"login": True}, {"outage": True}], ids=str)
def test_a_relay_that_takes_nothing_from_us_is_no_try_of_the_letter(store: Store, why: dict[str, bool]) -> None:
    number = rows.add(store, rows.letter(tries=4))
    assert record(store, claim_one(store), TryLater("535", **why), 1) is None
    row = state(store, number)
    assert (row.state, row.tries, row.due_at) == ("queued", 4, minute(1)), "it leaves when the relay is back"


FIVE_DAYS = 5 * 24 * 60


@pytest.mark.parametrize("login", [False, True])
def test_after_five_days_a_letter_is_given_up(store: Store, login: bool) -> None:
    number = rows.add(store, rows.letter(tries=9, kind="answer"))
    assert record(store, claim_one(store), TryLater("451", login), FIVE_DAYS - 0.01) is None
    later = state(store, number).tries
    ended = record(store, claim_one(store, FIVE_DAYS * 2), TryLater(LONG, login), FIVE_DAYS)
    assert ended is not None
    reason = f"given up after {later} tries: {LONG}"[:500]
    assert (ended.state, ended.reason) == ("failed", reason)
    row = state(store, number)
    assert (row.state, row.reason, row.leased_until_at) == ("failed", reason, None)


def test_a_letter_that_was_refused_has_failed_and_people_are_told_of_it(store: Store) -> None:
    ticket = rows.add(store, rows.ticket())
    number = rows.add(store, rows.letter(kind="answer", ticket_id=ticket))
    ended = record(store, claim_one(store), Refused("550 no such user"))
    assert ended == outbox.Ended(
        number, ticket, LetterKind.ANSWER, "answer:one", ANA, "one@example.org", "Text of one", "failed",
        "550 no such user",
    )  # fmt: skip
    row = state(store, number)
    assert (row.state, row.reason, row.leased_until_at, row.tries) == ("failed", "550 no such user", None, 0)
    assert store.run(outbox.about, number) == ended
    assert store.run(outbox.about, number + 1) is None


def test_a_long_refusal_is_cut(store: Store) -> None:
    rows.add(store, rows.letter())
    ended = record(store, claim_one(store), Refused(LONG))
    assert ended is not None
    assert ended.reason == "x" * 500


def test_a_letter_without_an_answer_is_unknown_and_waits_for_evidence(store: Store) -> None:
    number = rows.add(store, rows.letter(tries=1))
    ended = record(store, claim_one(store), Unknown(LONG), 2)
    assert ended is not None
    assert (ended.id, ended.state, ended.reason) == (number, "unknown", "x" * 500)
    row = state(store, number)
    assert (row.state, row.due_at, row.tries, row.leased_until_at) == ("unknown", minute(17), 2, None)


def test_how_long_to_go_on_with_a_letter_unless_configured() -> None:
    assert outbox.Patience() == outbox.Patience(timedelta(minutes=15), timedelta(minutes=1), timedelta(days=5))


# Workers that died.


def held_by(store: Store, worker: str, *, dot: bool = False, name: str = "one", **changes: Any) -> int:
    """A letter that a worker claimed at T0 for ten minutes."""
    values = {"state": "claimed", "worker": worker, "fence": 3, "leased_until_at": minute(10)} | changes
    return rows.add(store, rows.letter(name, dot_at=minute(1) if dot else None, **values))


def rescue(
    store: Store,
    at: float,
    worker: str = "rescuer",
    held: Collection[int] = (),
    gone: Collection[str] = (),
    **how: bool,
) -> list[outbox.Ended]:
    return store.run(take_back, minute(at), PATIENCE, worker, held, gone, **how)


def test_a_claim_lasts_as_long_as_its_worker_lives_whatever_the_wall_clock_says(store: Store) -> None:
    rows.live(store, "one")
    number = held_by(store, "one")
    before = state(store, number)
    month = 30 * 24 * 60
    assert rescue(store, month) == rescue(store, month, "one", held=[number]) == []
    assert state(store, number) == before


def test_a_letter_of_our_own_that_is_in_nobodys_hands_is_taken_back(store: Store) -> None:
    """Its task has ended by a bug."""
    rows.live(store, "one")
    lost, kept = held_by(store, "one"), held_by(store, "one", name="two")
    assert rescue(store, 3, "one", held=[kept]) == []
    row = state(store, lost)
    assert (row.state, row.due_at, row.leased_until_at, row.fence) == ("queued", minute(3), None, 4)
    assert state(store, kept).state == "claimed"


def test_the_claim_of_a_worker_that_no_longer_lives_is_taken_back(store: Store) -> None:
    rows.live(store, "one")
    rows.live(store, "two")
    number = held_by(store, "one")
    rescue(store, 2, gone=["two"])
    assert state(store, number).state == "claimed"
    rescue(store, 2, gone=["one"])
    assert state(store, number).state == "queued"


def test_the_claim_of_a_worker_that_nobody_knows_is_taken_back(store: Store) -> None:
    number = held_by(store, "nobody")
    rescue(store, 0)
    assert state(store, number).state == "queued"


def test_a_letter_whose_worker_died_after_the_dot_is_unknown(store: Store) -> None:
    number = held_by(store, "one", dot=True)
    held_by(store, "one", name="two")
    (ended,) = rescue(store, 2)
    assert (ended.id, ended.state) == (number, "unknown")
    assert ended.reason == "the worker ended between the final dot and its answer"
    one, two = rows.every(store, LetterRow)
    assert (one.state, one.due_at, one.leased_until_at, one.fence) == ("unknown", minute(17), None, 4)
    assert one.reason == ended.reason
    assert (two.state, two.due_at, two.fence) == ("queued", minute(2), 4)


def test_what_nobody_has_claimed_is_not_taken_back(store: Store) -> None:
    for kind in outbox.STATES:
        if kind != "claimed":
            held_by(store, "dead", name=kind, state=kind)
            held_by(store, "dead", name=f"dot-{kind}", state=kind, dot=True)
    before = rows.every(store, LetterRow)
    assert rescue(store, 60) == rescue(store, 60, all_claims=True) == []
    assert rows.every(store, LetterRow) == before


def test_where_there_is_one_daemon_every_claim_that_it_finds_is_a_dead_ones(store: Store) -> None:
    rows.live(store, "one")
    first, second = held_by(store, "one"), held_by(store, "one", name="two", dot=True)
    assert [ended.id for ended in rescue(store, 1, all_claims=True)] == [second]
    assert [state(store, one).state for one in (first, second)] == ["queued", "unknown"]


# Letters that stayed unknown.


def test_an_automatic_letter_is_never_repeated_and_another_once(store: Store) -> None:
    kinds = [str(kind) for kind in LetterKind]
    for kind in kinds:
        rows.add(store, rows.letter(kind, kind, state="unknown", due_at=minute(15), dot_at=minute(0)))
    closed = store.run(settle_unknown, minute(16))
    assert sorted(ended.kind for ended in closed) == ["acknowledgement", "apology", "too_large"]
    assert {ended.state for ended in closed} == {"closed_unknown"}
    for row in rows.every(store, LetterRow):
        if row.kind in ("acknowledgement", "apology", "too_large"):
            assert (row.state, row.repeats, row.dot_at) == ("closed_unknown", 0, minute(0))
        else:
            assert (row.state, row.repeats, row.dot_at) == ("queued", 1, None)
            assert (row.due_at, row.reason) == (minute(16), "may arrive twice")


def test_what_was_repeated_once_is_closed(store: Store) -> None:
    number = rows.add(store, rows.letter(kind="answer", state="unknown", repeats=1))
    assert [ended.id for ended in store.run(settle_unknown, minute(0))] == [number]
    assert state(store, number).state == "closed_unknown"


def test_evidence_is_waited_for_until_the_last_instant(store: Store) -> None:
    for kind in ("answer", "acknowledgement"):
        rows.add(store, rows.letter(kind, kind, state="unknown", due_at=minute(15)))
    assert store.run(settle_unknown, minute(14.99)) == []
    assert [row.state for row in rows.every(store, LetterRow)] == ["unknown", "unknown"]


@pytest.mark.parametrize("other", [one for one in outbox.STATES if one != "unknown"])
def test_only_unknown_letters_are_settled(store: Store, other: str) -> None:
    for kind in ("answer", "acknowledgement"):
        rows.add(store, rows.letter(kind, kind, state=other))
    assert store.run(settle_unknown, minute(60)) == []
    assert [row.state for row in rows.every(store, LetterRow)] == [other, other]


# Copies for the Sent folder.


def test_a_copy_is_filed_of_customers_letters_alone_in_their_mailbox_and_once(store: Store) -> None:
    for kind in LetterKind:
        rows.add(store, rows.letter(kind, kind, state="sent"))
    rows.add(store, rows.letter("elsewhere", "answer", state="sent", mailbox="billing"))
    for other in outbox.STATES:
        if other != "sent":
            rows.add(store, rows.letter(other, "answer", state=other))
    assert to_copy(store) == ["acknowledgement", "too_large", "apology", "answer"]
    store.run(outbox.copied, 2, minute(7))
    assert rows.every(store, LetterRow)[1].kind == "too_large"
    assert to_copy(store) == ["acknowledgement", "apology", "answer"]
    assert [row.copied_at for row in rows.every(store, LetterRow) if row.copied_at] == [minute(7)]


def to_copy(store: Store) -> list[str]:
    """The kinds of the letters that a copy is wanted of."""
    return [state(store, one.id).kind for one in store.run(outbox.to_copy, "support")]


def test_copies_are_filed_twenty_at_a_time_oldest_first(store: Store) -> None:
    ids = [rows.add(store, rows.letter(f"{number}", state="sent")) for number in range(22)]
    assert [row.id for row in store.run(outbox.to_copy, "support")] == ids[:20]
    assert [row.id for row in store.run(outbox.to_copy, "support", 3)] == ids[:3]


# What an operator asks for.

ALLOWED = {
    "retry": ("failed", "unknown", "closed_unknown", "bounced", "queued"),
    "release": ("held",),
    "drop": ("queued", "held", "failed", "unknown"),
}
ASKED = [(what, one) for what in ALLOWED for one in outbox.STATES]


@pytest.mark.parametrize(("what", "was"), ASKED)
def test_an_operator_may_do_what_makes_sense_and_is_told_why_not(store: Store, what: str, was: str) -> None:
    made = minute(-60)
    number = rows.add(
        store, rows.letter(state=was, created_at=made, due_at=made, tries=4, repeats=1, fence=2, dot_at=made)
    )
    before = state(store, number)
    why = store.run(outbox.order, number, what, T0)
    row = state(store, number)
    if was not in ALLOWED[what]:
        assert why == f"letter {number} is {was}: {what} works on {', '.join(ALLOWED[what])}"
        assert row == before
        return
    assert why is None
    assert row.state == ("dropped" if what == "drop" else "queued")
    # Patience begins anew with a retry alone.
    assert (row.created_at, row.tries) == ((T0, 0) if what == "retry" else (made, 4))
    assert row.repeats == (2 if what == "retry" and was in ("unknown", "closed_unknown") else 1)
    assert (row.due_at, row.dot_at, row.fence, row.reason) == (T0, None, 3, f"{what} by an operator")


def test_a_letter_that_does_not_exist_is_not_ordered_about(store: Store) -> None:
    assert store.run(outbox.order, 7, "retry", T0) == "there is no letter 7"


# For people.


def test_the_states_are_these() -> None:
    assert sorted(outbox.STATES) == [
        "bounced", "claimed", "closed_unknown", "dropped", "failed", "held", "queued", "sent", "unknown",
    ]  # fmt: skip


def test_every_state_is_counted_with_its_oldest(store: Store) -> None:
    assert store.run(outbox.counts) == {}
    for name, one, at in (("a", "sent", 3), ("b", "sent", 1), ("c", "failed", 2)):
        rows.add(store, rows.letter(name, state=one, created_at=minute(at)))
    assert store.run(outbox.counts) == {"sent": (2, minute(1)), "failed": (1, minute(2))}


def test_what_becomes_of_one_letter_is_not_said_of_another(store: Store) -> None:
    """Two letters that one worker holds have the same fence, as each was claimed once."""
    for name in ("a", "b", "c"):
        rows.add(store, rows.letter(name))
    first, second, _ = claimed(store)
    assert first.fence == second.fence
    assert store.run(outbox.commit_dot, first.id, first.fence, minute(1))
    assert [row.dot_at for row in rows.every(store, LetterRow)] == [minute(1), None, None]
    assert record(store, second, Refused("550")) is not None
    assert record(store, first, Sent("250 ok")) is None
    assert [row.state for row in rows.every(store, LetterRow)] == ["sent", "failed", "claimed"]


@pytest.mark.parametrize(
    ("changes", "longest"),
    [({"tries": 0}, 1), ({"tries": 3}, 60), ({"tries": 1, "state": "unknown"}, 15)],
    ids=str,
)
def test_no_letter_waits_for_an_hour_that_a_clock_set_back_has_put_far_away(
    store: Store, changes: dict[str, Any], longest: int
) -> None:
    near = rows.add(store, rows.letter("near", due_at=minute(longest), **changes))
    far = rows.add(store, rows.letter("far", due_at=minute(longest + 1), **changes))
    store.run(hasten, T0, PATIENCE)
    assert (state(store, near).due_at, state(store, far).due_at) == (minute(longest), T0)
