"""The way of a mail as its Received fields tell it, in the forms in which servers write them; and second opinions."""

import random
import time
from datetime import UTC, datetime, timedelta
from email.utils import getaddresses

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mailparser.received import split_received
from mailparser.utils import get_addresses

from parser import masks
from parser.identity.cross_check import _PLAIN, _plain
from parser.identity.trace import _simple_clauses, trace_of
from parser.jsonview import as_json
from parser.mail import Host, Trace
from parser.mime.headers import Fields
from parser.read import read

AT = datetime(2026, 11, 20, 10, 0, 5, tzinfo=UTC)
STAMP = "Fri, 20 Nov 2026 10:00:05 +0000"


def way(*received: str) -> Trace:
    """The trace of a mail with these fields, topmost first."""
    return trace_of(Fields(("Received", value) for value in received))


@pytest.mark.parametrize(
    ("value", "sender", "by", "protocol"),
    [
        (
            "from mail.example.net (mail.example.net [198.51.100.7])\r\n\t(using TLSv1.3 with cipher "
            "TLS_AES_256_GCM_SHA384 (256/256 bits)\r\n\t key-exchange X25519 server-signature RSA-PSS (2048 bits))"
            f"\r\n\tby mx.example.org (Postfix) with ESMTPS id 4Xy\r\n\tfor <support@example.org>; {STAMP} (UTC)",
            "mail.example.net (mail.example.net [198.51.100.7]) (using TLSv1.3 with cipher TLS_AES_256_GCM_SHA384 "
            "(256/256 bits) key-exchange X25519 server-signature RSA-PSS (2048 bits))",
            "mx.example.org",
            "ESMTPS",
        ),
        (
            "from mail.example.net ([198.51.100.7] helo=mail.example.net)\r\n\tby mx.example.org with esmtps"
            "  (TLS1.3:ECDHE_X25519__RSA_PSS_RSAE_SHA256__AES_256_GCM:256)\r\n\t(Exim 4.97)\r\n"
            f"\t(envelope-from <ana@example.net>)\r\n\tid 1rABCD-00000000xyz-0abc; {STAMP}",
            "mail.example.net ([198.51.100.7] helo=mail.example.net)",
            "mx.example.org",
            "esmtps",
        ),
        (
            "from AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:208:ac::10) by\r\n "
            "DB7PR01MB5678.eurprd01.prod.exchangelabs.com (2603:10a6:10:70::20) with Microsoft SMTP\r\n Server "
            "(version=TLS1_2, cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384) id\r\n 15.20.7025.22; " + STAMP,
            "AM0PR01MB1234.eurprd01.prod.exchangelabs.com (2603:10a6:208:ac::10)",
            "db7pr01mb5678.eurprd01.prod.exchangelabs.com",
            "Microsoft SMTP Server",
        ),
        (
            "from mail-wr1-f41.google.com (mail-wr1-f41.google.com. [209.85.221.41])\r\n        by mx.google.com with "
            "ESMTPS id a1-20020a5d\r\n        for <support@example.org>\r\n        (version=TLS1_3 "
            "cipher=TLS_AES_128_GCM_SHA256 bits=128/128);\r\n        Fri, 20 Nov 2026 02:00:05 -0800 (PST)",
            "mail-wr1-f41.google.com (mail-wr1-f41.google.com. [209.85.221.41])",
            "mx.google.com",
            "ESMTPS",
        ),
        (
            f"by 2002:a05:6f02:c47:b0:71:1a2b:3c4d with SMTP id x7csp1234; {STAMP}",
            "",
            "2002:a05:6f02:c47:b0:71:1a2b:3c4d",
            "SMTP",
        ),
        (
            "from mail.example.net (mail.example.net [198.51.100.7] (may be forged))\r\n\tby mx.example.org "
            f"(8.17.1/8.17.1) with ESMTPS id 3AKA05xx012345\r\n\t(version=TLSv1.3 verify=NO);\r\n\t{STAMP}",
            "mail.example.net (mail.example.net [198.51.100.7] (may be forged))",
            "mx.example.org",
            "ESMTPS",
        ),
        (
            "from out203-205-221-210.mail.qq.com (unknown [203.205.221.210])\r\n\tby newxmmxsza.qq.com (NewMX) with "
            "SMTP id 12AB34CD\r\n\tfor <support@example.org>; Fri, 20 Nov 2026 18:00:05 +0800",
            "out203-205-221-210.mail.qq.com (unknown [203.205.221.210])",
            "newxmmxsza.qq.com",
            "SMTP",
        ),
        (
            "from ana$163.com ( [198.51.100.9] ) by ajax-webmail-wmsvr8\r\n (Coremail) ; Fri, 20 Nov 2026 18:00:05 "
            "+0800 (CST)",
            "ana$163.com ( [198.51.100.9] )",
            "ajax-webmail-wmsvr8",
            "",
        ),
        (
            "from m.example.net ([198.51.100.7] helo=m) by mx.example.org with esmtpsa (Exim 4.63 #1) id 1NC02v-05 by "
            f"authid <ana@example.net> with cram_md5; {STAMP}",
            "m.example.net ([198.51.100.7] helo=m)",
            "mx.example.org",
            "esmtpsa",
        ),
        (f"from a.example.net by b.example.net with SMTP (id 1; for x); {STAMP}", "a.example.net", "b.example.net",
         "SMTP"),
        (f"(qmail 12345 invoked by uid 89); {STAMP}", "", "", ""),
        (f"from mx.example.org by imap.example.org with LMTP id abc; {STAMP}", "mx.example.org", "imap.example.org",
         "LMTP"),
    ],
    ids=["postfix", "exim", "exchange", "gmail", "gmail inside", "sendmail", "qq", "163", "exim authid",
         "semicolon in a comment",
         "qmail", "dovecot"],
)  # fmt: skip
def test_the_forms_of_real_servers_are_read(value: str, sender: str, by: str, protocol: str) -> None:
    (hop,) = way(value).hops
    assert (hop.by, hop.protocol, hop.at, hop.delay) == (by, protocol, AT, None)
    # Long ones are cut.
    assert hop.sender == sender[:200]


