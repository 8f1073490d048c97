"""Links that a border service rewrote lead to what they led to before, for facts and for agents."""

import base64
import time
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from parser.facts.find import facts
from parser.mime.rewritten_links import restored, target_of
from parser.read import read

HASH = "0x8c1f3a5b7d9e0f2143657687a9bacbdcedfe0f1a2b3c4d5e6f708192a3b4c5d6"
TARGET = f"https://explorer.example/tx/{HASH}?a=1&b=2#x"
ENCODED = quote(TARGET, safe="")
BY_SERVICE = {
    "Safe Links": f"https://eur01.safelinks.protection.outlook.com/?url={ENCODED}&data=05%7C02&sdata=k%3D&reserved=0",
    "Safe Links, China": f"https://chn.safelinks.protection.partner.outlook.cn/?url={ENCODED}&data=1",
    "Proofpoint 1": f"https://urldefense.proofpoint.com/v1/url?u={ENCODED}&k=a1&r=b2",
    "Proofpoint 2": "https://urldefense.proofpoint.com/v2/url?u=https-3A__explorer.example_tx_"
    f"{HASH}-3Fa-3D1-26b-3D2-23x&d=DwMFaQ&c=x&r=y&m=z&s=q&e=",
    "Proofpoint 3": f"https://urldefense.com/v3/__https://explorer.example/tx/{HASH}?a=1&b=2*x__;Iw!!AbC123!xYz$",
    "Proofpoint 3, a slash lost": f"https://urldefense.com/v3/__https:/explorer.example/tx/{HASH}?a=1&b=2*x__;Iw!!A!x$",
    "Barracuda": f"https://linkprotect.cudasvc.com/url?a={ENCODED}&c=E,1,abc&typo=1",
    "Symantec": f"https://clicktime.symantec.com/3/AbCd?u={ENCODED}",
    "Cisco": f"https://secure-web.cisco.com/1AbC_x-/{ENCODED}",
    "Sophos": "https://eu-west-1.protection.sophos.com?d=explorer.example&u="
    f"{base64.b64encode(TARGET.encode()).decode()}&i=NWE&t=x&h=1",
    "Trend Micro": f"https://imsva91-ctp.trendmicro.com/wis/clicktime/v1/query?url={ENCODED}&umid=1",
    "FireEye": f"https://protect2.fireeye.com/v1/url?k=12&q=1&e=3&u={ENCODED}",
    "Check Point": f"https://protect.checkpoint.com/v2/___{TARGET}___.YXAxZTpz",
    "Mimecast with the target": f"https://protect.mimecast.com/s/abc?u={ENCODED}",
    "Google": f"https://www.google.com/url?q={ENCODED}&sa=D&source=editors",
    "Google of a country": f"https://www.google.co.uk/url?sa=t&url={ENCODED}&usg=A",
    "QQ": f"https://mail.qq.com/cgi-bin/readtemplate?t=safety&check=false&gourl={ENCODED}",
    "Amazon": f"https://a.r.us-east-1.awstrack.me/L0/{ENCODED}/1/0107018f-aaaa-bbbb-cccc-0123456789ab-000000/x=12",
    "two of them": "https://eur01.safelinks.protection.outlook.com/?url="
    + quote(f"https://linkprotect.cudasvc.com/url?a={ENCODED}&c=E", safe="")
    + "&data=1",
}
SERVICES = pytest.mark.parametrize("link", BY_SERVICE.values(), ids=BY_SERVICE)


@SERVICES
def test_the_target_takes_the_place_of_a_rewritten_link(link: str) -> None:
    assert restored(f"See {link}.\n(also {link}) or <{link}>") == f"See {TARGET}.\n(also {TARGET}) or <{TARGET}>"


@SERVICES
def test_the_target_takes_its_place_in_a_page(link: str) -> None:
    page = restored(f'<a href="{link.replace("&", "&amp;")}">here</a>', html=True)
    assert page == f'<a href="{TARGET.replace("&", "&amp;")}">here</a>'


@SERVICES
def test_the_transaction_behind_a_rewritten_link_is_found_and_not_masked(link: str) -> None:
    mail = read(f"From: Ana <ana@example.org>\n\nHello, my deposit has not arrived: {link}\n".encode())
    assert [(one.value, one.valid) for one in mail.facts if one.type == "txid"] == [(HASH, True)]
    assert not mail.secrets
    assert TARGET in mail.new_text


def test_signs_that_proofpoint_took_out_are_put_back_in_runs() -> None:
    letters = base64.urlsafe_b64encode(b"#!!$").decode()
    # "**A" stands for two of them, "*" for one.
    link = f"https://urldefense.com/v3/__https://a.example/*/x**Ay*z__;{letters}!!key!hash$"
    assert target_of(link) == "https://a.example/#/x!!y$z"


@pytest.mark.parametrize(
    "link",
    [
        f"https://safelinks.protection.outlook.com.evil.example/?url={ENCODED}",
        f"https://evil.example/?url={ENCODED}",
        f"https://evil.example/safelinks.protection.outlook.com/?url={ENCODED}",
        "https://eur01.safelinks.protection.outlook.com/?url=javascript%3Aalert(1)&data=1",
        "https://eur01.safelinks.protection.outlook.com/?url=file%3A%2F%2F%2Fetc%2Fpasswd&data=1",
        "https://protect-us.mimecast.com/s/abc?domain=explorer.example",
        "https://www.google.com/search?q=https://a.example/",
    ],
)
def test_other_links_stay_as_they_are(link: str) -> None:
    assert restored(f"See {link} now") == f"See {link} now"


def test_a_target_adds_neither_lines_nor_tags() -> None:
    link = "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fa.example%2F%0D%0A%3Cb%3E%22y%20z&data=1"
    assert restored(f"a {link} b") == "a https://a.example/%0D%0A%3Cb%3E%22y%20z b"
    assert restored(f'<a href="{link}">', html=True).count('"') == 2


def test_a_transaction_is_found_in_the_link_of_an_unknown_service() -> None:
    found = facts(f"See https://border.example/go?to={quote(f'https://etherscan.io/tx/{HASH}', safe='')}&k=1")
    assert [(one.value, one.valid) for one in found if one.type == "txid"] == [(HASH, True)]
    found = facts(f"https://border.example/go?to=https%3A%2F%2Ftronscan.org%2F%23%2Ftransaction%2F{HASH[2:]}")
    assert [(one.value, one.valid) for one in found if one.type == "txid"] == [(HASH[2:], True)]


@given(st.text(max_size=300).map(lambda tail: f"https://urldefense.com/v3/__{tail} https://a.awstrack.me/L0/{tail}"))
def test_any_link_can_be_read(text: str) -> None:
    again = restored(restored(text))
    assert again.count("\n") <= text.count("\n")
    assert restored(text, html=True) is not None


def test_long_links_take_little_time() -> None:
    for text in (
        "https://urldefense.com/v3/__" * 40_000,
        "https://eur01.safelinks.protection.outlook.com/?url=" + "https%3A%2F%2F" * 70_000,
        "https://urldefense.com/v3/__https://a.example/" + "**Z" * 1_300 + "__;" + "IyEh" * 500 + "!!a$ " * 100_000,
    ):
        began = time.process_time()
        restored(text)
        assert time.process_time() - began < 2
