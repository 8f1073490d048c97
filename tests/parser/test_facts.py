"""Facts are validated, near misses are named, and what may be a key is no fact."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.facts.chains import keccak256
from parser.facts.find import facts, without
from parser.mail import Fact, Secret

TX = "4a5e1e4baab89f3a32518a88c31bc87f618f76673e2cc77ab2127b7afdeda33b"
SIGNATURE = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW"


def found(text: str, *types: str) -> list[tuple[str, str, bool]]:
    return [(one.type, one.value, one.valid) for one in facts(text) if not types or one.type in types]


def the(text: str, type_: str) -> Fact:
    (one,) = [one for one in facts(text) if one.type == type_]
    return one


@pytest.mark.parametrize(
    ("text", "value", "note"),
    [
        (f"TXID: {TX}", TX, "Bitcoin or TRON"),
        (f"TRC20 交易哈希：{TX.upper()}", TX, "TRON"),
        (f"txhash 0x{TX}", "0x" + TX, "EVM"),
        (f"https://etherscan.io/tx/0x{TX}", "0x" + TX, "EVM"),
        (f"{TX} 是交易哈希", TX, "Bitcoin or TRON"),
        (f"https://solscan.io/tx/{SIGNATURE}", SIGNATURE, "Solana"),
    ],
)
def test_a_transaction_is_known_by_its_label_or_link(text: str, value: str, note: str) -> None:
    one = the(text, "txid")
    assert (one.value, one.valid, one.note) == (value, True, note)


@pytest.mark.parametrize("text", [TX, f"private key {TX}", f"see this {TX}", f"sha256 {TX}", SIGNATURE])
def test_without_a_label_it_is_no_transaction(text: str) -> None:
    assert found(text, "txid") == []


@pytest.mark.parametrize(
    ("address", "kind"),
    [
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa", "Bitcoin P2PKH"),
        ("3J98t1WpEZ73CNmQviecrnyiWrnqRhWNLy", "Bitcoin P2SH"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4", "Bitcoin SegWit"),
        ("BC1QW508D6QEJXTDG4Y5R3ZARVARY0C5XW7KV8F3T4", "Bitcoin SegWit"),
        ("bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqzk5jj0", "Bitcoin Taproot"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed", "EVM"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "EVM"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6t", "TRON"),
        ("4Nd1mBQtrMJVYVfKf2PJy9NZUZdTAsp7D4xWLs4gDB4T", "Solana"),
    ],
)
@pytest.mark.parametrize("text", ["to {}", "地址{}，谢谢", "({})", "https://explorer.example.org/address/{}"])
def test_an_address_is_checked_wherever_it_stands(address: str, kind: str, text: str) -> None:
    one = the(text.format(address), "address")
    assert (one.valid, one.note) == (True, kind)
    assert text.format(address)[slice(*one.span)] == address


@pytest.mark.parametrize(
    ("text", "type_", "note"),
    [
        (f"TXID: {TX[:-1]}", "txid", "one character short"),
        (f"txid 0x{TX}a", "txid", "one character too long"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6", "address", "one character short"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6u", "address", "checksum wrong"),
        ("TR7NHqjeKQxGTCi8q8ZY4pL8otSzgjLj6tt", "address", "one character too long"),
        ("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb", "address", "checksum wrong"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t", "address", "one character short"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t5", "address", "checksum wrong"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3b4", "address", "no Bech32 character: b"),
        ("bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3T4", "address", "upper and lower case mixed"),
        ("0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAeD", "address", "checksum wrong"),
        ("0x5aaeb6053f3e94c9b9a09f33669435e7ef1beae", "address", "one character short"),
        ("address 5aaeb6053f3e94c9b9a09f33669435e7ef1beaed", "address", "0x is missing"),
        ("UID: 12", "uid", ""),
        ("TRC2O", "network", "letter O"),
        ("ERC-21", "network", "no such standard"),
        ("https:///x", "url", "no valid host"),
        ("[PD-1042-A]", "ticket", "check letter wrong"),
    ],
)
def test_a_near_miss_is_named_as_such(text: str, type_: str, note: str) -> None:
    found_ = [one for one in facts(text) if one.type == type_]
    if text == "UID: 12":
        assert found_ == []
    else:
        assert [(one.valid, note in one.note) for one in found_] == [(False, True)]


def test_bech32_and_bech32m_are_not_taken_for_each_other() -> None:
    # BIP 350: version 1 with the checksum of version 0, and the other way round.
    for wrong in (
        "bc1p0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vqh2y7hd",
        "bc1q0xlxvlhemja6c4dqv22uapctqupfhlxm9h8z3k2e72q4k9hcz7vq54well",
    ):
        assert not the(wrong, "address").valid


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1.5 BTC", "1.5 BTC"), ("1,000 USDT", "1000 USDT"), ("0.5个ETH", "0.5 ETH"), ("0.5 个以太坊", "0.5 ETH"),
        ("1.5万USDT", "15000 USDT"),
        ("2k USDT", "2000 USDT"), ("1 000 000 USDT", "1000000 USDT"), ("1.000,50 EUR", "1000.5 EUR"), ("$1,000.50",
        "1000.5 USD"),
        ("500U", "500 USDT"), ("１００ USDT", "100 USDT"), ("USDT 300", "300 USDT"), ("0.10btc", "0.1 BTC"),
        ("3枚比特币", "3 BTC"), ("¥88", "88 CNY"),
        (".5 ETH", "0.5 ETH"), ("I lost .25 BTC", "0.25 BTC"), ("(,5 BTC)", "0.5 BTC"), ("$.50", "0.5 USD"),
        ("USDT .75", "0.75 USDT"), ("Enviado. 5 BTC", "5 BTC"), ("-.5 ETH", "0.5 ETH"),
    ],
)  # fmt: skip
def test_an_amount_has_one_spelling(text: str, value: str) -> None:
    assert found(text, "amount") == [("amount", value, True)]


@pytest.mark.parametrize("text", ["version1.5 ETH", "..5 ETH", ".5.6 ETH", "I sent BTC.5 times", "a.5 ETH"])
def test_a_point_within_a_word_begins_no_amount(text: str) -> None:
    assert found(text, "amount") == []


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("My UID is 12345678.", "uid", "12345678"), ("用户ID：987654", "uid", "987654"), ("UID 33445566", "uid",
        "33445566"),
        ("Order No: 20260101ABC99", "order_id", "20260101ABC99"), ("订单号 88812345678", "order_id", "88812345678"),
        ("error code: 40012", "error_code", "40012"), ("错误代码：E-1001", "error_code", "E-1001"), ("HTTP 502",
        "error_code", "HTTP 502"),
        ("via TRC20", "network", "TRC20"), ("erc-20", "network", "ERC20"), ("币安智能链", "network",
        "BNB Smart Chain"),
        ("ETH network", "network", "Ethereum"), ("波场链", "network", "TRON"), ("my usdt", "asset", "USDT"),
        ("比特币", "asset", "BTC"),
        ("[PD-1042-F]", "ticket", "PD-1042-F"), ("工单 pd1042f", "ticket", "PD-1042-F"),
        ("see https://example.org/a(b), ok", "url", "https://example.org/a(b)"),
        ("请看https://example.org/x谢谢", "url", "https://example.org/x"),
    ],
)  # fmt: skip
def test_a_labelled_value_is_found(text: str, type_: str, value: str) -> None:
    assert (type_, value, True) in found(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "hello",
        "order me a coffee",
        "the error was mine",
        "supply chain network",
        "It costs nothing",
        "uid",
        "version 1.2.3",
    ],
)
def test_ordinary_words_are_no_facts(text: str) -> None:
    assert facts(text) == ()


def test_a_host_behind_a_name_is_told() -> None:
    assert "leads to evil.example" in the("https://bank.example@evil.example/x", "url").note


def test_facts_within_secrets_are_left_out() -> None:
    known = facts("UID: 12345678 TXID: " + TX)
    assert [one.type for one in without(known, (Secret("password", (5, 8)),))] == ["txid"]


def test_keccak_is_that_of_ethereum() -> None:
    assert keccak256(b"").hex() == "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"


@settings(max_examples=200, deadline=None)
@given(st.text(max_size=200))
def test_facts_of_any_text_stand_in_it(text: str) -> None:
    for one in facts(text):
        assert 0 <= one.span[0] < one.span[1] <= len(text)
        assert one.valid or one.note


@pytest.mark.parametrize(
    ("text", "type_", "value", "valid"),
    [
        ("order no. 99281773", "order_id", "99281773", True),
        ("номер заказа 99281773", "order_id", "99281773", True),
        ("error -2015 Invalid API-key", "error_code", "-2015", True),
        ('{"code":-1021,"msg":"Timestamp"}', "error_code", "-1021", True),
        ("UID 12E45678", "uid", "12E45678", False),
        ("充值200元", "amount", "200 CNY", True),
        ("5000 руб", "amount", "5000 RUB", True),
    ],
)
def test_labels_and_money_are_read_in_many_languages(text: str, type_: str, value: str, valid: bool) -> None:
    assert found(text, type_) == [(type_, value, valid)]
