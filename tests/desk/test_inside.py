"""Lines that only colleagues were sent are found again in an answer; other people's words are not (promises T25)."""

import time

import pytest

from desk.inside import inside_lines

INTERNAL = """⟦PD-1042-F internal⟧

**New ticket PD-1042-F**

- From: Ana, ana@example.org (identity checked)
- Priority P2, queue funds, Deposit & withdrawal
- Assigned to: Ben
- BEWARE: the sender's domain is not ours, it only looks like it: tern-example.com / example.org.
- It was added to this ticket although the sender's identity is not proven. Check before you reveal anything.

> My withdrawal of 500 USDT is stuck since yesterday.

Commands go above your text, one on each line:

- /solve – the work is done; a reply from the customer opens it again
- /open – we are working on it; the clock runs
"""
CHINESE = """- 优先级 P3，队列 support
- 负责人：未分配
- 警惕：发件人的域名只是与我们的相似，并不是我们的域名：example.net。

> 我的提现从昨天起一直没有到账，请尽快处理。

- /open – 处理中，继续计时
"""
NOTE = "I talked to compliance: the account was opened with a forged passport, they will freeze it on Monday."
INSIDE = (INTERNAL, CHINESE, NOTE)
OUTSIDE = (
    "My withdrawal of 500 USDT is stuck since yesterday.\nWhat can I do now?",
    "我的提现从昨天起一直没有到账，请尽快处理。",
    "One of our team will reply to you by Friday.",
)
PRIORITY = "Priority P2, queue funds, Deposit & withdrawal"
BEWARE = "BEWARE: the sender's domain is not ours, it only looks like it: tern-example.com / example.org."


@pytest.mark.parametrize(
    "text",
    [
        f"> - {PRIORITY}\n\nYes.",
        f"Yes.\n\n{PRIORITY}",
        f"*{PRIORITY}*",
        f"| {PRIORITY} |",
        f"Ben: {PRIORITY} Ana: thank you",
        PRIORITY.replace(", ", ",\n> "),
        PRIORITY.replace(" ", "\u00a0"),
        f"{BEWARE[:40]}\n> > {BEWARE[40:]}",
        BEWARE.upper(),
        BEWARE.replace("'", "’"),
        "BEWARE: the sender's domain is not ours\n\nNever mind.",
        "Check before you reveal anything. Thanks",
        "New ticket PD-1042-F\n\nHello",
        "I talked to compliance: the account was opened\nwith a forged passport, they will freeze it on Monday.",
        "Well, they will freeze it on Monday, it seems.",
        "> 优先级 P3，队列 support\n\n好的",
        "发件人的域名只是与\n我们的相似",
        "/solve – the work is done; a reply from the customer opens it again",
    ],
)
def test_an_internal_line_is_found_however_it_stands_there(text: str) -> None:
    assert inside_lines(text, INSIDE, OUTSIDE)


@pytest.mark.parametrize(
    "text",
    [
        "> My withdrawal of 500 USDT is stuck since yesterday.\n\nIt is on its way.",
        "> 我的提现从昨天起一直没有到账，请尽快处理。\n\n已处理。",
        "We are working on it; the ticket is waiting for the bank.",
        "The work is done; a reply opens it again.",
        "One of our team will reply to you by Friday.",
        "Assigned to: Ben",
        "负责人：未分配",
        "The sender's address is not yours.",
        "您好，您的提现已经到账，请查收。处理中。",
        "It was added to your account.",
        "",
    ],
)
def test_common_words_and_those_of_the_customer_are_not(text: str) -> None:
    assert inside_lines(text, INSIDE, OUTSIDE) == ()


def test_the_lines_are_shown_as_they_were_sent_each_once() -> None:
    assert inside_lines(f"{PRIORITY}\n{PRIORITY}\n{BEWARE}", (INTERNAL, INTERNAL), ()) == (PRIORITY, BEWARE)


def test_a_long_ticket_is_compared_in_no_time() -> None:
    started = time.process_time()
    inside_lines("word " * 20_000, tuple(f"{INTERNAL}{number}" for number in range(100)), OUTSIDE)
    inside_lines("a b c d " * 5_000, ("a b c d " * 5_000,) * 3, ("a b c d " * 5_000,))
    inside_lines("a b c d " * 5_000, ("a b c d " * 5_000,) * 3, ())
    assert time.process_time() - started < 20
