"""A real PostgreSQL in a temporary folder on 127.0.0.1, for any user; as root it drops to nobody."""

import os
import shutil
import signal
import subprocess
from pathlib import Path

import psycopg

from servers.process import Server, find_program, free_port, run_user, temporary_folder

OWNER = "desk"


def have_postgres() -> bool:
    """Whether its programs are installed."""
    return _programs() is not None


def _programs() -> Path | None:
    """The folder of initdb and postgres: the newest that is installed, unless POSTDESK_TEST_PG names one."""
    named = os.environ.get("POSTDESK_TEST_PG")
    if named:
        return Path(named)
    versions = [path.parent for path in Path("/usr/lib/postgresql").glob("*/bin/initdb")]
    if versions:
        return max(versions, key=lambda bin: int("0" + "".join(c for c in bin.parent.name if c.isdigit())))
    found = find_program("initdb")
    return Path(found).resolve().parent if found else None


class Postgres:
    """`new_database()` gives the URL of an empty one, or of a copy of another."""

    def __init__(self, *, fsync: bool = False) -> None:
        """`fsync` makes commits survive a crash of the machine, and tests slow."""
        programs = _programs()
        assert programs is not None, "postgres is not installed"
        self._programs = programs
        self._fsync = fsync
        self._user = run_user()
        self.base = temporary_folder("pg", self._user)
        self.port = free_port()
        self._server: Server | None = None
        self._made = 0

    def start(self) -> "Postgres":
        """Start it, after creating the cluster where there is none."""
        data = self.base / "data"
        if not data.exists():
            self._initdb(data)
        safety = "on" if self._fsync else "off"
        settings = [
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={self.base}",
            f"fsync={safety}",
            f"synchronous_commit={safety}",
            f"full_page_writes={safety}",
            "max_connections=100",
        ]
        self._server = Server(
            [
                str(self._programs / "postgres"),
                *("-D", str(data)),
                *("-p", str(self.port)),
                *(part for setting in settings for part in ("-c", setting)),
            ],
            self.base / "postgres.log",
            self._is_ready,
            user=self._user,
        )
        return self

    def _initdb(self, data: Path) -> None:
        drop = os.getuid() == 0
        done = subprocess.run(
            [
                str(self._programs / "initdb"),
                *("-D", str(data)),
                *("-U", OWNER),
                *("-A", "trust"),
                *("-E", "UTF8"),
                "--locale=C",
                "--no-sync",
            ],
            cwd=self.base,
            capture_output=True,
            text=True,
            check=False,
            user=self._user.pw_uid if drop else None,
            group=self._user.pw_gid if drop else None,
            extra_groups=[] if drop else None,
        )
        if done.returncode:
            raise RuntimeError(f"initdb failed: {done.stderr[-2000:]}")

    def _is_ready(self) -> bool:
        try:
            psycopg.connect(self._dsn, connect_timeout=1).close()
        except psycopg.OperationalError:
            return False
        return True

    @property
    def _dsn(self) -> str:
        return f"host=127.0.0.1 port={self.port} user={OWNER} dbname=postgres"

    def new_database(self, template: str = "") -> str:
        """The SQLAlchemy URL of a new database: a copy of the one at the URL `template`, which nobody may be using."""
        self._made += 1
        name = f"t{os.getpid()}_{self._made}"
        copied = template.rpartition("/")[2] or "template0"
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f'CREATE DATABASE "{name}" TEMPLATE "{copied}"')  # type: ignore[call-overload, unused-ignore]
        return f"postgresql+psycopg://{OWNER}@127.0.0.1:{self.port}/{name}"

    def drop_database(self, url: str) -> None:
        """Remove a database together with whoever is connected to it."""
        name = url.rpartition("/")[2]
        with psycopg.connect(self._dsn, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')  # type: ignore[call-overload, unused-ignore]

    def shut_down(self) -> None:
        """End it orderly, cutting every connection; the data stays."""
        if self._server is not None:
            self._server.stop(signal.SIGINT)
            self._server = None

    def kill(self) -> None:
        """End it as a crash would; the data stays."""
        if self._server is not None:
            self._server.stop(0)
            self._server = None

    def restart(self) -> None:
        """End it, cutting every connection, and start it again on the same port."""
        self.shut_down()
        self.start()

    def stop(self) -> None:
        """End it and remove its folder."""
        self.shut_down()
        shutil.rmtree(self.base, ignore_errors=True)

    def __enter__(self) -> "Postgres":
        try:
            return self.start()
        except BaseException:
            self.stop()
            raise

    def __exit__(self, *args: object) -> None:
        self.stop()
