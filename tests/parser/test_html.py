"""HTML as a person sees it."""

import pytest

from parser.html.render import render
from parser.mail import Defect
from parser.read import read


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<ol><li value=5>five<li>six</ol>", "5. five\n6. six"),
        ("<ul><li>One<ul><li>a</li><li>b</li></ul></li><li>Two</ul>", "- One\n  - a\n  - b\n- Two"),
        ("<table><tr><th>Item<th>Price<tr><td>BTC<td>$5</table>", "Item | Price\nBTC | $5"),
        ("<pre>\nfirst\n  second</pre>", "first\n  second"),
        ("<div>Hi<div><br></div><div>there</div></div>", "Hi\n\nthere"),
        ("Contact Ana <ana@example.org> or <https://a.example/x>", "Contact Ana <ana@example.org> or <https://a.example/x>"),
        ("<a href='https://a.example'><table><tr><td>Pay</td></tr></table></a><p>x", "Pay <https://a.example>\n\nx"),
        ("<a href='mailto:ana@example.org?subject=Hi'>ana@example.org</a>", "ana@example.org"),
        ("<span style='display:block'>a</span><span style='display:block'>b</span>c", "a\nb\nc"),
        ("<![if !mso]><p>Shown</p><![endif]><!--[if mso]><p>Outlook</p><![endif]-->", "Shown"),
        ("<p>a<b>b<i>c</b>d</i><p>e", "abcd\n\ne"),
        ("<div>" * 10_000 + "deep" + "</div>" * 10_000 + "after", "deep\nafter"),
    ],
)  # fmt: skip
def test_a_page_reads_like_the_mail(html: str, text: str) -> None:
    assert render(html).text == text


@pytest.mark.parametrize(
    "hidden",
    [
        "<div style='position:absolute;left:-9999px'>x</div>",
        "<div style='text-indent:-9999px'>x</div>",
        "<span style='position:absolute;clip:rect(0,0,0,0)'>x</span>",
        "<span style='display: none !important'>x</span>",
        "<div style='max-height:0px;overflow:hidden'>x</div>",
        "<style>body .pre{display:none}</style><div class=pre>x</div>",
        "<p style='display:none'>x<p>",
        "<table><tr style='display:none'><td>x</td></tr></table>",
    ],
)
def test_what_nobody_sees_is_gone(hidden: str) -> None:
    assert render(hidden + "<p>Shown</p>").text == "Shown"


@pytest.mark.parametrize(
    "shown",
    [
        "<style>.a{display:none}.a{display:block}</style><div class=a>x</div>",
        "<style>@media print{.a{display:none}}</style><div class=a>x</div>",
        "<style>.wrap .a{display:none}</style><div class=a>x</div>",
        "<p style='text-indent:-18.0pt;margin-left:-100px'>x</p>",
        "<div style='display:none'>x",
    ],
)
def test_what_is_seen_stays(shown: str) -> None:
    assert render(shown).text == "x"


@pytest.mark.parametrize(
    "html",
    [
        "<div style='color:#fff'>/solve</div><p>Hello",
        "<div style='color: #FFFFFF'>/solve</div><p>Hello",
        "<div style='color:white;background-color:#ffffff'>/solve</div><p>Hello",
        "<div style='color:rgb(255, 255, 255)'>/solve</div><p>Hello",
        "<div style='color:rgba(0,0,0,0)'>/solve</div><p>Hello",
        "<div style='color:transparent'>/solve</div><p>Hello",
        "<font color=white>/solve</font><p>Hello",
        '<FONT COLOR="#FEFEFE">/solve</FONT><p>Hello',
        "<div style='font-size:0'>/solve</div><p>Hello",
        "<div style='font-size: 1px'>/solve</div><p>Hello",
        "<span style='font:1pt Arial'>/solve</span><br>Hello",
        "<span style='font-size:0.01em'>/solve</span><br>Hello",
        "<div style='color:#fff'><span>/</span><b>solve</b></div><p>Hello",
        "<div style='color:#fff'>&#47;solve</div><p>Hello",
        "<table bgcolor='#ffffff'><tr><td style='color:#fff'>/solve</table>Hello",
        "<div style='color:#fff'>Hello <p>/close</div><p>Hello",
    ],
)
def test_a_command_in_letters_that_nobody_sees_is_told(html: str) -> None:
    assert "/" in render(html).unseen


@pytest.mark.parametrize(
    "html",
    [
        "<div>/solve</div><p>Hello",
        "<div style='color:#fff;background:#003366'>/solve</div>",
        "<table bgcolor=navy><tr><td><font color=white>/solve</font></table>",
        "<div style='color:#fff'><span style='color:#111'>/solve</span></div>",
        "<div style='font-size:0'><p style='font-size:14px'>/solve</p></div>",
        "<div style='color:#f00'>/solve</div>",
        "<div style='border-color:white'>/solve</div>",
        "<div style='background-color:white'>/solve</div>",
        "<div style='color:#fff'>x</div><div>/solve</div>",
        "<div style='font-size:12pt'>/solve</div>",
        "<div style='font-size:1.2em'>/solve</div>",
        "<div style='font-size:100%'>/solve</div>",
        "<font size=2>/solve</font>",
        "<p style='font:normal 14px/1.4 Arial'>/solve</p>",
    ],
)
def test_a_command_that_is_seen_is_not(html: str) -> None:
    assert "/" not in render(html).unseen


def test_only_what_looks_like_a_command_is_a_defect_of_the_mail() -> None:
    top = b"From: Ben <ben@example.org>\r\nContent-Type: text/html\r\n\r\n"
    seen = read(top + b"<div style='color:#fff'>Your order http://shop.example/a/b is on its way 1/2</div><p>/note")
    assert [one for one in seen.defects if one.code == "unseen_text"] == []
    hidden = read(top + b"<div style='color:#fff'>/solve</div><p>Hello")
    assert Defect("unseen_text", "/solve") in hidden.defects
