"""The whole mission with the mail servers and the mail client that people have: Postfix, Dovecot, neomutt."""

import smtplib
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import need

from servers.dovecot import Dovecot
from servers.house import AUTHSERV, House, mail
from servers.mailbox import Owner
from servers.neomutt import Neomutt, have_neomutt
from servers.postfix import Postfix, have_postfix
from servers.sink import Sink


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def told(port: int, user: str) -> bool:
    """Whether this agent has been told of a letter that did not arrive."""
    with Owner(port, user) as owner:
        return any(b"<undelivered." in content for content, _ in owner.mails())


def test_a_mail_is_answered_from_neomutt_and_a_bounce_comes_back(tmp_path: Path, dovecot: Dovecot, sink: Sink) -> None:
    need(have_postfix(), "Postfix (as root)")
    need(have_neomutt(), "neomutt and tmux")
    desk, ben = dovecot.fresh_user(), dovecot.fresh_user()
    support, agent = f"{desk}@example.org", f"{ben}@example.org"
    proof = f"Authentication-Results: {AUTHSERV}; dmarc=pass header.from=example.org"
    with (
        Postfix(lmtp_port=dovecot.lmtp_port, relay_port=sink.port, stamps={agent: proof}) as postfix,
        House(tmp_path / "house", dovecot.port, desk, sink) as house,
    ):
        text = house.config.read_text().replace("support@example.org", support).replace("ben@example.org", agent)
        house.config.write_text(text.replace(f"port = {sink.port}", f"port = {postfix.port}"))
        house.start()
        with smtplib.SMTP("127.0.0.1", postfix.port) as client:
            words = "我的提现一直没有到账，请帮忙。"
            content = mail("提现未到账", words, to=support, message_id="ana1@client.example.net")
            client.sendmail("ana@example.net", [support], content)
        greeting = sink.wait(1, "ana@example.net")[0]
        assert greeting.sender == "", "an acknowledgement has no return address"
        assert "PD-1001-N" in greeting.mail["Subject"]
        with Neomutt(
            tmp_path / "client",
            user=ben,
            address=agent,
            imap_port=dovecot.port,
            smtp_port=postfix.port,
        ) as client_of_ben:
            client_of_ben.reply("PD-1001-N", "/priority P1\n\n已经处理，请查收。\n\n")
            answer = sink.wait(2, "ana@example.net")[1].mail
            body = answer.get_body(("plain",))
            assert body is not None
            assert "已经处理，请查收。" in body.get_content()
            assert "/priority" not in body.get_content()
            assert agent not in str(answer), "the agent's address stays inside"
            assert "internal" not in body.get_content()
            assert "<ana1@client.example.net>" in answer["References"], "it is in the customer's thread"
            # From now on Ana's server refuses her; Postfix has accepted the letter and sends a real report.
            sink.refuse["ana@example.net"] = "550 5.1.1 no such user"
            with smtplib.SMTP("127.0.0.1", postfix.port) as client:
                ids = f"<{answer['Message-ID'].strip('<> ')}>"
                again = mail("Re: 提现未到账", "谢谢", to=support, headers={"In-Reply-To": ids, "References": ids})
                client.sendmail("ana@example.net", [support], again)
            client_of_ben.wait("Msgs:2")
            client_of_ben.reply("PD-1001-N", "不客气。\n\n")
        bounced = house.wait_for(lambda: house.json("letters", "--state", "bounced"), 30, "bounced")
        assert [(one["kind"], one["recipient"]) for one in bounced] == [("answer", "ana@example.net")]
        assert bounced[0]["reason"].startswith("5.1.1")
        house.wait_for(lambda: told(dovecot.port, ben), why="Ben is told")
        (ticket,) = house.json("tickets")
        assert ticket["priority"] == "P1"
        shown = house.json("show", "1001")
        assert [one["author"] for one in shown["messages"]] == ["requester", "agent", "requester", "agent"]
        assert "bounced" in [one["kind"] for one in shown["events"]]
        with Owner(dovecot.port, desk) as owner:
            assert owner.mails() == []
