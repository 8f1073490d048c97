"""Every command in every dress, at every place: obeyed where it is clearly meant, else its mail is held.

Of a note no line may ever be text for the customer (docs/decisions/0011).
"""

import re
import unicodedata
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desk.commands import run as commands
from desk.commands.names import nearest
from desk.commands.parse import ParsedCommands, numbers_named, parse
from desk.commands.run import BadCommand

NOTE = "This customer is on the fraud list."
ARGUMENTS = {
    "assign": "ben", "priority": "P1", "queue": "security", "category": "kyc", "type": "kyc", "cc": "all",
    "snooze": "3d", "merge": "PD-1042-F", "merge!": "PD-1042-F", "unmerge": "PD-1042-F", "duplicate": "1042",
    "to": "li@example.net", "join": "PD-1042-F",
}  # fmt: skip
OBEYED = [(name, ARGUMENTS.get(name, "")) for name in commands.COMMANDS if name != "send"]
CLEAR: dict[str, Callable[[str], str]] = {
    "bold in Gmail's plain text": "*{}*".format,
    "bold in Markdown": "**{}**".format,
    "italics": "_{}_".format,
    "code": "`{}`".format,
    "fence": "```\n{}\n```".format,
    "list": "- {}".format,
    "list of Outlook": "• {}".format,
    "middle dot": "· {}".format,
    "number": "1. {}".format,
    "number in brackets": "(1) {}".format,
    "letter": "a) {}".format,
    "task": "- [ ] {}".format,
    "brackets": "[{}]".format,
    "parentheses": "({})".format,
    "braces": "{{{}}}".format,
    "quotation marks": '"{}"'.format,
    "curly quotation marks": "“{}”".format,
    "Chinese quotation marks": "「{}」".format,
    "full stop": "{}.".format,
    "Chinese full stop": "{}。".format,
    "colon": "{}:".format,
    "heading": "# {}".format,
    "tag of HTML": "<b>{}</b>".format,
    "paragraph of Outlook": "<p>{}<o:p></o:p></p>".format,
    "link of Markdown": "[{}](https://example.org/x)".format,
    "emoji": "📝 {}".format,
    "blanks": "\u00a0 \u3000{}\u2003".format,
    "nothing that can be seen": "\ufeff\u200b{}\u2060\u00ad".format,
    "backslash": "\\{}".format,
    "entity": "&nbsp;{}".format,
    "arrow": "→ {}".format,
    "stars above": "* * *\n{}".format,
    "line of HTML": "{}<br>".format,
}
SCRIPTS: dict[str, Callable[[str], str]] = {
    "as it is": str,
    "capital": lambda line: f"/{line[1:2].upper()}{line[2:]}",
    "capitals": lambda line: line.upper() if " " not in line else line,
    "full-width slash": lambda line: f"／{line[1:]}",
    "division slash": lambda line: f"∕{line[1:]}",
    "fraction slash": lambda line: f"⁄{line[1:]}",
    "blank behind the slash": lambda line: f"/ {line[1:]}",
    "full-width": lambda line: "".join(chr(ord(one) + 0xFEE0) if "!" <= one <= "~" else one for one in line),
    "ideographic blank": lambda line: line.replace(" ", "\u3000"),
    "Chinese key": lambda line: f"、{line[1:]}",
}


def line_of(name: str, argument: str) -> str:
    return f"/{name} {argument}".strip()


@pytest.mark.parametrize("script", SCRIPTS)
@pytest.mark.parametrize("dress", CLEAR)
def test_a_command_is_obeyed_in_any_dress_and_script(dress: str, script: str) -> None:
    for name, argument in OBEYED:
        written = CLEAR[dress](SCRIPTS[script](line_of(name, argument)))
        parsed = parse(f"{written}\n\nDear Ana,\n\nDone.", commands.COMMANDS)
        assert isinstance(parsed, ParsedCommands), (written, parsed)
        assert [(one, more.casefold()) for one, more in parsed.commands] == [(name, argument.casefold())], written
        assert parsed.text == "Dear Ana,\n\nDone.", written


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("/备注", "note"), ("／備註", "note"), ("、备注", "note"), ("【/备注】", "note"), ("/内部备注", "note"),
        ("/关闭", "close"), ("/關閉", "close"), ("/已解决", "solve"), ("/等待", "wait"), ("/分配 ben", "assign"),
        ("/优先级 P1", "priority"), ("/合并 PD-1042-F", "merge"), ("/垃圾邮件", "spam"), ("/发送", "send"),
    ],
)  # fmt: skip
def test_commands_have_chinese_names(written: str, name: str) -> None:
    parsed = parse(f"{written}\n{NOTE}", commands.COMMANDS)
    assert isinstance(parsed, ParsedCommands)
    assert [one for one, _ in parsed.commands] == [name]