@pytest.mark.parametrize(
    ("date", "at"),
    [
        ("Fri, 20 Nov 2026 10:00:05 +0000", AT),
        # A wrong weekday, an offset of JavaScript, ISO 8601, no blank before the offset.
        ("Mon, 20 Nov 2026 10:00:05 +0000", AT),
        ("Fri, 20 Nov 2026 18:00:05 GMT+0800", AT),
        ("2026-11-20T10:00:05Z", AT),
        ("Fri, 20 Nov 2026 10:00:05+0000", AT),
        ("Fri, 31 Nov 2026 10:00:05 +0000", None),
        ("yesterday", None),
        ("", None),
        ("Fri, 20 Nov 99999999999999999999 10:00:05 +0000", None),
    ],
)
def test_a_broken_date_is_read_where_it_says_anything(date: str, at: datetime | None) -> None:
    (hop,) = way(f"from a.example.net by b.example.net with SMTP; {date}").hops
    assert (hop.by, hop.at) == ("b.example.net", at)


def test_a_field_without_structure_keeps_its_date() -> None:
    (hop,) = way(f"from a.example.net (never closed by b.example.net with SMTP; {STAMP}").hops
    assert (hop.sender, hop.by, hop.at) == ("", "", AT)


def stamped(*minutes: float | None) -> Trace:
    """A way whose hops took the mail at these minutes, oldest first; None for a hop without a date."""
    fields = []
    for number, minute in enumerate(minutes):
        date = "" if minute is None else f"; {AT + timedelta(minutes=minute):%a, %d %b %Y %H:%M:%S +0000}"
        fields.append(f"from h{number}.example.net by h{number + 1}.example.net with SMTP{date}")
    return way(*reversed(fields))


def test_the_delay_of_each_hop_is_told_and_of_the_way() -> None:
    found = stamped(0, 1, 121)
    assert [hop.delay for hop in found.hops] == [None, timedelta(minutes=1), timedelta(minutes=120)]
    assert found.delay == timedelta(minutes=121)


def test_a_clock_that_is_ahead_gives_a_negative_delay_and_does_not_change_that_of_the_way() -> None:
    found = stamped(0, 90, 2)
    assert [hop.delay for hop in found.hops] == [None, timedelta(minutes=90), timedelta(minutes=-88)]
    assert found.delay == timedelta(minutes=2)
    assert stamped(5, 0).delay == timedelta(minutes=-5)


def test_a_hop_without_a_date_has_no_delay_and_the_way_has_one_all_the_same() -> None:
    found = stamped(0, None, 30)
    assert [hop.delay for hop in found.hops] == [None, None, None]
    assert found.delay == timedelta(minutes=30)
    assert stamped(None, 3).delay is None
    assert way() == Trace()


M_AT_7 = Host("m.example.net", "198.51.100.7")
BORDER = f"from {{}} by mx.example.org with ESMTPS id 1; {STAMP}"
INVENTED = f"from bank.example.com (bank.example.com [192.0.2.1]) by relay.example.net with ESMTP; {STAMP}"


