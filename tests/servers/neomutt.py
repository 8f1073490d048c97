"""An agent's own mail client: neomutt in a terminal of its own (tmux), driven by its keys and read from its screen."""

import os
import shutil
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

from servers.pace import patience


def have_neomutt() -> bool:
    return shutil.which("neomutt") is not None and shutil.which("tmux") is not None


class Neomutt:
    """A client of one IMAP mailbox that sends by one SMTP server."""

    def __init__(self, folder: Path, *, user: str, address: str, imap_port: int, smtp_port: int) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._session = folder, f"postdesk{os.getpid()}"
        self.text = folder / "text"
        editor = folder / "editor"
        # What the agent writes stands above the quote that the client has made.
        editor.write_text(f'#!/bin/sh\ncat "{self.text}" "$1" > "$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o755)
        (folder / "rc").write_text(f"""
set folder="imap://{user}:secret@127.0.0.1:{imap_port}"
set spoolfile="+INBOX"
set imap_user={user}
set imap_pass=secret
set ssl_starttls=no
set ssl_force_tls=no
set smtp_url="smtp://127.0.0.1:{smtp_port}"
set smtp_authenticators=""
set from="{address}"
set realname="Ben Baker"
set editor="{editor}"
set fast_reply=yes
set reply_to=yes
set include=yes
set edit_headers=no
set record=""
set confirmappend=no
set quit=yes
set move=no
set mark_old=no
set header_cache=""
set send_charset="utf-8"
set charset="utf-8"
set mail_check=1
set timeout=1
set sort=reverse-date
unset use_domain
set abort_noattach=no
""")
        self._environment = {**os.environ, "TERM": "xterm", "LC_ALL": "C.UTF-8", "HOME": str(folder)}
        self._environment.pop("TMUX", None)

    def __enter__(self) -> "Neomutt":
        command = f"neomutt -n -F {self._folder}/rc"
        self._tmux("new-session", "-d", "-s", self._session, "-x", "140", "-y", "40", command)
        return self

    def __exit__(self, *args: object) -> None:
        self._tmux("kill-server", check=False)

    def reply(self, subject: str, text: str) -> None:
        """Replies to the newest mail, once one with this subject is on the screen."""
        self.text.write_text(text)
        self.wait(subject)
        self.press("r")
        # Not "Send": the line below may still say "Sending message..." of the letter before.
        self.wait("y:Send")
        # What it says of the sending is gone at the next look for mail: see what arrives instead.
        self.press("y")
        self.wait_until(lambda screen: "y:Send" not in screen, "the end of the menu for sending")

    def press(self, *keys: str) -> None:
        self._tmux("send-keys", "-t", self._session, *keys)

    def screen(self) -> str:
        return self._tmux("capture-pane", "-p", "-t", self._session)

    def wait(self, text: str, seconds: float = 20.0) -> None:
        self.wait_until(lambda screen: text in screen, repr(text), seconds)

    def wait_until(self, true_of: Callable[[str], bool], what: str, seconds: float = 20.0) -> None:
        end = time.monotonic() + patience(seconds)
        while not true_of(shown := self.screen()):
            assert time.monotonic() < end, f"no {what} on the screen:\n{shown}"
            time.sleep(0.05)

    def _tmux(self, *words: str, check: bool = True) -> str:
        command = ["tmux", "-L", self._session, "-f", "/dev/null", *words]
        done = subprocess.run(command, env=self._environment, capture_output=True, text=True, timeout=patience(20))
        assert not check or done.returncode == 0, done.stderr
        return done.stdout
