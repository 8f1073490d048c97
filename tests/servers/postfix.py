"""A real Postfix 3 in a temporary folder on 127.0.0.1; only root can start it, because its master insists."""

import grp
import os
import pwd
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path

from servers.process import Server, answers, find_program, free_port, temporary_folder

REFUSED = "refused@example.org"
LATER = "later@example.org"

_QUEUES = ("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming", "private", "saved", "trace")
_SERVICES = """\
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def have_postfix() -> bool:
    """Whether it is installed and we are root."""
    return os.getuid() == 0 and _master() is not None and find_program("postconf", "/usr/sbin") is not None


def _master() -> str | None:
    return find_program("master", "/usr/lib/postfix/sbin", "/usr/libexec/postfix")


class Postfix:
    """Takes any mail on `port`: mail for example.org goes to LMTP, all other mail to the relay, or bounces.

    The recipients REFUSED and LATER get 550 and 451.
    """

    def __init__(
        self, *, lmtp_port: int | None = None, relay_port: int | None = None, stamps: Mapping[str, str] | None = None
    ) -> None:
        """`stamps` are fields that it puts on top of mail of an envelope sender, as a checking border does."""
        self.port = free_port()
        self.base = temporary_folder("pf")
        self._server: Server | None = None
        self._write(lmtp_port, relay_port, stamps or {})

    def __enter__(self) -> "Postfix":
        master = _master()
        assert master is not None, "postfix is not installed"
        try:
            self._server = Server(
                [master, "-c", str(self.base / "etc"), "-d"],
                self.base / "out.log",
                lambda: answers(self.port, b"220"),
                environment={"MAIL_CONFIG": str(self.base / "etc")},
            )
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *args: object) -> None:
        self.stop()

    def stop(self) -> None:
        """End it and remove its folder."""
        if self._server is not None:
            self._server.stop(signal.SIGTERM)
            self._server = None
        shutil.rmtree(self.base, ignore_errors=True)

    def _write(self, lmtp_port: int | None, relay_port: int | None, stamps: Mapping[str, str]) -> None:
        base, owner, drop = self.base, pwd.getpwnam("postfix"), grp.getgrnam("postdrop").gr_gid
        master = _master()
        daemons = Path(master).parent if master else Path("/usr/lib/postfix/sbin")
        for name in ("etc", "spool", "data"):
            (base / name).mkdir()
        os.chown(base / "data", owner.pw_uid, owner.pw_gid)
        own = f"virtual_transport = lmtp:inet:127.0.0.1:{lmtp_port}\nvirtual_mailbox_domains = example.org"
        stamped = ", ".join(f"{{ {sender} = PREPEND {field} }}" for sender, field in stamps.items())
        outside = f"smtp:[127.0.0.1]:{relay_port}" if relay_port else "error:5.4.4 no outside mail in tests"
        (base / "etc" / "main.cf").write_text(f"""\
compatibility_level = 3.6
queue_directory = {base}/spool
data_directory = {base}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.org
mydestination =
mynetworks = 127.0.0.0/8
{own if lmtp_port else ""}
default_transport = {outside}
smtp_host_lookup = native
smtp_dns_support_level = disabled
alias_maps =
alias_database =
local_recipient_maps =
smtpd_recipient_restrictions =
  check_recipient_access inline:{{ {{{REFUSED}=550 5.1.1 no such user}}, {{{LATER}=451 4.7.1 come again}} }},
  permit_mynetworks, reject
smtpd_sender_restrictions = {f"check_sender_access inline:{{ {stamped} }}" if stamps else ""}
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 4s
smtputf8_enable = yes
message_size_limit = 60000000
mailbox_size_limit = 0
maillog_file = {base}/maillog
maillog_file_prefixes = {base}
import_environment = MAIL_CONFIG={base}/etc
""")
        (base / "etc" / "master.cf").write_text(f"127.0.0.1:{self.port} inet n - n - - smtpd\n{_SERVICES}")
        for name in _QUEUES:
            (base / "spool" / name).mkdir(mode=0o700)
            os.chown(base / "spool" / name, owner.pw_uid, owner.pw_gid)
        for name, mode in (("public", 0o2710), ("maildrop", 0o1730)):
            (base / "spool" / name).mkdir()
            os.chown(base / "spool" / name, owner.pw_uid, drop)
            (base / "spool" / name).chmod(mode)
        (base / "spool" / "pid").mkdir()