@pytest.mark.parametrize(
    "line", ["/备注这个客户在黑名单上", "／关闭吧", "/备住", "/关必", "/內部備註他在說謊", "- /转给小李"]
)
@pytest.mark.parametrize("above", ["", "您好，卡已寄出。\n", "Posted.\n\n"])
def test_chinese_that_runs_into_a_command_is_asked_about(line: str, above: str) -> None:
    assert isinstance(parse(f"{above}{line}\n他在说谎。", commands.COMMANDS), BadCommand)


@pytest.mark.parametrize(
    "text", ["提现/充值已恢复。", "卡已寄出。\n请看 /关闭/订单", "充值、关闭都可以。", "1/2 已完成"]
)
def test_chinese_with_a_slash_within_is_text(text: str) -> None:
    found = parse(text, commands.COMMANDS)
    assert isinstance(found, ParsedCommands)
    assert not found.commands


def test_two_commands_on_one_line_are_two_commands() -> None:
    parsed = parse(f"/assign me /priority P2 /note\n{NOTE}", commands.COMMANDS)
    assert parsed == ParsedCommands((("assign", "me"), ("priority", "P2"), ("note", "")), NOTE)


ASKED = [
    "> {}", ">{}", "> > {}", "| {} |", "│ {}", "» {}", "&gt; {}", "/{}", "Ben: {}", "Internal {}", "FYI: {}", "{} {}",
]  # fmt: skip


@pytest.mark.parametrize("dress", ASKED)
def test_a_command_that_may_be_meant_is_neither_obeyed_nor_sent(dress: str) -> None:
    for name, argument in OBEYED:
        if dress == "{} {}" and argument:
            continue
        written = dress.replace("{}", line_of(name, argument))
        parsed = parse(f"{written}\n\n{NOTE}", commands.COMMANDS)
        assert isinstance(parsed, BadCommand) or dress == "{} {}", written
        if isinstance(parsed, ParsedCommands):
            assert {one for one, _ in parsed.commands} == {name}


@pytest.mark.parametrize(
    "top",
    [
        "note",
        "Note",
        "NOTE:",
        "@note",
        "<note>",
        "{note}",
        "notes:",
        "internal note",
        "Schrägstrich note",
        "x/note",
        "#note",
        "!note",
        "\\note",
        "note/",
        "~note",
        "[note]",
        "*Note*",
        "- note",
        "Note: he lies",
        "note - he lies",
        "slash note",
        "Slash, note",
        "forward slash note",
        "斜杠备注",
        "备注",
        "备注：他在说谎",
        "assign ben",
        "priority P1",
        "wait other",
        "snooze 3d",
        "merge PD-1042-F",
        "queue security",
        "cc all",
        "/note: he lies",
        "/note (internal)",
        "/note, he lies",
        "/notes",
        "/nte",
        "/ntoe",
        "/not",
        "/note/",
        "/note/ben",
        "//note",
        "/nоte",
        "/備注 他",
        "/заметка",
        "/メモ",
        "/ملاحظة",
        "/nota",
        "/note—he lies",
        "/solve/note",
        "/ / note",
        "/slove",
        "/asign ben",
        "/pritority P1",
        "/note he lies",
    ],
)
@pytest.mark.parametrize("above", ["", "/solve\n", "/assign chris\n\n"])
def test_what_is_one_slip_away_from_a_command_is_asked_about(top: str, above: str) -> None:
    parsed = parse(f"{above}{top}\n\n{NOTE}", commands.COMMANDS)
    if isinstance(parsed, ParsedCommands):
        # With an argument that /note does not take: refused when it is carried out.
        assert parsed.commands[-1][0] == "note"
        assert parsed.commands[-1][1]
    else:
        assert parsed.reason in ("unknown_command", "perhaps_command")


@pytest.mark.parametrize("above", ["Hi,\n", "Hello Ana,\n\n", "Ben Baker\n", "See below.\n\n\n", "您好：\n"])
@pytest.mark.parametrize(
    "line", ["/note", "*/note*", "- /note", "／note", "/备注", "/Note:", "[/note]", "/note /solve"]
)
@pytest.mark.parametrize("below", ["\n\nHe lies.", "", "\nHe lies.\n\nBen"])
def test_a_command_below_text_is_asked_about(above: str, line: str, below: str) -> None:
    assert isinstance(parse(f"{above}{line}{below}", commands.COMMANDS), BadCommand)


