"""Which policy holds, for whom, and from when on: by examples, laws and an oracle that compares two at a time."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk import outcomes
from desk.calendar.business_hours import Calendar, Window, always_open
from desk.calendar.duration import WorkingDays
from desk.intake.decide import change
from desk.policy_check import doubts, problems
from desk.routing import route
from desk.sla import clock as sla
from desk.sla.explain import explain
from desk.sla.policy import DeskPolicy, EscalationRule, Policy, Targets
from desk.sla.terms import CRITERIA, PolicyCriteria, SlaPolicies, fits
from desk.ticket import PRIORITIES, Event, EventKind, NewTicket, Status, Ticket
from desk.tiers import Tiers
from servers.values import (
    ANA,
    BEN,
    FAILED,
    PROVEN,
    T0,
    UNKNOWN,
    desk,
    event,
    facts,
    mail,
    minute,
    opening,
    ticket,
)

WHO = PolicyCriteria("vip", "kyc", "support", "P3", "en")
OFFICE = Calendar("office", "Europe/Berlin", lambda day: (Window(9 * 3600, 17 * 3600),) if day.weekday() < 5 else ())
SHORT = Calendar("office", "Europe/Berlin", lambda _: (Window(0, 60),))
CALENDARS = {"24/7": always_open(), "office": OFFICE}
HOUR = timedelta(hours=1)


def policies(*policies: Policy, **desk_policy: object) -> SlaPolicies:
    return SlaPolicies(DeskPolicy.model_validate(desk_policy), policies, CALENDARS)


def policy(name: str, **values: object) -> Policy:
    return Policy.model_validate({"name": name, **values})


# How values are written.


def test_one_value_may_stand_for_a_list_of_one() -> None:
    criteria = dict.fromkeys(CRITERIA, "P1")
    one = policy("one", pauses="snoozed", step=[{"at": "due", "tell": "lead", "metrics": "update"}], **criteria)
    assert all(getattr(one, name) == ("P1",) for name in CRITERIA)
    assert one.pauses == ("snoozed",)
    assert one.step == (EscalationRule(at="due", tell=("lead",), metrics=("update",)),)
    own = DeskPolicy.model_validate({"pauses": "third_party", "apologise": "next_reply", "domains": "Example.ORG"})
    assert (own.pauses, own.apologise, own.domains) == (("third_party",), ("next_reply",), ("example.org",))


def test_none_is_no_promise_in_a_policy_and_in_those_of_the_desk_alike() -> None:
    sla_ = {"P3": {"first_reply": "none", "resolve": "8h"}}
    terms = policies(sla=sla_).terms(WHO)
    assert (terms.target("first_reply"), terms.target("resolution")) == (None, 8 * HOUR)
    vip = policy("vip", tier="vip", resolve="none")
    assert policies(vip, sla=sla_).terms(WHO).targets == Targets()


@pytest.mark.parametrize("at", ["60m before", "1h after", "75%", "due"])
def test_a_step_has_one_moment_however_it_is_spelled(at: str) -> None:
    spellings = {"60m before": "1h before", "1h after": "30m30m after"}
    assert EscalationRule(at=at).moment == EscalationRule(at=spellings.get(at, at)).moment
    assert (
        len({EscalationRule(at=one).moment for one in ("60m before", "1h after", "75%", "74%", "due", "2h after")}) == 6
    )


# Which policy holds.

VALUES = {
    "tier": ("", "vip", "partner"),
    "category": ("kyc", "unclassified"),
    "queue": ("support", "funds"),
    "priority": PRIORITIES,
    "language": ("en", "zh-Hans"),
}
criteria = st.builds(PolicyCriteria, **{name: st.sampled_from(values) for name, values in VALUES.items()})


@st.composite
def some_policies(draw: st.DrawFn) -> tuple[Policy, ...]:
    one = st.fixed_dictionaries(
        {name: st.lists(st.sampled_from([v for v in values if v]), max_size=2) for name, values in VALUES.items()}
    )
    return tuple(policy(str(number), **found) for number, found in enumerate(draw(st.lists(one, max_size=8))))


def beats(one: Policy, other: Policy) -> bool:
    """Whether `one`, which stands above `other`, is at least as specific: the words of the manual, and nothing else."""
    mine, theirs = ([bool(getattr(it, name)) for name in CRITERIA] for it in (one, other))
    if sum(mine) != sum(theirs):
        return sum(mine) > sum(theirs)
    for has, has_not in zip(mine, theirs, strict=True):
        if has != has_not:
            return has
    return True


@given(some_policies(), criteria)
def test_the_policy_that_holds_fits_and_loses_to_no_other_that_fits(
    written: tuple[Policy, ...], who: PolicyCriteria
) -> None:
    found = [one for one in written if fits(one, who)]
    best: Policy | None = None
    for one in found:
        best = one if best is None or not beats(best, one) else best
    terms = policies(*written).terms(who)
    assert terms.policy == (best.name if best else who.priority)


@given(some_policies(), criteria)
def test_a_policy_fits_by_all_that_it_names(written: tuple[Policy, ...], who: PolicyCriteria) -> None:
    for one in written:
        named = [name for name in CRITERIA if getattr(one, name)]
        assert fits(one, who) == all(getattr(who, name) in getattr(one, name) for name in named)


@given(some_policies(), criteria)
def test_each_policy_is_told_why_it_holds_or_not(written: tuple[Policy, ...], who: PolicyCriteria) -> None:
    found = explain(ticket(tier=who.tier, category=who.category, queue=who.queue, priority=who.priority,
                           language=who.language), opening(), policies(*written), T0)  # fmt: skip
    assert {one.policy for one in found.choices} == {one.name for one in written}
    assert [one.policy for one in found.choices if one.holds] == [found.terms.policy] * any(
        one.fits for one in found.choices
    )
    assert all(one.why for one in found.choices)


def test_more_criteria_win_whatever_they_are() -> None:
    few, many = policy("few", tier="vip", category="kyc"), policy("many", queue="support", priority="P3", language="en")
    for order in permutations((few, many)):
        assert policies(*order).terms(WHO).policy == "many"


def test_of_as_many_the_weightier_ones_win_and_then_the_first() -> None:
    singles = [policy(name, **{name: getattr(WHO, name)}) for name in CRITERIA]
    for order in permutations(singles):
        left = list(order)
        for name in ("tier", "category", "queue", "priority", "language"):
            assert policies(*left).terms(WHO).policy == name
            left = [one for one in left if one.name != name]
    one, two = policy("one", queue=["support", "funds"]), policy("two", queue=["support", "kyc"])
    assert policies(one, two).terms(WHO).policy == "one"
    assert policies(two, one).terms(WHO).policy == "two"


def test_what_a_policy_leaves_out_is_the_desks_and_none_is_no_promise() -> None:
    own = policy("own", first_reply="5wd", resolve="none", calendar="office", pauses=[])
    terms = policies(own, step=[{"at": "due"}]).terms(WHO)
    assert terms.targets == Targets(first_reply=WorkingDays(5), next_reply=8 * HOUR, resolve=None)  # type: ignore[arg-type]
    assert (terms.calendar, terms.pauses, terms.steps) == (OFFICE, (), (EscalationRule(at="due"),))
    plain = policies(step=[{"at": "due"}]).terms(WHO)
    assert (plain.policy, plain.calendar.name, plain.pauses) == ("P3", "24/7", ("waiting",))


def test_why_a_policy_lost() -> None:
    written = (
        policy("first", tier="vip", queue="support"),
        policy("second", tier="vip", queue=["support", "funds"]),
        policy("lighter", queue="support", language="en"),
        policy("fewer", tier="vip"),
        policy("elsewhere", queue=["funds", "kyc"]),
    )
    why = {one.policy: one.why for one in explain(ticket(tier="vip"), opening(), policies(*written), T0).choices}
    assert why == {
        "first": "tier is vip, queue is support",
        "second": "fits too, but stands below first in config.toml",
        "lighter": "fits too, but first names the tier, which weighs more than queue and language",
        "fewer": "fits too, but names fewer criteria: 1, not 2",
        "elsewhere": "queue is support, not funds or kyc",
    }


def test_the_terms_say_which_table_they_are_from() -> None:
    own = policy("own", first_reply="1h", calendar="office")
    found = {one.name: (one.value, one.table) for one in explain(ticket(), opening(), policies(own), T0).sources}
    assert found["first_reply"] == ("1h", '[[policy]] "own"')
    assert found["next_reply"] == ("8h", "[desk.sla.P3]")
    assert found["update"] == ("not promised", "[desk.sla.P3]")
    assert found["calendar"] == ("office", '[[policy]] "own"')
    assert found["pauses"] == ("waiting", "[desk]")
    assert found["steps"] == ("75%: tell the assignee", "[desk]")


# What the tables cannot tell alone.


def test_policies_that_name_what_there_is_are_right() -> None:
    good = policy("good", tier="vip", category=["kyc", "unclassified"], queue="funds", priority="P1", language="en")
    right = replace(desk(), policies=(good, policy("all", step=[{"at": "due", "assign": " Ben@Example.org "}])))
    assert list(problems(right, {"en"})) == []


def test_steps_at_one_moment_for_different_promises_are_right() -> None:
    steps = [{"at": "75%", "metrics": ["resolution"]}, {"at": "75%", "metrics": ["update"]}]
    assert list(problems(desk(step=steps), ())) == []


def test_tiers_that_nobody_has_or_names_are_doubtful() -> None:
    tiers = Tiers({"ana@example.net": "vip", "@example.com": "partner"})
    written = (policy("vip", tier="vip"), policy("slip", tier=["vpi", "vip"]))
    assert list(doubts(replace(desk(), tiers=tiers, policies=written))) == [
        "policy slip: no customer has the tier 'vpi'; there are partner, vip",
        "no policy names the tier 'partner': its customers are promised what all are",
    ]
    assert list(doubts(replace(desk(), policies=written[:1]))) == [
        "policy vip: no customer has the tier 'vip'; there are none at all"
    ]
    assert list(doubts(desk())) == []


# Tiers.


def test_an_address_has_a_tier_of_its_own_or_its_domains() -> None:
    tiers = Tiers.read(["# ours\n", "Address, Tier\n", "\n", "Ana@Example.net,vip\n", "@example.net,partner\n"])
    asked = ("ana@example.net", "ANA@EXAMPLE.NET", "bo@example.net", "bo@sub.example.net", "", "example.net")
    assert [tiers.of(one) for one in asked] == ["vip", "vip", "partner", "", "", ""]
    assert tiers.names == {"vip", "partner"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["ana@example.net,vip"], "1: the first line must read address,tier"),
        (["address,tier", "ana@example.net"], "2: has 1 columns; write address,tier"),
        (["# c", "address,tier", "ana,vip"], "3: 'ana' is neither an address nor a domain such as @example.org"),
        (["address,tier", "ana@example.net,"], "2: '' is not a name for a tier"),
        (["address,tier", "a@b.c,vip", "A@b.c,gold"], "3: 'a@b.c' is vip on another line"),
        (["address,tier", '"a@b.c,vip'], "2: is not CSV: "),
    ],
)
def test_a_wrong_line_is_named(lines: list[str], said: str) -> None:
    with pytest.raises(ValueError) as wrong:
        Tiers.read(lines)
    assert str(wrong.value).startswith(said)


@pytest.mark.parametrize(("proof", "tier"), [(PROVEN, "vip"), (UNKNOWN, ""), (FAILED, "")])
def test_only_a_proven_sender_has_the_tier_of_his_address(proof: object, tier: str) -> None:
    with_tiers = replace(desk(), tiers=Tiers({ANA: "vip"}), policies=(policy("vip", tier="vip", first_reply="1h"),))
    given = facts(proof=proof)
    opened = change(route(mail(), given, with_tiers), mail(), given, with_tiers, T0)
    assert opened.ticket is not None
    assert opened.ticket.tier == tier
    created = opened.events[0]
    assert created.data["tier"] == tier
    assert any(str(one).startswith("no tier vip") for one in created.data["evidence"]) == (not tier)
    assert opened.ticket.deadlines.first_reply_due_at == T0 + (HOUR if tier else 4 * HOUR)


# Terms that change.

METRICS = ("first_reply", "next_reply", "resolve", "update")
some_targets = st.fixed_dictionaries({
    name: st.sampled_from(["none", "20m", "1h", "3h", "1d", "1wd", "2wd"]) for name in METRICS
})  # fmt: skip


@st.composite
def services(draw: st.DrawFn) -> SlaPolicies:
    own = policy(
        "own",
        calendar=draw(st.sampled_from(sorted(CALENDARS))),
        pauses=draw(st.sampled_from([[], ["waiting"], ["waiting", "third_party"]])),
        step=[{"at": at} for at in draw(st.sampled_from([["75%"], [], ["50%", "due", "1h after"]]))],
        **draw(some_targets),
    )
    return policies(own)


WHAT = ("ask", "answer", "wait", "open", "solve", "third", "P1", "fail")


@st.composite
def lives(draw: st.DrawFn) -> list[Event]:
    """What may happen to a ticket within some days, by minutes."""
    events, at, status, answers = list(opening()), 0, "new", 0
    for gap, what in draw(st.lists(st.tuples(st.integers(1, 700), st.sampled_from(WHAT)), max_size=10)):
        at += gap
        goes = {"ask": "open", "answer": "waiting", "wait": "waiting", "solve": "solved", "third": "third_party"}
        to = goes.get(what, "open" if what in ("open", "fail") else status)
        data = {}
        if what == "answer":
            answers += 1
            data = {"answer": f"inbox:{answers}"}
            events.append(event(EventKind.AGENT_ANSWER, at, BEN.address, **data))
        elif what == "ask":
            events.append(event(EventKind.CUSTOMER_MESSAGE, at))
        elif what == "P1":
            events.append(event(EventKind.PRIORITY, at, BEN.address, **{"from": "P3", "to": "P1"}))
        elif what == "fail" and answers:
            events.append(event(EventKind.LETTER_FAILED, at, "postdesk", to=ANA, answer=f"inbox:{answers}"))
        if to != status:
            events.append(event(EventKind.STATUS, at, BEN.address, **{"from": status, "to": to, **data}))
            status = to
    return events


def live(
    life: Sequence[Event], until: float, held: SlaPolicies, begun: tuple[Ticket, tuple[Event, ...]] | None = None
) -> tuple[Ticket, tuple[Event, ...]]:
    """A ticket as the daemon keeps it, looking at each event and at each waking until then."""
    at, history = begun or (ticket(status=Status.NEW), ())
    taken = {id(one) for one in history}
    while True:
        new = next((one for one in life if id(one) not in taken and one.at <= minute(until)), None)
        now = min([one for one in (new.at if new else None, at.wake_at) if one is not None], default=None)
        if now is None or now > minute(until):
            return at, history
        news = (new,) if new is not None and new.at == now else ()
        if news and news[0].kind is EventKind.STATUS:
            at = replace(at, status=Status(news[0].data["to"]))
        at, happened = sla.recalculate(at, history, news, held, max(now, *(one.at for one in history), T0))
        history = (*history, *news, *happened)
        taken |= {id(one) for one in news}


def breaches(history: Sequence[Event]) -> dict[str | None, object]:
    return {one.key: (one.at, dict(one.data)) for one in history if one.kind is EventKind.BREACH}


@given(lives(), services(), services(), st.integers(0, 6000), st.integers(0, 6000))
def test_a_change_of_terms_rewrites_no_breach_and_makes_none_before_it(
    life: list[Event], before: SlaPolicies, after: SlaPolicies, at: int, more: int
) -> None:
    """I18 and I15: what is recorded stays, and what new terms break is broken when they come at the earliest."""
    one, history = live(life, at, before)
    old = breaches(history)
    new_desk = replace(desk(), policy=after.desk, policies=after.policies, calendars=CALENDARS, since=minute(at))
    changed = outcomes.recalculated(one, history, new_desk, minute(at))
    assert isinstance(changed.ticket, Ticket)
    assert {event.kind for event in changed.events} <= {EventKind.SLA_RECALCULATED}, "all that was due is recorded"
    once_more, history = live(life, at + more, new_desk.sla_policies, (changed.ticket, (*history, *changed.events)))
    found = breaches(history)
    assert {key: found[key] for key in old} == old
    assert all(when >= minute(at) for key, (when, _) in found.items() if key not in old)  # type: ignore[misc]
    # I13, under the new terms.
    assert sla.replay_history(once_more, history, new_desk.sla_policies) == once_more


@given(lives(), services(), services(), st.integers(0, 6000))
def test_what_was_settled_before_a_change_is_not_judged_again(
    life: list[Event], before: SlaPolicies, after: SlaPolicies, at: int
) -> None:
    one, history = live(life, at, before)
    settled = {it.name for it in sla.promises(one, history, before) if not it.open}
    new = replace(after, since=minute(at))
    replayed = sla.replay_history(one, history, new)
    _, found = live((), at + 10_000, new, (replayed, history))
    assert not {f"breach:{name}" for name in settled} & (set(breaches(found)) - set(breaches(history)))


@given(lives(), services(), st.integers(0, 6000))
def test_terms_that_did_not_change_move_nothing(life: list[Event], held: SlaPolicies, at: int) -> None:
    one, history = live(life, at, held)
    same = replace(desk(), policy=held.desk, policies=held.policies, calendars=CALENDARS, since=minute(at))
    assert outcomes.recalculated(one, history, same, minute(at)).events == ()


def test_what_the_earlier_terms_broke_while_nobody_looked_is_broken_when_they_said() -> None:
    """The daemon was away, and came back with other terms: its row still knows the deadline."""
    held = policies(policy("own", first_reply="1h", resolve="none"))
    one, _ = sla.recalculate(ticket(), (), opening(), held, T0)
    easier = replace(desk(), policies=(policy("own", first_reply="none", resolve="none"),), since=minute(300))
    changed = outcomes.recalculated(one, opening(), easier, minute(300))
    assert [(it.kind, it.at, it.key) for it in changed.events] == [
        (EventKind.BREACH, minute(60), "breach:first_reply:1"),
        (EventKind.SLA_RECALCULATED, minute(300), None),
    ]
    moved = changed.events[1].data
    assert moved == {
        "from": {"first_reply_due_at": minute(60).isoformat()},
        "to": {"first_reply_due_at": None},
    }


def test_terms_that_nobody_watched_broke_nothing_before_they_came() -> None:
    """Strict ones came and the process ended; the next start brings others."""
    lax = policies(policy("own", first_reply="1d", resolve="none"))
    one, _ = sla.recalculate(ticket(), (), opening(), lax, T0)
    strict = replace(desk(), policies=(policy("own", first_reply="1h", resolve="none"),), since=minute(200))
    first = outcomes.recalculated(one, opening(), strict, minute(200))
    assert isinstance(first.ticket, Ticket)
    last = replace(strict, policies=(policy("own", first_reply="2d", resolve="none"),), since=minute(300))
    changed = outcomes.recalculated(first.ticket, (*opening(), *first.events), last, minute(300))
    assert [(it.kind, it.at) for it in changed.events] == [
        (EventKind.BREACH, minute(200)),
        (EventKind.SLA_RECALCULATED, minute(300)),
    ]
    assert changed.events[0].data["due_at"] == minute(60).isoformat()


def test_stricter_terms_break_a_promise_when_they_come_and_not_before() -> None:
    """Also one that stands still, and none that was answered by then though its mail is read only now."""
    lax, strict = policy("own", resolve="2d"), policy("own", resolve="1h", first_reply="1h")
    life = [*opening(), event(EventKind.STATUS, 120, BEN.address, **{"from": "new", "to": "waiting"})]
    one, history = live(life, 200, policies(lax))
    changed = replace(policies(strict), since=minute(200))
    answer = event(EventKind.AGENT_ANSWER, 190, BEN.address, answer="inbox:2")
    _, found = sla.recalculate(one, history, (answer,), changed, minute(201))
    assert [(it.key, it.at) for it in found if it.kind is EventKind.BREACH] == [("breach:resolution:1", minute(200))]


@pytest.mark.parametrize(
    "other",
    [
        policies(policy("own", first_reply="2h")),
        policies(policy("other", first_reply="1h")),
        policies(policy("own", first_reply="1h"), step=[]),
        policies(policy("own", first_reply="1h"), pauses=[]),
        policies(policy("own", first_reply="1h"), reopen_within="1d"),
        replace(policies(policy("own", first_reply="1h")), calendars={**CALENDARS, "24/7": SHORT}),
        policies(policy("own", first_reply="1h", calendar="office")),
    ],
)
def test_the_digest_tells_terms_apart(other: SlaPolicies) -> None:
    one = policies(policy("own", first_reply="1h"))
    assert one.digest(2026, 2027) == policies(policy("own", first_reply="1h")).digest(2026, 2027)
    assert one.digest(2026, 2027) != other.digest(2026, 2027)


def test_the_digest_sees_a_holiday_that_no_file_names() -> None:
    def closed(day: object) -> tuple[Window, ...]:
        return () if str(day) == "2026-12-24" else OFFICE.windows(day)  # type: ignore[arg-type]

    one = policies(calendar="office")
    other = replace(one, calendars={"24/7": always_open(), "office": Calendar("office", "Europe/Berlin", closed)})
    assert one.digest(2027, 2028) == other.digest(2027, 2028)
    assert one.digest(2026, 2027) != other.digest(2026, 2027)


def test_a_calendar_that_nobody_names_is_not_even_looked_up() -> None:
    def unknown(_: object) -> tuple[Window, ...]:
        raise ValueError("there is no such country")

    unused = {**CALENDARS, "unused": Calendar("unused", "UTC", unknown)}
    assert replace(policies(), calendars=unused).digest(2026, 2027) == policies().digest(2026, 2027)


def test_a_new_ticket_goes_by_the_policy_that_fits_it() -> None:
    new = NewTicket(
        subject="", requester=ANA, requester_name="", mailbox="support", queue="support", category="kyc",
        priority="P3", language="en", status=Status.NEW, opened_at=T0, tier="vip",
    )  # fmt: skip
    after, _ = sla.recalculate(new, (), opening(), policies(policy("vip", tier="vip", first_reply="20m")), T0)
    assert after.deadlines.first_reply_due_at == minute(20)
