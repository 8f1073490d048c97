# ruff: noqa: E501
"""What mail programs mark in their HTML is a quotation or a signature in any language, read from the whole mail."""

import pytest

from parser.mail import ParsedMail
from parser.read import read

HEAD = "From: Ana <ana@example.org>\nTo: help@example.net\nSubject: x\nMIME-Version: 1.0\nContent-Type: text/html; charset=utf-8\n\n"
# The intros and headers are in no language we know: only the marks can tell.
OUTLOOK_BLOCK = (
    "<b>Zxa:</b> Ben &lt;ben@example.net&gt;<br><b>Zxb:</b> Brlit, 17:12<br><b>Zxc:</b> Ana<br><b>Zxd:</b> x"
)

QUOTES = {
    "gmail": '<div dir="ltr">My words.</div><br><div class="gmail_quote"><div dir="ltr" class="gmail_attr">Zxq 3 Zx 2026 17:12 Ben<br></div><blockquote class="gmail_quote" style="margin:0 0 0 .8ex;border-left:1px #ccc solid;padding-left:1ex">Their words.<br>More.</blockquote></div>',
    "gmail, through outlook": '<div dir="ltr">My words.</div><br><div class="x_gmail_quote"><div class="x_gmail_attr">Zxq</div><blockquote class="x_gmail_quote">Their words.<br>More.</blockquote></div>',
    "apple": '<html><body>My words.<div><br><blockquote type="cite"><div>Zxq 3 zx 17:12, Ben:</div><br><div>Their words.</div><div>More.</div></blockquote></div></body></html>',
    "thunderbird": '<p>My words.</p><div class="moz-cite-prefix">Zxq Ben zxw:<br></div><blockquote type="cite" cite="mid:a@example.net"><p>Their words.</p><p>More.</p></blockquote>',
    "yahoo": '<div class="ydp1a2b3c4d">My words.</div><div id="ydp1a2b3c4dyahoo_quoted_123" class="ydp1a2b3c4dyahoo_quoted"><div><div>Zxq Ben zxw</div><div>Their words.</div></div></div>',
    "proton": '<div>My words.</div><div class="protonmail_quote">Zxq Ben zxw<br><blockquote class="protonmail_quote" type="cite">Their words.<br>More.</blockquote></div>',
    "outlook desktop": f"<div><p class=MsoNormal>My words.</p><div><div style='border:none;border-top:solid #E1E1E1 1.0pt;padding:3.0pt 0in 0in 0in'><p class=MsoNormal>{OUTLOOK_BLOCK}</p></div></div><p class=MsoNormal>Their words.</p></div>",
    "outlook web": f'<div>My words.</div><div id="appendonsend"></div><hr style="display:inline-block;width:98%"><div id="divRplyFwdMsg" dir="ltr"><font>{OUTLOOK_BLOCK}</font><div>&nbsp;</div></div><div>Their words.</div>',
    "outlook mobile": f'<div>My words.</div><div id="ms-outlook-mobile-signature">Zx Outlook</div><hr><div id="divRplyFwdMsg"><font>{OUTLOOK_BLOCK}</font></div><div>Their words.</div>',
    "outlook mac": f'<div>My words.</div><span id="OLK_SRC_BODY_SECTION"><div>{OUTLOOK_BLOCK}</div><div>Their words.</div></span>',
    "foxmail": f'<div>My words.</div><hr style="width: 210px; height: 1px;"><blockquote style="margin-left:0.5em"><div>&nbsp;</div><div style="border:none;border-top:solid #B5C4DF 1.0pt;padding:3.0pt 0cm 0cm 0cm"><div style="background:#efefef">{OUTLOOK_BLOCK}</div></div><div>Their words.</div></blockquote>',
    "163": '<div>My words.</div><p>Zxq Ben zxw</p><blockquote id="isReplyContent" style="PADDING-LEFT: 1ex; MARGIN: 0px 0px 0px 0.8ex; BORDER-LEFT: #ccc 1px solid">Their words.<br>More.</blockquote>'.replace(
        "Zxq Ben zxw", '在 2026-03-03 17:12:00，"Ben" &lt;ben@example.net&gt; 写道：'
    ),
    "lark": '<div>My words.</div><div class="history-quote-wrapper" id="lark-mail-quote-17"><div data-html-block="quote"><div class="adit-html-block adit-html-block--collapsed history-quote-meta-wrapper">Zxq Ben</div><div>Their words.</div></div></div>',
    "dingtalk": '<div>My words.</div><div class="__aliyun_previous_wrap"><blockquote>Zxq Ben<br>Their words.</blockquote></div>',
    "qq": '<div>My words.</div><div><includetail><div>&nbsp;</div><div>------------------&nbsp;原始邮件&nbsp;------------------</div><div>发件人: "Ben" &lt;ben@example.net&gt;</div><div>发送时间: 2026年3月3日</div><div>收件人: Ana</div><div>主题: x</div><div>Their words.</div></includetail></div>',
    "zimbra": f'<div>My words.</div><hr id="zwchr" data-marker="__DIVIDER__"><div data-marker="__HEADERS__">{OUTLOOK_BLOCK}</div><div data-marker="__QUOTED_TEXT__">Their words.</div>',
    "gmx": '<div>My words.</div><div name="quote" style="margin:10px 5px 5px 10px; padding: 10px 0 10px 10px; border-left:2px solid #C3D9E5;"><div>Zxq Ben</div><div name="quoted-content">Their words.</div></div>',
}
SIGNATURES = {
    "gmail": '<div>My words.</div><span class="gmail_signature_prefix">-- </span><br><div class="gmail_signature">Ana of Zx<br>Zx lane</div>',
    "apple": '<div>My words.</div><div id="AppleMailSignature" dir="ltr">Zx from a phone</div>',
    "outlook web": '<div>My words.</div><div id="Signature"><p>Ana of Zx</p></div>',
    "outlook mobile": '<div>My words.</div><div id="ms-outlook-mobile-signature">Zx <a href="https://aka.ms/zx">Outlook</a></div>',
    "proton": '<div>My words.</div><div class="protonmail_signature_block"><div>Zx by Proton</div></div>',
    "thunderbird": '<p>My words.</p><pre class="moz-signature">-- \nAna of Zx</pre>',
    "lark": '<div>My words.</div><div class="lark-mail-signature">Ana of Zx</div>',
}


