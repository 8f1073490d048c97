"""Domains made to be taken for ours are named, ours and strangers are not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.identity.brands import Brand, borrowed
from parser.identity.lookalikes import foreign_script, impersonation, lookalike, lookalike_address, mixed_scripts
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


def impersonations(
    author: Address, names: tuple[str, ...] = (), addresses: tuple[str, ...] = (), brands: tuple[Brand, ...] = ()
) -> list[str]:
    return [str(pose) for pose in impersonation(author, OURS, names, addresses, brands)]


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


OFFICE = ("support@coinhouse.example", "billing@coinhouse.example", "ben.marlin@coinhouse.example")


@pytest.mark.parametrize(
    ("address", "ours"),
    [
        ("suppоrt@coinhouse.example", "support@coinhouse.example"),
        ("supp0rt@coinhouse.example", "support@coinhouse.example"),
        ("ｓupport@coinhouse.example", "support@coinhouse.example"),
        ("SUPPORТ@Coinhouse.EXAMPLE", "support@coinhouse.example"),
        ("biIling@coinhouse.example", None),
        ("bi1ling@coinhouse.example", "billing@coinhouse.example"),
        ("ben.rnarlin@coinhouse.example", "ben.marlin@coinhouse.example"),
        ("suppоrt+1042@coinhouse.example", "support@coinhouse.example"),
        ("support@coinhouse.example", None),
        ("Support+news@coinhouse.example", None),
        ("suppоrt@elsewhere.example", None),
        ("ana@coinhouse.example", None),
        ("supports@coinhouse.example", None),
    ],
)
def test_an_address_like_one_of_ours_in_our_own_domain(address: str, ours: str | None) -> None:
    assert lookalike_address(address, OFFICE) == ours


def test_a_local_part_that_only_reads_as_latin_is_named_in_our_own_domain() -> None:
    assert impersonations(Address("", "реарсе@coinhouse.example"), addresses=OFFICE) == [
        "реарсе@coinhouse.example has no Latin letters and reads as if it had"
    ]
    assert not impersonations(Address("", "иван@coinhouse.example"), addresses=OFFICE)
    assert not impersonations(Address("", "реарсе@elsewhere.example"), addresses=OFFICE)


BRANDS = (
    Brand("Coinpurse", ("coinpurse.test", "coinpurse.co.test")),
    Brand("Big Bank", ("bigbank.test",)),
    Brand("Pear", ("pear.test",), word=True),
    Brand("币库", ("coinpurse.test",)),
)


@pytest.mark.parametrize(
    ("name", "address", "brand"),
    [
        ("Coinpurse", "a@foreign.test", "Coinpurse"),
        ("Coinpurse Support", "a@foreign.test", "Coinpurse"),
        ("The COINPURSE Team", "a@foreign.test", "Coinpurse"),
        ("CoinpurseSupport", "a@foreign.test", "Coinpurse"),
        ("Cоinpurse", "a@foreign.test", "Coinpurse"),
        ("C0inpurse Security", "a@foreign.test", "Coinpurse"),
        ("Ｃoinpurse", "a@foreign.test", "Coinpurse"),
        ("Big Bank plc", "a@foreign.test", "Big Bank"),
        ("BigBank Alerts", "a@foreign.test", "Big Bank"),
        ("Pear Support", "a@foreign.test", "Pear"),
        ("Служба безопасности Pear, поддержка", "a@foreign.test", "Pear"),
        ("Pear 客服", "a@foreign.test", "Pear"),
        ("币库官方", "a@foreign.test", "币库"),
        ("", "coinpurse.support@foreign.test", "Coinpurse"),
        ("Ana", "pear-security@foreign.test", "Pear"),
        ("Coinpurse", "a@mail.coinpurse.test", None),
        ("Coinpurse Support", "a@coinpurse.co.test", None),
        ("Pear", "a@foreign.test", None),
        ("Anna Pear", "anna.pear@foreign.test", None),
        ("Peary Support", "a@foreign.test", None),
        ("Bank of the Big River", "a@foreign.test", None),
        ("Ana Lopez", "ana@foreign.test", None),
        ("", "coinpurse@foreign.test", None),
        ("", "", None),
    ],
)
def test_the_name_of_a_company_from_elsewhere(name: str, address: str, brand: str | None) -> None:
    found = borrowed(Address(name, address or None), BRANDS)
    assert (found.name if found else None) == brand


def test_a_domain_like_that_of_a_company_is_named() -> None:
    assert impersonations(Address("", "a@coinpurse-help.example"), brands=BRANDS) == [
        "a@coinpurse-help.example poses as Coinpurse"
    ]
    assert not impersonations(Address("", "a@pear-garden.example"), brands=BRANDS)
