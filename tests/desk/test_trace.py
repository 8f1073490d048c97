"""The way of a mail: loops get no automatic letter, and agents hear of what stands out."""

from dataclasses import replace
from datetime import timedelta

from desk.letters import LetterKind
from desk.ticket import EventKind
from parser.mail import Host, Trace
from servers.values import UNKNOWN, facts, mail
from tests.desk.judging import changed, codes, letters


def test_the_way_of_a_mail_is_kept_where_it_stands_out() -> None:
    way = Trace(count=31, delay=timedelta(hours=2), sending_host=Host("m.example.net", "198.51.100.7"))
    change = changed(mail(trace=way), facts(proof=UNKNOWN))
    (arrival,) = [event for event in change.events if event.kind is EventKind.CUSTOMER_MESSAGE]
    assert arrival.data == {
        "proof": "unknown",
        "silent": "it went through 31 servers, as in a loop",
        "sending_host": "m.example.net [198.51.100.7]",
        "delay": 7200,
        "hops": 31,
    }
    assert {"loop", "delayed", "ack_not_sent"} <= codes(change)
    assert [kind for kind, _ in letters(change)] == [LetterKind.NOTIFICATION]
    plain = changed(mail(trace=replace(way, count=3, delay=timedelta(minutes=2))), facts())
    (arrival,) = [event for event in plain.events if event.kind is EventKind.CUSTOMER_MESSAGE]
    assert arrival.data == {"proof": "proven"}