@pytest.mark.parametrize(
    ("fields", "host"),
    [
        ((BORDER.format("m.example.net (x.example.net [198.51.100.7])"), INVENTED), M_AT_7),
        ((BORDER.format("m.example.net (unknown [IPv6:2a00:145::7])"), INVENTED), Host("m.example.net", "2a00:145::7")),
        # Steps inside our house: a private address, LMTP, Gmail's own.
        (
            (
                f"from mx.example.org by imap.example.org with LMTP; {STAMP}",
                f"from filter (filter.example.org [10.0.0.7]) by mx.example.org with ESMTP; {STAMP}",
                BORDER.format("m.example.net (m.example.net [198.51.100.7])"),
                INVENTED,
            ),
            M_AT_7,
        ),
        (
            (
                f"by 2002:a05:6f02:c47 with SMTP id x; {STAMP}",
                f"from m.example.net (m.example.net. [198.51.100.7]) by mx.google.com with ESMTPS id y; {STAMP}",
            ),
            M_AT_7,
        ),
        # The border of Microsoft is the one that its other servers stand behind.
        (
            (
                f"from A.eurprd01.prod.outlook.com (2603:10a6::1) by B.eurprd01.prod.outlook.com with HTTPS; {STAMP}",
                f"from m.example.net (198.51.100.7) by C.mail.protection.outlook.com (10.1.2.3) with Microsoft SMTP "
                f"Server id 15; {STAMP}",
            ),
            M_AT_7,
        ),
        # What a host calls itself is never taken for its address, wherever the server writes it.
        ((BORDER.format("[192.0.2.1] (unknown [198.51.100.7])"),), Host("[192.0.2.1]", "198.51.100.7")),
        ((BORDER.format("m.example.net ([198.51.100.7] helo=[192.0.2.1])"),), M_AT_7),
        ((BORDER.format("[198.51.100.7] (helo=m.example.net)"),), Host("[198.51.100.7]", "198.51.100.7")),
        ((BORDER.format("unknown (HELO m.example.net) (198.51.100.7)"),), Host("unknown", "198.51.100.7")),
        # Below a hop that does not say where the mail came from, everything may be invented.
        ((BORDER.format("m.example.net"), INVENTED), None),
        ((BORDER.format("[192.0.2.1]"), INVENTED), None),
        # It never left the house.
        ((f"from localhost (localhost [127.0.0.1]) by mx.example.org with ESMTP; {STAMP}",), None),
        ((), None),
    ],
)  # fmt: skip
def test_the_host_that_gave_the_mail_to_our_border_is_found(fields: tuple[str, ...], host: Host | None) -> None:
    assert way(*fields).sending_host == host


def test_all_hops_are_counted_and_the_youngest_are_read() -> None:
    found = stamped(*range(200))
    assert (found.count, len(found.hops), found.hops[-1].by) == (200, 50, "h200.example.net")
    assert found.delay == timedelta(minutes=49)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.text(alphabet='frombyhdit ([\\"<;:)]>.=1\t\r\n\udcff\0安', max_size=80), max_size=5))
def test_any_received_fields_are_read(values: list[str]) -> None:
    found = way(*values)
    assert found.count == len(found.hops) == len(values)
    for hop in found.hops:
        text = hop.sender + hop.by + hop.protocol
        assert text.isprintable()
        text.encode()


@pytest.mark.parametrize(
    "piece",
    ["(", "[", '"', "from ", "by x ", "(helo=", "1.2.3.4 ", ";", "a:", "<", "\\", "(a) ", " id ", " for ", "; id "],
)
def test_hostile_fields_cost_little(piece: str) -> None:
    hostile = f"from x {piece * 60_000} by y; {STAMP}"
    began = time.process_time()
    found = read("".join(f"Received: {hostile[:5_000]}\r\n" for _ in range(40)).encode() + b"From: a@b.org\r\n\r\nHi")
    # Some 0.1 s on a slow machine: far from what anything that grows with the square would take.
    assert time.process_time() - began < 3
    assert found.trace.count == 40


def test_a_mail_carries_its_way_as_data() -> None:
    top = BORDER.format("m.example.net (m.example.net [198.51.100.7])")
    content = f"Received: {top}\r\nReceived: from a by m.example.net with SMTP; Fri, 20 Nov 2026 09:00:04 +0000\r\n"
    printed = as_json(read(content.encode() + b"From: ana@example.net\r\n\r\nHello"), "-")
    assert printed["trace"] == [
        {"from": "a", "by": "m.example.net", "protocol": "SMTP", "at": "2026-11-20T09:00:04Z", "delay": None},
        {
            "from": "m.example.net (m.example.net [198.51.100.7])",
            "by": "mx.example.org",
            "protocol": "ESMTPS",
            "at": "2026-11-20T10:00:05Z",
            "delay": 3601,
        },
    ]
    assert (printed["hops"], printed["delay"]) == (2, 3601)
    assert printed["sending_host"] == {"name": "m.example.net", "address": "198.51.100.7"}


