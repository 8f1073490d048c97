"""The verdict of our own border's filter counts; anybody else's does not."""

import pytest

from parser.identity.verdicts import spam_verdict
from parser.read import read

OURS = "mx.example.org"
LOCAL = (
    "Received: from mx.example.org (mx.example.org [10.0.0.5]) by store.example.org with LMTP;"
    " Fri, 20 Nov 2026 10:00:07 +0000"
)
BORDER = (
    "Received: from out.kite.example (out.kite.example [198.51.100.7]) by mx.example.org with ESMTPS id 4XY"
    " for <support@example.org>; Fri, 20 Nov 2026 10:00:05 +0000"
)
BEHIND = (
    "Received: from desk.kite.example (desk.kite.example [203.0.113.9]) by out.kite.example;"
    " Fri, 20 Nov 2026 10:00:02 +0000"
)
WRITTEN = ("From: Shoes <sales@kite.example>", "To: support@example.org", "Subject: Best shoes")


def verdict(*fields: str, by: str | None = OURS) -> str | None:
    return spam_verdict(read("\r\n".join([*fields, "", "Buy shoes."]).encode()), by)


MARKS = [
    "X-Spam-Flag: YES",
    "X-Spam: Yes",
    "X-Spam-Status: Yes, score=9.1 required=5.0 tests=BAYES_99",
    "X-Spamd-Result: default: True [15.60 / 15.00]; ARC_NA(0.00)[]",
    "X-Rspamd-Action: add header",
    "X-Barracuda-Spam-Status: Yes, SCORE=5.10",
    "X-Proofpoint-Spam-Details: rule=inbound_spam policy=inbound score=100",
    "X-Gm-Phishy: 1",
    "X-KLMS-AntiSpam-Status: spam",
    "X-Virus-Status: Infected (Eicar)",
    "X-SES-Spam-Verdict: FAIL",
    "X-MS-Exchange-Organization-SCL: 9",
    "X-Forefront-Antispam-Report: CIP:198.51.100.7;CTRY:;LANG:en;SCL:5;SRV:;IPV:NLI;SFV:SPM;H:out;PTR:;CAT:SPM;",
]
CLEAN = [
    "X-Spam-Flag: NO",
    "X-Spam-Status: No, score=-1.9 required=5.0",
    "X-Spamd-Result: default: False [1.60 / 15.00]",
    "X-Rspamd-Action: no action",
    "X-Rspamd-Action: greylist",
    "X-Barracuda-Spam-Status: No, SCORE=0.00",
    "X-Proofpoint-Spam-Details: rule=notspam policy=inbound score=0",
    "X-Virus-Status: Clean",
    "X-SES-Spam-Verdict: PASS",
    "X-SES-Spam-Verdict: GRAY",
    "X-MS-Exchange-Organization-SCL: -1",
    "X-MS-Exchange-Organization-SCL: 1",
    "X-Forefront-Antispam-Report: CIP:198.51.100.7;LANG:en;SCL:1;SFV:NSPM;CAT:NONE;",
    "X-Spam-Level: ****",
    "X-Spam-Score: 4.2",
]


@pytest.mark.parametrize("mark", MARKS)
def test_what_our_border_wrote_above_its_received_counts(mark: str) -> None:
    found = verdict(LOCAL, mark, BORDER, BEHIND, *WRITTEN)
    assert found
    assert mark.startswith(found[:20])
    assert verdict(mark, BORDER, *WRITTEN) == found
    assert verdict(mark, *WRITTEN) == found


@pytest.mark.parametrize("mark", MARKS)
def test_what_another_house_wrote_does_not(mark: str) -> None:
    assert verdict(LOCAL, BORDER, mark, BEHIND, *WRITTEN) is None
    assert verdict(BORDER, BEHIND, *WRITTEN, mark) is None


@pytest.mark.parametrize("mark", CLEAN)
def test_no_verdict_is_none(mark: str) -> None:
    assert verdict(LOCAL, mark, BORDER, *WRITTEN) is None
    assert verdict(LOCAL, mark, BORDER, *WRITTEN, by="protection.outlook.com") is None


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("X-Spam-Checker-Version: SpamAssassin 4.0.0 (2022-12-14) on mx.example.org", True),
        ("X-Spam-Checker-Version: SpamAssassin 4.0.0 (2022-12-14) on mx", True),
        ("X-Rspamd-Server: mx", True),
        ("X-Virus-Scanned: Debian amavis at mx.example.org", True),
        ("X-Spam-Checker-Version: SpamAssassin 3.4.2 on out.kite.example", False),
        ("X-Rspamd-Server: rspamd-7f", False),
    ],
)
def test_fields_at_the_end_count_if_they_name_our_border(name: str, counts: bool) -> None:
    assert (verdict(BORDER, BEHIND, *WRITTEN, name, "X-Spam-Flag: YES") is not None) is counts


def test_the_fields_of_microsoft_count_anywhere_where_it_is_our_border() -> None:
    border = (
        "Received: from out.kite.example (198.51.100.7) by DB5EUR01FT041.mail.protection.outlook.com (10.152.4.1)"
        " with Microsoft SMTP Server"
    )
    fields = (border, BEHIND, *WRITTEN, "X-MS-Exchange-Organization-SCL: 6")
    assert verdict(*fields, by="protection.outlook.com") == "X-MS-Exchange-Organization-SCL: 6"
    assert verdict(*fields) is None


def test_the_fields_of_amazon_count_below_the_received_of_its_border() -> None:
    border = (
        "Received: from out.kite.example (out.kite.example [198.51.100.7]) by inbound-smtp.eu-west-1.amazonaws.com"
        " with SMTP id o3v; Fri, 20 Nov 2026 10:00:05 +0000"
    )
    assert (
        verdict(border, "X-SES-Spam-Verdict: FAIL", BEHIND, *WRITTEN, by="amazonses.com") == "X-SES-Spam-Verdict: FAIL"
    )
    assert verdict(border, "X-SES-Spam-Verdict: FAIL", BEHIND, *WRITTEN, by=None) == "X-SES-Spam-Verdict: FAIL"
    assert verdict(BORDER, "X-SES-Spam-Verdict: FAIL", BEHIND, *WRITTEN) is None


def test_a_long_verdict_is_shortened_to_one_line() -> None:
    found = verdict("X-Spam-Status: Yes, score=9.1\r\n\ttests=" + "A_RULE," * 100, *WRITTEN)
    assert found is not None
    assert len(found) == 120
    assert found.startswith("X-Spam-Status: Yes, score=9.1 tests=A_RULE")
