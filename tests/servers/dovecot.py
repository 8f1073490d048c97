"""A real Dovecot 2.3 in a temporary folder on 127.0.0.1, for any user; as root it drops to nobody."""

import grp
import shutil
import ssl
from pathlib import Path

import trustme

from servers.process import Server, answers, find_program, free_port, hand_over, run_user, temporary_folder

PASSWORD = "secret"
USERS = tuple(f"t{number}" for number in range(200))
CAPABILITY = "IMAP4rev1 LITERAL+ ID ENABLE SPECIAL-USE NAMESPACE UNSELECT CHILDREN"
"""For `imap_capability`: add the extensions that a test wants to be offered."""


def have_dovecot() -> bool:
    """Whether the program is installed; it stands in sbin, which is seldom on the PATH of ordinary users."""
    return _program() is not None


def _program() -> str | None:
    return find_program("dovecot", "/usr/sbin", "/usr/local/sbin", "/opt/homebrew/sbin")


class Dovecot:
    """Users t0 … t199, password "secret": a fresh name is an empty mailbox, and costs nothing.

    `port` speaks plain text and, with `tls`, STARTTLS; `tls_port` TLS; `lmtp_port` takes mail for any of the users.
    """

    def __init__(
        self,
        *,
        tls: bool = False,
        capability: str = "",
        prefix: str = "",
        separator: str = "/",
        driver: str = "maildir",
        extra: str = "",
    ) -> None:
        """`capability` is what it offers after the login in place of all it can; `prefix` that of the namespace."""
        self._tls = tls
        self._user = run_user()
        self.base = temporary_folder("dc")
        self.port, self.tls_port, self.lmtp_port = free_port(), free_port(), free_port()
        self._server: Server | None = None
        self._taken = 0
        self.ca = self.base / "ca.pem"
        """The authority that signed its certificate, with `tls`."""
        if tls:
            authority = trustme.CA()
            authority.cert_pem.write_to_path(self.ca)
            certificate = authority.issue_cert("127.0.0.1", "localhost")
            certificate.private_key_and_cert_chain_pem.write_to_path(self.base / "server.pem")
        self._write(capability, prefix, separator, driver, extra)

    def fresh_user(self) -> str:
        """A user that no test has used."""
        self._taken += 1
        return USERS[self._taken - 1]

    def start(self) -> "Dovecot":
        program = _program()
        assert program is not None, "dovecot is not installed"
        self._server = Server(
            [program, "-F", "-c", str(self.base / "dovecot.conf")],
            self.base / "out.log",
            lambda: answers(self.port, b"* OK"),
            user=self._user,
        )
        return self

    def kill(self) -> None:
        """End it at once, with all its children, as a crash would."""
        if self._server is not None:
            # SIGTERM makes Dovecot wait a second for its children.
            self._server.stop(0)
            self._server = None

    def restart(self) -> None:
        """Kill it and start it again on the same ports, with all mail in place."""
        self.kill()
        self.start()

    def stop(self) -> None:
        """End it and remove its folder."""
        self.kill()
        shutil.rmtree(self.base, ignore_errors=True)

    def __enter__(self) -> "Dovecot":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *args: object) -> None:
        self.stop()

    def maildir(self, user: str) -> Path:
        """Where the mail of a user lies, with the "maildir" driver."""
        return self.base / "mail" / user / "Maildir"

    def trusting(self) -> ssl.SSLContext:
        """A context that trusts its certificate."""
        return ssl.create_default_context(cafile=self.ca)

    def _write(self, capability: str, prefix: str, separator: str, driver: str, extra: str) -> None:
        base, user = self.base, self._user
        (base / "run").mkdir()
        (base / "mail").mkdir()
        (base / "users").write_text("".join(f"{name}:{{PLAIN}}{PASSWORD}::::::\n" for name in USERS))
        location = f"{driver}:{base}/mail/%n/{'Maildir' if driver == 'maildir' else driver}"
        certificate = f"ssl_cert = <{base}/server.pem\nssl_key = <{base}/server.pem" if self._tls else ""
        offered = f"imap_capability = {capability}" if capability else ""
        (base / "dovecot.conf").write_text(f"""
base_dir = {base}/run
state_dir = {base}/run
log_path = {base}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = {"yes" if self._tls else "no"}
{certificate}
disable_plaintext_auth = no
auth_mechanisms = plain login
default_internal_user = {user.pw_name}
default_internal_group = {grp.getgrgid(user.pw_gid).gr_name}
default_login_user = {user.pw_name}
mail_uid = {user.pw_uid}
mail_gid = {user.pw_gid}
first_valid_uid = 0
first_valid_gid = 0
mail_home = {base}/mail/%n
mail_location = {location}
mail_fsync = never
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1 s
auth_failure_delay = 0
auth_username_format = %Ln
postmaster_address = postmaster@example.org
protocol imap {{
  {offered}
}}
passdb {{
  driver = passwd-file
  args = scheme=PLAIN username_format=%n {base}/users
}}
userdb {{
  driver = static
  args = uid={user.pw_uid} gid={user.pw_gid} home={base}/mail/%n
}}
namespace inbox {{
  inbox = yes
  separator = {separator}
  prefix = {prefix}
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {self.port}
  }}
  inet_listener imaps {{
    port = {self.tls_port if self._tls else 0}
    ssl = yes
  }}
}}
# Without this every login waits for seconds after a few wrong passwords from this address.
service anvil {{
  chroot =
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service stats {{
  unix_listener stats-writer {{
    mode = 0666
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {self.lmtp_port}
  }}
}}
{extra}
""")
        hand_over(base, user)