def test_a_secret_in_a_host_name_is_masked() -> None:
    key = "L1aW4aubDFB7yfras2S1mN3bqg9nwySY8nkoLmJebSLD5BWv3ENZ"
    content = f"Received: from {key} ({key} [198.51.100.7]) by mx.example.org; {STAMP}\r\nFrom: a@example.net\r\n\r\nHi"
    assert key in repr(read(content.encode()).trace)
    kept = masks.read(content.encode()).trace
    assert key not in repr(kept)
    assert kept.sending_host is not None
    assert kept.sending_host.address == "198.51.100.7"


# Second opinions.


def opinions(head: str) -> list[str]:
    return [one.detail for one in read(head.encode() + b"\r\nHello").defects if one.code == "second_opinion"]


@pytest.mark.parametrize(
    ("head", "told"),
    [
        ("From: ana@example.org\r\nFrom: ben@example.net\r\n", "From: mail-parser reads ana@example.org"),
        ("From: Ana ana@example.org\r\n", "From: mail-parser reads no address"),
        (
            "From: a@example.org\r\nMessage-ID: <1@example.org>\r\nMessage-ID: <2@example.org>\r\n",
            "Message-ID: mail-parser reads 1@example.org, 2@example.org",
        ),
        (
            "From: a@example.org\r\nReply-To: a@example.org\r\nReply-To: b@example.org\r\n",
            "Reply-To: mail-parser reads a@example.org",
        ),
    ],
)
def test_what_can_be_read_in_two_ways_is_told(head: str, told: str) -> None:
    assert opinions(head) == [told]


@pytest.mark.parametrize(
    "head",
    [
        "From: Ana <Ana@EXAMPLE.org>\r\nMessage-ID: <1@Example.org>\r\nDate: Fri, 20 Nov 2026 10:00:05 +0100 (CET)\r\n",
        'From: =?utf-8?B?5a6J5aic?= <ana@example.org>\r\nReply-To: "Ana, of sales" <a@example.org>, b@example.org\r\n',
        "From: 安娜 <安娜@example.org>\r\nMessage-ID:\r\n <1@example.org>\r\n",
        # A date or an id that only one of them can read, and a field that mail-parser is not asked about.
        "From: nobody\r\nMessage-ID: 1\r\nDate: Fri, 20 Nov 2026 10:00:05+0100\r\n",
        "Date: Fri, 20 Nov 2026 18:00:05 GMT+0800\r\n",
        f"From: {'a' * 5_000} <ana@example.org>\r\n",
        "",
    ],
)
def test_what_both_read_alike_is_not_told(head: str) -> None:
    assert opinions(head) == []


def test_a_second_opinion_holds_no_control_character() -> None:
    (told,) = opinions("Message-ID:<@>\0\r\n")
    assert told.isprintable()


def test_a_second_opinion_is_short() -> None:
    many = ", ".join(f"someone{number}@example.org" for number in range(60))
    (told,) = opinions(f"From: {many}\r\nFrom: x@example.org\r\n")
    assert len(told) <= 200


def test_mail_parser_may_stumble_over_anything() -> None:
    rng = random.Random(8)
    for _ in range(300):
        junk = bytes(rng.choice(b'abc@<>(),;:"=?\\ \t[]0123456789\xe9\x00') for _ in range(60))
        read(
            b"".join(name + b": " + junk + b"\r\n" for name in (b"From", b"Date", b"Message-ID", b"Received")) + b"\r\n"
        )


# Words of which Received fields are made, for the short way past mail-parser's reader.
PIECES = st.sampled_from(
    [
        *("from", "by", "with", "id", "for", "via", "envelope-from", "From", "cipher", "ESMTPS", "mail.example.net"),
        *("(mail.example.net [198.51.100.7])", "(a (b) c)", "(by x with y)", "<a@example.org>", "[192.0.2.1]", "4Xy"),
        *('"by"', "(open", "close)", "with cipher", ";", "\\", "(x)by", "()"),
    ]
)


@settings(max_examples=400)
@given(st.lists(PIECES, max_size=12).map(" ".join))
def test_the_short_way_reads_a_field_as_mail_parser_does(head: str) -> None:
    short = _simple_clauses(head)
    if short is not None:
        assert short == dict(reversed(split_received(head)[0]))


@settings(max_examples=100)
@given(st.from_regex(_PLAIN, fullmatch=True))
def test_a_plain_address_is_what_both_lenient_readers_find(line: str) -> None:
    (address,) = _plain(line)
    assert [one for _, one in getaddresses([line])] == [address]
    assert [one for _, one in get_addresses(line, decode_names=True)] == [address]