def mail(html: str) -> ParsedMail:
    return read((HEAD + html).encode())


@pytest.mark.parametrize("name", QUOTES)
def test_the_marked_quotation_goes(name: str) -> None:
    found = mail(QUOTES[name])
    assert found.new_text == "My words."
    assert "Their words." in found.quoted


@pytest.mark.parametrize("name", SIGNATURES)
def test_the_marked_signature_goes(name: str) -> None:
    found = mail(SIGNATURES[name])
    assert found.new_text == "My words."
    assert "Zx" in found.signature


@pytest.mark.parametrize("name", SIGNATURES)
def test_words_typed_into_the_signature_stay_where_there_are_no_others(name: str) -> None:
    html = SIGNATURES[name].replace("My words.", "")
    assert "Zx" in mail(html).new_text


def test_answers_inside_the_container_of_a_quotation_stay() -> None:
    html = '<div>Hello Ben,</div><div class="gmail_quote"><div class="gmail_attr">Zxq:</div><blockquote class="gmail_quote">First question?</blockquote><div>First answer.</div><blockquote class="gmail_quote">Second question?</blockquote><div>Second answer.</div></div>'
    found = mail(html)
    assert "First answer." in found.new_text
    assert "Second answer." in found.new_text


def test_a_forward_inside_a_marked_container_stays() -> None:
    html = '<div>See below.</div><div class="gmail_quote"><div class="gmail_attr">---------- Forwarded message ---------<br>From: <b>Chris</b> &lt;chris@example.net&gt;<br>Date: x<br>Subject: y<br>To: Ana<br></div><br><div>The receipt.</div></div>'
    assert mail(html).new_text.endswith("The receipt.")


def test_an_indented_paragraph_is_no_quotation() -> None:
    html = '<div>It says:</div><blockquote style="margin:0 0 0 40px">Error 5</blockquote><div>What now?</div>'
    assert "Error 5" in mail(html).new_text


def test_an_outlook_forward_without_words_above_it_stays() -> None:
    html = f'<div id="divRplyFwdMsg" dir="ltr"><font>{OUTLOOK_BLOCK}</font></div><div>Their words.</div>'
    assert "Their words." in mail(html).new_text


@pytest.mark.parametrize("name", [*QUOTES, *SIGNATURES])
def test_spans_say_where_the_parts_stand(name: str) -> None:
    found = mail(QUOTES.get(name) or SIGNATURES[name])
    for spans, part in (
        (found.spans.reply, found.new_text),
        (found.spans.quoted, found.quoted),
        (found.spans.signature, found.signature),
    ):
        assert "\n".join(found.text[start:end] for start, end in spans) == part
