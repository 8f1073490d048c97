"""Whose word on a sender counts, where the provider writes it in a place of its own."""

import pytest

from parser.identity.sender import proof
from parser.read import read

FROM = "From: Ben <ben@example.org>\r\nTo: support@example.org\r\nSubject: s\r\n\r\nText\r\n"
GOOGLE_INSIDE = (
    "Delivered-To: support@example.org\r\n"
    "Received: by 2002:a05:6402:34d1:b0:9a2 with SMTP id w17csp1; Fri, 20 Nov 2026 10:00:00 -0800 (PST)\r\n"
    "X-Received: by 2002:a17:906:1 with SMTP id 1; Fri, 20 Nov 2026 10:00:00 -0800 (PST)\r\n"
    "ARC-Authentication-Results: i=1; mx.google.com; dmarc=pass header.from=example.org\r\n"
    "Return-Path: <ben@example.org>\r\n"
)
GOOGLE_BORDER = "Received: from mail.example.org (mail.example.org. [192.0.2.7]) by mx.google.com with ESMTPS id 7\r\n"
SENDER_HOP = "Received: from laptop by mail.example.org with ESMTPSA id 9; Fri, 20 Nov 2026 17:59:00 +0000\r\n"
PASS = "Authentication-Results: mx.google.com; dkim=pass; dmarc=pass (p=NONE) header.from=example.org\r\n"
FAIL = "Authentication-Results: mx.google.com; dmarc=fail (p=NONE) header.from=example.org\r\n"
INSIDE = "Received: from AM6.eurprd08.prod.outlook.com (2603::1) by DB7.eurprd08.prod.outlook.com with HTTPS; x\r\n"
EDGE = "Received: from mail.example.org (192.0.2.7) by AM7FT048.mail.protection.outlook.com (10.1.1.1) with SMTP; x\r\n"
OUTLOOK_PASS = (
    "Authentication-Results: spf=pass (sender IP is 192.0.2.7)\r\n smtp.mailfrom=example.org; dkim=pass (signature was"
    " verified) header.d=example.org;dmarc=pass action=none header.from=example.org;compauth=pass reason=100\r\n"
)
INTERNAL = "X-MS-Exchange-Organization-AuthAs: Internal\r\n"


def verdict(header: str, authserv_id: str) -> str:
    return proof(read((header + FROM).encode()), authserv_id).verdict


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (GOOGLE_INSIDE + GOOGLE_BORDER + "Received-SPF: pass\r\n" + PASS + SENDER_HOP, "proven"),
        (GOOGLE_INSIDE + GOOGLE_BORDER + FAIL + PASS + SENDER_HOP, "failed"),
        (GOOGLE_INSIDE + GOOGLE_BORDER + SENDER_HOP + PASS, "unknown"),
        (GOOGLE_INSIDE + "Received: from a by mx.elsewhere.example with ESMTP\r\n" + GOOGLE_BORDER + PASS, "unknown"),
        (PASS + GOOGLE_INSIDE + GOOGLE_BORDER + SENDER_HOP, "unknown"),
        (GOOGLE_INSIDE + PASS, "unknown"),
    ],
    ids=["genuine", "forged below a fail", "forged below the sender's hop", "another border", "on top", "no border"],
)
def test_google_is_believed_only_below_its_own_border(header: str, expected: str) -> None:
    assert verdict(header, "mx.google.com") == expected


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (INSIDE + INSIDE + OUTLOOK_PASS + "Received-SPF: Pass\r\n" + EDGE + SENDER_HOP, "proven"),
        (INSIDE + EDGE + OUTLOOK_PASS, "unknown"),
        (SENDER_HOP + OUTLOOK_PASS + EDGE, "unknown"),
        (INSIDE + INTERNAL, "proven"),
        (INSIDE + EDGE + INTERNAL, "unknown"),
        (INTERNAL, "unknown"),
        (INSIDE + INTERNAL + SENDER_HOP, "unknown"),
        (INSIDE + INTERNAL + INTERNAL, "unknown"),
    ],
    ids=[
        "genuine", "below the border", "not Microsoft's hop", "same tenant", "tenant mark from outside",
        "mark without a hop", "mark with a foreign hop", "two marks",
    ],
)  # fmt: skip
def test_microsoft_is_believed_only_above_its_own_border(header: str, expected: str) -> None:
    assert verdict(header, "protection.outlook.com") == expected
