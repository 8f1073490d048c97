"""Domains made to be taken for ours are named, ours and strangers are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.identity.lookalikes import foreign_script, impersonation, lookalike, mixed_scripts
from parser.mail import Address

OURS = ("coinhouse.example", "examplecoin.example")


@pytest.mark.parametrize(
    "domain",
    ["examp1ecoin.example", "exarnplecoin.example", "examplecoin.test", "ехamplecoin.example",
    "examplecoin-support.example.com", "examplecoin.example.evil.example",
     "examplecion.example", "examplecoins.example", "EXAMPLEC0IN.EXAMPLE", "examplecoín.example",
     "xn--" + "examplecoín".encode("punycode").decode() + ".example"],
)  # fmt: skip
def test_a_domain_like_ours_is_named(domain: str) -> None:
    assert lookalike(domain, OURS) == "examplecoin.example"


@pytest.mark.parametrize(
    "domain",
    [
        "examplecoin.example",
        "mail.examplecoin.example",
        "Examplecoin.EXAMPLE.",
        "example.example",
        "coin.example.com",
        "bücher.example",
        "",
    ],
)
def test_ours_and_strangers_are_not(domain: str) -> None:
    assert lookalike(domain, OURS) is None


def test_mixed_scripts_are_seen() -> None:
    assert mixed_scripts("exаmple.example")
    assert not mixed_scripts("ехаре.example")
    assert not mixed_scripts("пример.example")
    assert not mixed_scripts("例え.example")


def test_a_name_in_one_other_script_that_reads_like_ours_is_seen() -> None:
    assert foreign_script("ехаре.example")
    assert impersonations(Address("", "a@xn--80ak6aa92e.com")) == [
        "xn--80ak6aa92e.com has no Latin letters and reads as if it had",
    ]
    for domain in ("exаmple.example", "пример.example", "роса.рф", "例え.example", "ours.example"):
        assert not foreign_script(domain)


@pytest.mark.parametrize(
    ("domain", "ours"),
    [("outlook.fr", "outlook.com"), ("yahoo.co.jp", "yahoo.com"), ("mail.ru", "mail.com"), ("gmx.net", "gmx.de")],
)
def test_a_provider_of_mailboxes_does_not_pose_as_another(domain: str, ours: str) -> None:
    assert lookalike(domain, [ours]) is None
    assert lookalike(ours, [domain]) is None


@pytest.mark.parametrize("domain", ["outlook.test", "0utlook.com", "outlook.com.test", "outlook-support.test"])
def test_one_that_is_made_to_be_taken_for_a_provider_is_named(domain: str) -> None:
    assert lookalike(domain, ["outlook.com"]) == "outlook.com"


def impersonations(author: Address, names: tuple[str, ...] = ()) -> list[str]:
    return [str(pose) for pose in impersonation(author, OURS, names)]


def test_names_that_pose_are_evidence() -> None:
    assert impersonations(Address("help@examplecoin.example", "ben@example.net")) == [
        "display name shows help@examplecoin.example",
    ]
    assert impersonations(Address("Examplecoin Support", "ben@example.net"), ("Examplecoin",)) == [
        "display name poses as the desk",
    ]
    assert impersonations(Address("Ехаmplеcoin", "a@examp1ecoin.example"), ("Examplecoin",)) == [
        "examp1ecoin.example looks like examplecoin.example",
        "display name poses as the desk",
    ]
    assert impersonations(Address("Examplecoin Support", "ben@examplecoin.example"), ("Examplecoin",)) == []
    assert impersonations(Address("Ana", None), ("Examplecoin",)) == []


@given(st.text(max_size=60), st.text(max_size=30))
def test_any_domain_has_an_answer(domain: str, name: str) -> None:
    assert lookalike(domain, OURS) in (None, *OURS)
    assert isinstance(impersonation(Address(name, f"a@{domain}"), OURS, ("desk",)), tuple)
