"""Two teams with mailboxes of their own: whose a mail is, and who hears of a mail to both; each once."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, SUPPORT, House, mail
from servers.living import BEN, about, somebody, text_of
from servers.mailbox import Owner
from servers.postgres import Postgres
from servers.sink import Sink

BILLING, DORA, ERIN = "billing@example.org", "dora@example.org", "erin@example.org"
TEAMS = f"""
[[agent]]
address = "{DORA}"
name = "Dora Dunn"
queues = ["billing"]
[[agent]]
address = "{ERIN}"
name = "Erin Eck"
queues = ["billing"]
[[mailbox]]
name = "billing"
addresses = ["{BILLING}"]
queue = "billing"
fixed = true
host = "127.0.0.1"
port = {{port}}
tls = "none"
user = "{{user}}"
password_env = "IMAP_PASSWORD"
authserv_id = "{AUTHSERV}"
since = 2020-01-01T00:00:00Z
poll = "2s"
{{more}}
"""
BOTH = f"{BILLING}, {SUPPORT}"
TEXT = "My invoice is wrong, and besides I cannot log in."


class Teams:
    """A desk of two teams: Ben's, and Dora's with Erin, whose mailbox wins over the classifier."""

    def __init__(self, house: House, sink: Sink, support: str, billing: str) -> None:
        self.house, self.sink, self.support, self.billing = house, sink, support, billing

    def put(self, user: str, content: bytes, folder: str = "INBOX") -> None:
        with Owner(self.house.imap_port, user) as owner:
            owner.put(content, folder)

    def settle(self, mails: int) -> None:
        """Waits until so many mails are done in all, and all that follows has left."""

        def quiet() -> bool:
            status = self.house.status()
            done = status["inbox"].get("done", {}).get("count", 0) if status else 0
            return done >= mails and not {"queued", "claimed"} & status["letters"].keys()

        self.house.wait_for(quiet, 60, f"{mails} mails done")

    def told(self, customer: str) -> dict[str, int]:
        """How often each agent got a mail about this customer."""
        return {agent: sum(customer in text_of(one) for one in self.sink.to(agent)) for agent in (BEN, DORA, ERIN)}

    def tickets(self, customer: str) -> list[dict[str, object]]:
        return [one for one in self.house.json("tickets") if one["requester"] == customer]


@contextmanager
def teams(
    folder: Path, dovecot: Dovecot, *, one_account: bool = False, database: str = "", daemons: int = 1
) -> Iterator[Teams]:
    support = dovecot.fresh_user()
    billing = support if one_account else dovecot.fresh_user()
    more = 'folders = ["Billing"]' if one_account else ""
    extra = TEAMS.format(port=dovecot.port, user=billing, more=more)
    with Sink() as sink, House(folder, dovecot.port, support, sink, extra=extra, database=database) as house:
        if one_account:
            with Owner(dovecot.port, support) as owner:
                owner.do("create", "Billing")
        for _ in range(daemons):
            house.start()
        house.wait_for(lambda: house.log().count('"started"') == daemons, 60, "started")
        yield Teams(house, sink, support, billing)


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory, dovecot: Dovecot) -> Iterator[Teams]:
    with teams(tmp_path_factory.mktemp("departments"), dovecot) as built:
        yield built


def done(desk: Teams) -> int:
    status = desk.house.status()
    return int(status["inbox"].get("done", {}).get("count", 0))


def test_the_queue_of_a_mailbox_wins_over_the_classifier_where_it_is_fixed(desk: Teams) -> None:
    ana, before = somebody(), done(desk)
    desk.put(desk.billing, mail("Help", "My account was hacked and my coins are stolen.", sender=ana, to=BILLING))
    desk.settle(before + 1)
    ((queue, category),) = ((one["queue"], one["category"]) for one in desk.tickets(ana))
    assert (queue, category) == ("billing", "security")
    assert desk.told(ana) == {BEN: 0, DORA: 1, ERIN: 1}


@pytest.mark.parametrize("first", ["billing", "support"])
def test_a_mail_to_two_teams_is_one_ticket_and_both_hear_of_it_once(desk: Teams, first: str) -> None:
    rita, before = somebody(), done(desk)
    content = mail("Invoice and login", TEXT, sender=rita, to=BOTH)
    users = {"billing": desk.billing, "support": desk.support}
    desk.put(users.pop(first), content)
    desk.settle(before + 1)
    assert desk.told(rita) == {BEN: 1, DORA: 1, ERIN: 1}, "before the second copy comes"
    desk.put(users.popitem()[1], content)
    desk.settle(before + 2)
    assert desk.told(rita) == {BEN: 1, DORA: 1, ERIN: 1}
    (ticket,) = desk.tickets(rita)
    assert ticket["queue"] == "billing"
    assert len(desk.sink.to(rita)) == 1
    (told,) = [one for one in desk.sink.to(BEN) if rita in text_of(one)]
    assert "several of our teams: billing and support" in text_of(told)


def test_a_copy_that_no_header_tells_of_is_told_when_it_comes(desk: Teams) -> None:
    rita, before = somebody(), done(desk)
    content = mail("Login", "I cannot log in.", sender=rita)
    desk.put(desk.support, content)
    desk.settle(before + 1)
    assert desk.told(rita) == {BEN: 1, DORA: 0, ERIN: 0}
    desk.put(desk.billing, content)
    desk.settle(before + 2)
    desk.put(desk.billing, content)
    desk.settle(before + 3)
    assert desk.told(rita) == {BEN: 1, DORA: 1, ERIN: 1}
    assert len(desk.tickets(rita)) == len(desk.sink.to(rita)) == 1
    (shared,) = [one for one in desk.sink.to(DORA) if rita in text_of(one)]
    assert "came to your mailbox, too" in text_of(shared)


def test_a_mail_to_one_team_is_told_to_this_team_alone(desk: Teams) -> None:
    ana, before = somebody(), done(desk)
    desk.put(desk.support, mail("Login", "I cannot log in.", sender=ana))
    desk.settle(before + 1)
    assert desk.told(ana) == {BEN: 1, DORA: 0, ERIN: 0}


def test_two_teams_may_share_an_account(tmp_path: Path, dovecot: Dovecot) -> None:
    with teams(tmp_path, dovecot, one_account=True) as desk:
        rita, ben = somebody(), somebody()
        content = mail("Invoice and login", TEXT, sender=rita, to=f"{SUPPORT}, {BILLING}")
        desk.put(desk.support, content)
        desk.put(desk.support, content, "Billing")
        # A filter has put it into the wrong folder: its address says whose it is.
        desk.put(desk.support, mail("Invoice", "It is wrong.", sender=ben, to=BILLING))
        desk.settle(3)
        assert desk.told(rita) == {BEN: 1, DORA: 1, ERIN: 1}
        assert [one["queue"] for one in desk.tickets(ben)] == ["billing"]
        assert desk.told(ben) == {BEN: 0, DORA: 1, ERIN: 1}
        assert len(desk.tickets(rita)) == len(desk.sink.to(rita)) == 1


def test_copies_and_twins_that_two_workers_take_at_once_are_one_ticket(
    tmp_path: Path, dovecot: Dovecot, postgres: Postgres
) -> None:
    count = 12
    with teams(tmp_path, dovecot, database=postgres.new_database(), daemons=2) as desk:
        people = [f"pair{number}@example.net" for number in range(count)]
        for rita in people:
            content = mail("Invoice and login", TEXT, sender=rita, to=BOTH)
            desk.put(desk.support, content)
            desk.put(desk.billing, content)
            # And the same words under another Message-ID.
            desk.put(desk.billing, mail("Invoice and login", TEXT, sender=rita, to=BOTH))
        desk.settle(3 * count)
        assert [len(desk.tickets(rita)) for rita in people] == [1] * count
        assert [len(desk.sink.to(rita)) for rita in people] == [1] * count
        new = [one for agent in (BEN, DORA, ERIN) for one in desk.sink.to(agent) if "New ticket" in text_of(one)]
        assert len(new) == 3 * count
        assert about(new, "") == []
