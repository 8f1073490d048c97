"""HTML as a person sees it."""

import pytest

from parser.html.render import render


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
