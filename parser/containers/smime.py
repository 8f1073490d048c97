"""The content of an opaque S/MIME signature (RFC 8551 §3.5.2). The signature is not verified and proves nothing.

ContentInfo  SEQUENCE { OID signedData, [0] SEQUENCE { version, SET digests,
                 SEQUENCE { OID data, [0] OCTET STRING: the MIME entity, whole or in pieces } … } }    (RFC 5652 §5)
"""

from typing import Literal

_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")
_AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")
_SEQUENCE, _SET, _OID, _INTEGER, _CONTENT, _OCTETS, _OCTETS_IN_PIECES = 0x30, 0x31, 0x06, 0x02, 0xA0, 0x04, 0x24
_MAX_PIECES = 100_000

Sealed = Literal["signed", "encrypted", "other"]


def kind_of(content: bytes) -> Sealed:
    """The type of a CMS object by its first OID; "other" for an unknown one."""
    outer = _element(content, 0)
    named = _element(content, outer[1]) if outer and outer[0] == _SEQUENCE else None
    if named is None or named[0] != _OID:
        return "other"
    name = content[named[1] : named[2]]
    return "signed" if name == _SIGNED else "encrypted" if name in (_ENVELOPED, _AUTH_ENVELOPED) else "other"


def signed_content(content: bytes) -> bytes | None:
    """The signed bytes; None if the object is no signature around content, or is damaged before them."""
    if kind_of(content) != "signed":
        return None
    at = 0
    # Into the SEQUENCE of ContentInfo, past its OID, into [0], into SignedData, past version and digests, into
    # EncapsulatedContentInfo, past its OID, into [0].
    for tag, into in (
        (_SEQUENCE, True), (_OID, False), (_CONTENT, True), (_SEQUENCE, True), (_INTEGER, False), (_SET, False),
        (_SEQUENCE, True), (_OID, False), (_CONTENT, True),
    ):  # fmt: skip
        found = _element(content, at)
        if found is None or found[0] != tag:
            return None
        at = found[1] if into else found[2]
        if at < 0:
            # Only containers may have an indefinite length: no program sends anything else like this.
            return None
    return _octets(content, at)


def _octets(content: bytes, at: int) -> bytes | None:
    """An OCTET STRING, which may come in pieces (BER); if its end is missing, the pieces that are there."""
    first = _element(content, at)
    if first is None or first[0] not in (_OCTETS, _OCTETS_IN_PIECES):
        return None
    if first[0] == _OCTETS:
        return content[first[1] : first[2]]
    pieces: list[bytes] = []
    at, end = first[1], first[2] if first[2] >= 0 else len(content)
    while at < end and len(pieces) < _MAX_PIECES and (found := _element(content, at)):
        if found[0] == _OCTETS_IN_PIECES:
            at = found[1]
        elif found[0] == _OCTETS:
            pieces.append(content[found[1] : found[2]])
            at = found[2]
        else:
            break
    return b"".join(pieces)


def _element(content: bytes, at: int) -> tuple[int, int, int] | None:
    """The tag at `at`, where its content begins, and where it ends: -1 for an indefinite length (X.690 §8.1.3)."""
    head = content[at : at + 2]
    if len(head) < 2:
        return None
    tag, length = head
    start = at + 2
    if length == 0x80:
        return (tag, start, -1) if tag & 0x20 else None
    if length > 0x80:
        size = length & 0x7F
        if size > 8 or start + size > len(content):
            return None
        length = int.from_bytes(content[start : start + size], "big")
        start += size
    return tag, start, min(start + length, len(content))
