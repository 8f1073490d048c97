"""Measures the whole house on real servers: mails a second under backlog, and seconds from arrival to acknowledgement.

    python bench/house.py [MAILS]

The yardstick is a straight-line script in the same run: fetch, parse, one row, one small letter, no safety at all.
"""

import sqlite3
import statistics
import sys
import tempfile
import time
from email.message import EmailMessage
from pathlib import Path
from smtplib import SMTP

ROOT = Path(__file__).parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "tests")]

from imapclient import IMAPClient  # noqa: E402

from parser.read import read  # noqa: E402
from servers.dovecot import Dovecot, have_dovecot  # noqa: E402
from servers.house import House, mail  # noqa: E402
from servers.sink import Sink  # noqa: E402


def backlog(server: Dovecot, sink: Sink, folder: Path, count: int) -> float:
    """Mails a second, from the start of the daemon's work to the last acknowledgement."""
    house = House(folder, server.port, server.fresh_user(), sink)
    house.deliver(*(mail(f"Request {number}", sender=f"b{number}@example.net") for number in range(count)))
    house.start()
    try:
        house.wait_for(lambda: '"started"' in house.log())
        began = time.monotonic()
        sink.wait(2 * count, seconds=600)
        return count / (time.monotonic() - began)
    finally:
        house.stop()


def latency(server: Dovecot, sink: Sink, folder: Path) -> list[float]:
    """Seconds from APPEND to the acknowledgement accepted by the SMTP server, idle daemon, Dovecot with IDLE."""
    house = House(folder, server.port, server.fresh_user(), sink)
    house.start()
    try:
        house.wait_for(lambda: '"started"' in house.log())
        took = []
        for number in range(15):
            sender = f"l{number}@example.net"
            time.sleep(0.4)
            began = time.monotonic()
            house.deliver(mail(f"Question {number}", sender=sender))
            took.append(sink.wait(1, sender)[0].at - began)
        return took
    finally:
        house.stop()


def straight_line(server: Dovecot, sink: Sink, folder: Path, count: int) -> float:
    """Mails a second of a script that keeps nothing safe."""
    user = server.fresh_user()
    folder.mkdir()
    House(folder / "h", server.port, user, sink).deliver(
        *(mail(f"Request {number}", sender=f"s{number}@example.net") for number in range(count))
    )
    database = sqlite3.connect(folder / "plain.db")
    database.execute("CREATE TABLE ticket (id INTEGER PRIMARY KEY, subject TEXT, text TEXT)")
    began = time.monotonic()
    with IMAPClient("127.0.0.1", server.port, ssl=False) as client, SMTP("127.0.0.1", sink.port) as relay:
        client.login(user, "secret")
        client.select_folder("INBOX")
        for uid in client.search("ALL"):
            content = client.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
            parsed = read(content)
            database.execute("INSERT INTO ticket (subject, text) VALUES (?, ?)", (parsed.subject, parsed.new_text))
            database.commit()
            for recipient in (parsed.sender.address or "", "ben@example.org"):
                letter = EmailMessage()
                letter["From"], letter["To"], letter["Subject"] = "support@example.org", recipient, "Received"
                letter.set_content("We have it.")
                relay.send_message(letter)
            client.move([uid], "Trash2") if client.folder_exists("Trash2") else client.create_folder("Trash2")
    database.close()
    return count / (time.monotonic() - began)


def main() -> None:
    if not have_dovecot():
        print("house: Dovecot is not installed, nothing measured")
        return
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 300
    with tempfile.TemporaryDirectory() as name, Dovecot() as server:
        folder = Path(name)
        with Sink() as sink:
            plain = straight_line(server, sink, folder / "plain", count)
        with Sink() as sink:
            ours = backlog(server, sink, folder / "backlog", count)
        with Sink() as sink:
            took = latency(server, sink, folder / "latency")
    print(f"backlog of {count}: {ours:.0f} mails/s; straight-line script {plain:.0f} mails/s; ratio {ours / plain:.2f}")
    print(f"arrival to acknowledgement: median {statistics.median(took):.2f} s, worst of {len(took)} {max(took):.2f} s")


if __name__ == "__main__":
    main()
