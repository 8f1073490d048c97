"""The IMAP half of the loopback mail world: pymap with its in-memory backend, as a process of its own.

    stdin    one line of JSON, {"ben@example.org": "password", …}; at its end this process ends
    stdout   one line of JSON, {"port": 41043} once it listens on 127.0.0.1, or {"error": "why it does not"}

pymap is frozen at 0.36.7: its command line knows one user only, so its classes are put together here.
"""

import argparse
import asyncio
import json
import os
import signal
import sys
import threading
from argparse import Namespace

from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, DictBackend, Login
from pymap.imap import IMAPServer
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext


async def serve(users: dict[str, str], port: int) -> None:
    """Serve these users, login name to password, until the process ends."""
    # What pymap's own command line would have parsed.
    options = Namespace(
        host="127.0.0.1",
        port=port,
        debug=False,
        cert=None,
        key=None,
        tls=False,
        proxy_protocol=None,
        passlib_cfg=None,
        demo_data=False,
        demo_user="",
        demo_password="",
    )
    # The passwords live in memory only, and a slow hash would cost a tenth of a second at each login.
    config = Config.from_args(options, hash_context=Cleartext(), invalid_user_sleep=0.0)
    login = Login(config)
    for name, password in users.items():
        login.users_dict[name] = UserMetadata(config, name, password=password)
    backend = DictBackend(login, config)
    config.apply_context()
    accept = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(backend.login, config))
    try:
        server = await asyncio.start_server(accept, config.host, config.port)
    except (OSError, OverflowError) as error:
        print(json.dumps({"error": str(error)}), flush=True)
        return
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    async with server:
        await server.serve_forever()


def _end_with_the_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    cli = argparse.ArgumentParser(description=__doc__)
    cli.add_argument("--port", type=int, default=0, help="0 takes a free one")
    port = cli.parse_args().port
    # Ctrl-C goes to the whole group; the parent still needs us to finish, and then closes our stdin.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    users = json.loads(sys.stdin.buffer.readline())
    threading.Thread(target=_end_with_the_parent, daemon=True).start()
    asyncio.run(serve(users, port))


if __name__ == "__main__":
    main()