@pytest.mark.parametrize("greeting", ["Hi,", "Hi Ben,", "Hello:", "Dear colleagues,", "您好，"])
def test_a_bare_name_behind_a_greeting_is_asked_about(greeting: str) -> None:
    assert isinstance(parse(f"{greeting}\n\nnote\n\n{NOTE}", commands.COMMANDS), BadCommand)


@pytest.mark.parametrize(
    "text",
    [
        "/usr/bin is where it is.",
        "/usr/bin",
        "/etc/passwd",
        "/v3/orders answers 401",
        "/api/",
        "/r/foo",
        "/2024",
        "/open/orders gives you the list.",
        "1/2",
        "1/2/2026 is the date.",
        "24/7",
        "// a remark",
        "//cdn.example.com/note",
        "https://example.org/note",
        "http://example.org/solve\nis the page.",
        "www.example.org/close",
        "and/or later",
        "Note that your card was posted.",
        "Open the app and log in.",
        "Close the window.",
        "Wait for the code.",
        "Type your name.",
        "Solved.",
        "Closed",
        "Priority mail is faster.",
        "Assign a name to the key in the app, please.",
        "Hello Ana,\n\nthe path is\n/usr/local/bin",
        "Use\n/frobnicate\nin the chat.",
        "The range is 3/4 to 5/8.",
        "/",
        "1. Open the app\n2. Close it",
        "- Wait for the code\n- Type it",
        "> Is it open?\n\nYes.",
        "> note the date\n\nI did.",
        "您好，\n\n请打开应用。",
        "打开应用后请重新登录。",
        "、这是笔误",
        "合并后的地址如下",
        "优先处理您的订单",
        "AC/DC",
        "km/h",
        "Hello,\n\nwe are\nopen\nagain.",
        "N/A",
        "c/o Ana",
        "w/o fee",
        "On 1/2 we sent it.",
        "/ = slash",
    ],
)
def test_text_stays_text(text: str) -> None:
    assert parse(text, commands.COMMANDS) == ParsedCommands((), text)


def test_below_send_everything_is_text() -> None:
    text = "Note: type\n/close\nin the bot."
    parsed = parse(f"/solve\n/send\n\n{text}", commands.COMMANDS)
    assert parsed == ParsedCommands((("solve", ""), ("send", "")), text)
    assert parsed.certain
    assert isinstance(parse(text, commands.COMMANDS), BadCommand)
    assert parse(text, commands.COMMANDS, certain=True) == ParsedCommands((), text)


def test_a_mail_for_colleagues_need_not_be_asked_about_what_has_no_slash() -> None:
    assert parse("Note: he lies.", commands.COMMANDS, private=True) == ParsedCommands((), "Note: he lies.")
    assert parse("> /note\n\nhe lies", commands.COMMANDS, private=True) == ParsedCommands((), "> /note\n\nhe lies")
    assert isinstance(parse("/slove", commands.COMMANDS, private=True), BadCommand)


# Some signs are letters once they are normalised.
LETTERS = st.characters(exclude_categories=("L", "N", "C", "M"), exclude_characters="/").filter(
    lambda sign: not re.search(r"\w", unicodedata.normalize("NFKC", sign))
)


@given(st.text(LETTERS, max_size=6), st.sampled_from(sorted(commands.COMMANDS)), st.text(LETTERS, max_size=6))
def test_no_sign_around_a_command_makes_it_text(before: str, name: str, after: str) -> None:
    line = f"{before}/{name}{after}".splitlines()
    if len(line) == 1 and name != "send":
        parsed = parse(f"{line[0]}\n\n{NOTE}", commands.COMMANDS)
        assert isinstance(parsed, BadCommand) or parsed.commands, line


@given(st.text(max_size=40), st.text(max_size=40))
def test_reading_ends_for_any_text(first: str, second: str) -> None:
    parse(f"{first}/note{second}\n/{second}", commands.COMMANDS)
    numbers_named(f"/merge {first}\n{second}", "PD")


def test_a_slip_is_one_letter_more_less_other_or_swapped() -> None:
    for word in ("notes", "nte", "nite", "ntoe", "onte", "noe", "note2", "xnote"):
        assert nearest(word, commands.COMMANDS) == "note", word
    for word in ("note", "nets", "notary", "etc", "usr", "cx", "order", "quote"):
        assert nearest(word, commands.COMMANDS) is None, word


def test_a_long_line_is_read_in_no_time() -> None:
    for line in ("/" * 200_000, "> " * 100_000 + "/note", "[" * 100_000, "<a " * 60_000, "/note" + "!" * 200_000):
        parse(f"{line}\n\nx", commands.COMMANDS)
