"""Who wrote it: one plain mailbox on which all readers agree, or nobody."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from parser.identity.sender import proof, strict_sender
from parser.mail import AuthResult, ParsedMail, ReadingContext, Sender
from parser.mime.headers import Fields
from parser.read import read

OURS = "mx.example.net"


def sender(*values: str) -> Sender:
    return strict_sender(Fields(("From", value) for value in values))


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("ana@example.org", "ana@example.org"),
        ("Ana <ana@EXAMPLE.org>", "ana@example.org"),
        ('"Lopez, Ana" <Ana.Lopez+x@example.org>', "Ana.Lopez+x@example.org"),
        ("=?utf-8?Q?Ana_=3Cben=40example=2Enet=3E?= <ana@example.org>", "ana@example.org"),
        ("Ana (of Sales (EU)) <ana@example.org>", "ana@example.org"),
        ("ana@example.org (ben@example.net)", "ana@example.org"),
        ("Ana\r\n <ana@example.org>", "ana@example.org"),
        ("安娜 <ana@example.org>", "ana@example.org"),
        ("ана@example.org", "ана@example.org"),
    ],
)
def test_one_plain_mailbox_is_the_sender(value: str, address: str) -> None:
    assert sender(value) == Sender(address, "one", sender(value).evidence)


@pytest.mark.parametrize(
    "value",
    [
        "ana@example.org, ben@example.net",
        "ana@example.org <ben@example.net>",
        "ana@example.org)<ben@example.net>",
        "<ana@example.org> <ben@example.net>",
        "Team: ana@example.org;",
        "Team: ana@example.org, ben@example.net;",
        '"ana lopez"@example.org',
        '"ana@example.org"@example.net',
        "<@relay.example.net,@b.example.net:ana@example.org>",
        "ana@example.org.",
        ".ana@example.org",
        "ana..lopez@example.org",
        "ana@example..org",
        "ana@-example.org",
        "ana@[192.0.2.1]",
        "ana @ example.org @ example.net",
        "ana@example.org\0",
        "Ana <ana@example.org\0.example.net>",
        "Ana\u202e <ana@example.org>",
        "=?utf-8?q?ana=40example.org?= ben@example.net",
        "<=?utf-8?q?ana?=@example.org>",
        "Ana (open <ana@example.org>",
        'Ana "open <ana@example.org>',
        "ana@exаmple.org",
        "Ana <ana@example.org> trailing",
        "Ana <<ana@example.org>>",
        "(" * 20_000 + ")" * 20_000 + "ana@example.org",
        "a" * 65 + "@example.org",
    ],
)
def test_a_trick_in_from_gives_no_identity(value: str) -> None:
    found = sender(value)
    assert (found.address, found.verdict) == (None, "doubtful")
    assert found.evidence


def test_two_from_fields_are_doubtful_even_when_equal() -> None:
    assert sender("ana@example.org", "ana@example.org").verdict == "doubtful"


def test_no_from_or_no_address_in_it_is_nobody() -> None:
    assert sender().verdict == sender("").verdict == sender("Ana").verdict == sender("Team:;").verdict == "none"


def test_a_cut_header_section_gives_no_identity() -> None:
    mail = read(b"From: ana@example.org\r\n" + b"X-A: b\r\n" * 2_000 + b"\r\nHello")
    assert mail.author.address == "ana@example.org"
    assert mail.sender == Sender(None, "doubtful", ("header section cut",))


def test_a_name_that_is_an_address_is_evidence_but_no_obstacle() -> None:
    assert sender('"ben@example.net" <ana@example.org>').evidence == ("display name holds an address",)


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet='ab@.<>,;:"\\() =?é\0', max_size=30))
def test_any_from_gives_a_verdict_and_an_address_only_with_one(value: str) -> None:
    found = sender(value)
    assert (found.address is not None) == (found.verdict == "one")
    if found.address:
        assert found.address.count("@") == 1
        assert not set(found.address) & set('<>,;:"\\() \0')


def mail_with(*top: str, sent_by: str = "Ana <ana@example.org>", below: str = "") -> bytes:
    lines = [*top, f"From: {sent_by}", *([below] if below else []), "Subject: x", "", "Hello"]
    return "\r\n".join(lines).encode()


def verdict(
    *top: str,
    sent_by: str = "Ana <ana@example.org>",
    below: str = "",
    by: str | None = OURS,
    logins: tuple[str, ...] = (),
) -> str:
    return proof(read(mail_with(*top, sent_by=sent_by, below=below)), by, logins=logins).verdict


RECEIVED = "Received: from a.example.org by mx.example.net; Wed, 4 Mar 2026 10:00:00 +0100"
PASS = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org"
FAIL = f"Authentication-Results: {OURS}; dmarc=fail header.from=example.org"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=example.org",
        "dmarc=pass (p=reject) header.from=Example.ORG",
        "spf=fail smtp.mailfrom=example.com; dkim=pass header.d=example.org; dmarc=pass header.from=example.org",
        "dkim=pass header.i=@example.org header.b=ab/cd==",
        'dkim=pass reason="good; dkim=fail" header.d=example.org',
        "auth=pass smtp.auth=ana@example.org",
        "auth=pass (PLAIN) smtp.mailfrom=ana@EXAMPLE.org",
    ],
)
def test_our_own_server_proves_the_from_address(results: str) -> None:
    assert verdict(f"Authentication-Results: {OURS}; {results}", RECEIVED) == "proven"
    assert verdict(f"Authentication-Results: {OURS.upper()} 1;\r\n\t{results}", RECEIVED) == "proven"
    assert verdict(f'Authentication-Results: "{OURS}"; {results}', RECEIVED) == "proven"


@pytest.mark.parametrize(
    "field",
    [
        "Authentication-Results: mx.example.com; dmarc=pass header.from=example.org",
        f"Authentication-Results: {OURS}.example.com; dmarc=pass header.from=example.org",
        f"Authentication-Results: x{OURS}; dmarc=pass header.from=example.org",
        f"Authentication-Results: ({OURS}) mx.example.com; dmarc=pass header.from=example.org",
        f'Authentication-Results: mx.example.com; reason="{OURS}; dmarc=pass header.from=example.org"',
        f"Authentication-Results: {OURS}; dmarc=pass header.from=example.com",
        f"Authentication-Results: {OURS}; dmarc=pass header.from=sub.example.org",
        f"Authentication-Results: {OURS}; dmarc=pass",
        f"Authentication-Results: {OURS}; dkim=pass header.d=example.com",
        f"Authentication-Results: {OURS}; dkim=pass header.d=example.com header.i=@example.org",
        f"Authentication-Results: {OURS}; dkim=passed header.d=example.org",
        f"Authentication-Results: {OURS}; x=y (dmarc=pass header.from=example.org)",
        f"Authentication-Results: {OURS}; none",
        f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org (open",
        f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org <garbage>",
        f"Authentication-Results: {OURS} dmarc=pass header.from=example.org",
        f"ARC-Authentication-Results: i=1; {OURS}; dmarc=pass header.from=example.org",
        f"X-Original-Authentication-Results: {OURS}; dmarc=pass header.from=example.org",
        f"Authentication-Results: {OURS}; auth=pass smtp.auth=ana",
    ],
)
def test_what_does_not_vouch_for_this_address_proves_nothing(field: str) -> None:
    assert verdict(field, RECEIVED) == "unknown"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=pass header.from=example.org; auth=pass smtp.auth=ben@example.org",
        "auth=pass smtp.auth=ben@example.org; dkim=pass header.d=example.org",
        "dmarc=pass header.from=example.org; auth=pass (LOGIN) smtp.mailfrom=ben@example.net",
        "dmarc=pass header.from=example.org; auth=pass smtp.auth=ana@example.org; auth=pass smtp.auth=ben@example.org",
    ],
)
def test_a_login_of_somebody_else_undoes_what_the_domain_proves(results: str) -> None:
    field = f"Authentication-Results: {OURS}; {results}"
    assert verdict(field, RECEIVED) == "unknown"
    assert verdict(field, RECEIVED, logins=("ben@example.com",)) == "unknown"


def test_a_login_by_name_alone_counts_neither_way() -> None:
    named = "auth=pass smtp.auth=ben"
    assert verdict(f"Authentication-Results: {OURS}; {named}; dmarc=pass header.from=example.org", RECEIVED) == "proven"
    assert verdict(f"Authentication-Results: {OURS}; {named}", RECEIVED) == "unknown"


def test_a_permitted_account_may_write_as_another() -> None:
    field = f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org; auth=pass smtp.auth=Desk@example.org"
    assert verdict(field, RECEIVED, logins=("desk@EXAMPLE.org",)) == "proven"


@pytest.mark.parametrize("version", ["2", "0", "10", "007"])
def test_results_of_an_unknown_version_are_not_believed(version: str) -> None:
    assert (
        verdict(f"Authentication-Results: {OURS} {version}; dmarc=pass header.from=example.org", RECEIVED) == "unknown"
    )
    assert (
        verdict(f"Authentication-Results: {OURS}; dmarc/{version}=pass header.from=example.org", RECEIVED) == "unknown"
    )


@pytest.mark.parametrize("version", ["1", "01"])
def test_results_of_version_1_are_believed(version: str) -> None:
    assert (
        verdict(f"Authentication-Results: {OURS} {version}; dmarc=pass header.from=example.org", RECEIVED) == "proven"
    )
    assert (
        verdict(f"Authentication-Results: {OURS}; dmarc / {version}=pass header.from=example.org", RECEIVED) == "proven"
    )


def test_our_own_check_does_not_undo_the_login_of_somebody_else() -> None:
    border = (
        f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org; auth=pass smtp.auth=mal@example.org\r\n"
    )
    assert proof(with_own_checks(border, own("pass")), OURS, by_ourselves=True).verdict == "unknown"


def test_no_configured_id_means_no_proof() -> None:
    assert verdict(PASS, RECEIVED, by=None) == verdict(PASS, RECEIVED, by="") == "unknown"


@pytest.mark.parametrize(
    "results",
    [
        "dmarc=fail header.from=example.org",
        "auth=pass smtp.auth=ben@example.net",
        "spf=fail smtp.mailfrom=example.org",
        "spf=fail smtp.mailfrom=example.org; dkim=fail header.d=example.org",
        "dmarc=fail header.from=example.org; dkim=pass header.d=example.org",
    ],
)
def test_our_own_server_can_speak_against_the_from_address(results: str) -> None:
    assert verdict(f"Authentication-Results: {OURS}; {results}", RECEIVED) == "failed"


def test_a_forged_result_below_our_failing_one_does_not_help() -> None:
    assert verdict(FAIL, RECEIVED, PASS) == "failed"
    assert verdict(FAIL, PASS, RECEIVED) == "failed"


def test_a_result_below_another_field_was_sent_by_the_writer() -> None:
    assert verdict(RECEIVED, below=PASS) == "unknown"
    assert verdict("X-Spam: no", PASS, RECEIVED) == "unknown"


def test_only_the_first_received_is_passed_on_the_way_down() -> None:
    delivery = "Received: from mx.example.net by store.example.net with LMTP; Wed, 4 Mar 2026 10:00:01 +0100"
    assert verdict("Return-Path: <ana@example.org>", delivery, PASS, RECEIVED) == "proven"
    assert verdict(delivery, RECEIVED, PASS) == "unknown"


def test_a_result_below_received_does_not_count_once_one_stands_above() -> None:
    silent = f"Authentication-Results: {OURS}; spf=none smtp.mailfrom=example.org"
    assert verdict(silent, RECEIVED, PASS) == "unknown"


def test_a_doubtful_sender_is_never_proven() -> None:
    assert verdict(PASS, RECEIVED, sent_by="ben@example.org, ana@example.org") == "unknown"
    assert verdict(PASS, RECEIVED, sent_by="ana@example.org <ben@example.org>") == "unknown"
    assert verdict(PASS, RECEIVED, below="From: ben@example.org") == "unknown"


def with_own_checks(border: str, *results: AuthResult) -> ParsedMail:
    return replace(read(f"{border}From: Ben <ben@example.org>\r\n\r\nx\r\n".encode()), dkim=results)


def own(result: str, domain: str = "example.org", identity: str = "") -> AuthResult:
    named = (("header.i", identity),) if identity else ()
    return AuthResult("dkim", result, (("header.d", domain), *named))


@pytest.mark.parametrize(
    ("border", "results", "verdict"),
    [
        ("", (own("pass"),), "proven"),
        ("", (own("fail"), own("pass")), "proven"),
        ("", (own("pass", identity="@example.org"),), "proven"),
        ("", (), "unknown"),
        ("", (own("fail"),), "unknown"),
        ("", (own("policy"),), "unknown"),
        ("", (own("temperror"),), "unknown"),
        ("", (own("pass", "example.net"),), "unknown"),
        ("", (own("pass", "mail.example.org"),), "unknown"),
        ("", (own("pass", identity="@mail.example.org"),), "unknown"),
        (f"Authentication-Results: {OURS}; spf=none\r\n", (own("pass"),), "proven"),
        (f"Authentication-Results: {OURS}; dmarc=pass header.from=example.org\r\n", (own("fail"),), "proven"),
        (f"Authentication-Results: {OURS}; dmarc=fail header.from=example.org\r\n", (own("pass"),), "failed"),
        (f"Authentication-Results: {OURS}; auth=pass smtp.auth=mal@example.org\r\n", (own("pass"),), "failed"),
    ],
)
def test_our_own_check_counts_where_the_border_says_nothing(
    border: str, results: tuple[AuthResult, ...], verdict: str
) -> None:
    mail = with_own_checks(border, *results)
    assert proof(mail, OURS, by_ourselves=True).verdict == verdict
    if not border:
        assert proof(mail, None, by_ourselves=True).verdict == verdict
        assert proof(mail, None).verdict == "unknown", "only where configured"


def test_a_doubtful_sender_is_not_proven_by_a_signature() -> None:
    mail = replace(read(b"From: ben@example.org, ana@example.org\r\n\r\nx\r\n"), dkim=(own("pass"),))
    assert proof(mail, None, by_ourselves=True).verdict == "unknown"


def test_who_poses_is_evidence_and_changes_no_verdict() -> None:
    content = b"From: Example Desk <ben@examp1e.org>\r\n\r\nx\r\n"
    found = read(content, ReadingContext(("example.org",), ("Example Desk",))).sender
    assert found == Sender(
        "ben@examp1e.org", "one", ("examp1e.org looks like example.org", "display name poses as the desk")
    )
    assert read(content).sender == Sender("ben@examp1e.org", "one")
