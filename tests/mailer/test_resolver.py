"""Keys are asked for in bounded time, remembered as long as they say, and never in the way of a mail."""

import time

import pytest

from mailer import resolver
from mailer.resolver import Resolver, place
from servers.names import Names
from servers.pace import patience

ONE = "mail._domainkey.example.org"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("127.0.0.1", ("127.0.0.1", 53)),
        ("127.0.0.1:5353", ("127.0.0.1", 5353)),
        ("::1", ("::1", 53)),
        ("[::1]", ("::1", 53)),
        ("[::1]:5353", ("::1", 5353)),
    ],
)
def test_a_place_is_an_address_and_a_port(written: str, meant: tuple[str, int]) -> None:
    assert place(written) == meant


@pytest.mark.parametrize("written", ["", "dns.example.org", "127.0.0.1:", "127.0.0.1:99999", "127.0.0.1:x"])
def test_a_name_is_no_place(written: str) -> None:
    with pytest.raises(ValueError):
        place(written)


def test_the_strings_of_a_record_are_joined_and_remembered() -> None:
    with Names({ONE: ['"v=DKIM1; p=" "abc"']}) as names:
        asker = Resolver(names.place)
        assert asker.answers([ONE]) == asker.answers([ONE]) == {ONE: "v=DKIM1; p=abc"}
        assert names.asked == [ONE]


def test_what_may_not_be_kept_is_asked_again() -> None:
    with Names({ONE: ['"v=DKIM1; p=abc"']}, ttl=0) as names:
        asker = Resolver(names.place)
        asker.answers([ONE])
        names.records[ONE] = ['"v=DKIM1; p=new"']
        assert asker.answers([ONE]) == {ONE: "v=DKIM1; p=new"}


def test_no_name_and_several_keys_are_no_key() -> None:
    with Names({ONE: ['"v=DKIM1; p=a"', '"v=DKIM1; p=b"'], "two.example.org": ['"other"', '"v=DKIM1; p=c"']}) as names:
        found = Resolver(names.place).answers([ONE, "two.example.org", "none.example.org"])
        assert found == {ONE: "", "two.example.org": "v=DKIM1; p=c", "none.example.org": ""}


def test_a_server_that_fails_gives_no_answer() -> None:
    with Names(broken=True) as names:
        asker = Resolver(names.place)
        assert asker.answers([ONE]) == {}


def test_a_name_that_cannot_be_asked_for_gives_no_answer() -> None:
    with Names() as names:
        assert Resolver(names.place).answers(["x" * 64 + ".example.org"]) == {}


def test_silence_costs_a_bounded_time_and_is_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolver, "_SECONDS_FOR_A_NAME", 0.2)
    monkeypatch.setattr(resolver, "_SECONDS_FOR_ALL", 0.4)
    with Names(silent=True) as names:
        asker = Resolver(names.place)
        started = time.monotonic()
        assert asker.answers([f"s{number}.example.org" for number in range(9)]) == {}
        assert time.monotonic() - started < patience(2)
        asked = len(names.asked)
        assert asker.answers(["s0.example.org"]) == {}
        assert len(names.asked) == asked
