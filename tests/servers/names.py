"""A DNS server for TXT records on this machine, which can fall silent."""

import socket
import threading
from dataclasses import dataclass, field

import dns.message
import dns.rcode
import dns.rrset


@dataclass
class Names:
    """Answers over UDP what stands in `records`, and NXDOMAIN for the rest."""

    records: dict[str, list[str]] = field(default_factory=dict)
    """TXT records by name; a name of one only."""
    ttl: int = 60
    silent: bool = False
    broken: bool = False
    """SERVFAIL for everything."""
    asked: list[str] = field(default_factory=list)

    def __enter__(self) -> "Names":
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, *args: object) -> None:
        # An empty datagram ends the thread.
        self._socket.sendto(b"", self._socket.getsockname())
        self._thread.join(5)
        self._socket.close()

    @property
    def place(self) -> str:
        return f"127.0.0.1:{self._socket.getsockname()[1]}"

    def _serve(self) -> None:
        while True:
            wire, client = self._socket.recvfrom(4096)
            if not wire:
                return
            question = dns.message.from_wire(wire)
            name = question.question[0].name
            self.asked.append(name.to_text(omit_final_dot=True))
            if self.silent:
                continue
            answer = dns.message.make_response(question)
            records = self.records.get(self.asked[-1], [])
            if self.broken:
                answer.set_rcode(dns.rcode.SERVFAIL)
            elif not records:
                answer.set_rcode(dns.rcode.NXDOMAIN)
            else:
                answer.answer.append(dns.rrset.from_text_list(name, self.ttl, "IN", "TXT", records))
            self._socket.sendto(answer.to_wire(), client)
