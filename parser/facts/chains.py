"""Addresses of the chains and their checksums: pure arithmetic over one token.

1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa             Base58Check: version, hash, 4 bytes of double SHA-256
bc1qw508d6qejxtdg4y5r3zarvary0c5xw7kv8f3t4     Bech32 (BIP 173), Bech32m from witness version 1 on (BIP 350)
0x5aAeb6053F3E94C9b9A09f33669435E7Ef1BeAed     EIP-55: the case of the letters is the checksum
"""

import hashlib
import re
from dataclasses import dataclass

_BASE58 = {letter: at for at, letter in enumerate("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz")}
_BECH32 = {letter: at for at, letter in enumerate("qpzry9x8gf2tvdw0s3jn54khce6mua7l")}
_BECH32_SUM = 1
_BECH32M_SUM = 0x2BC830A3
_HRPS = {"bc": "Bitcoin", "tb": "Bitcoin testnet", "bcrt": "Bitcoin regtest", "ltc": "Litecoin"}
_HEX40 = re.compile(r"0x[0-9a-fA-F]{40}")

# First character, lengths as met, version bytes and what it is.
_VERSIONS = {
    (0, 20): "Bitcoin P2PKH",
    (5, 20): "Bitcoin P2SH",
    (0x41, 20): "TRON",
    (0x30, 20): "Litecoin P2PKH",
    (0x32, 20): "Litecoin P2SH",
    (0x1E, 20): "Dogecoin P2PKH",
    (0x6F, 20): "Bitcoin testnet P2PKH",
    (0xC4, 20): "Bitcoin testnet P2SH",
}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a token is, taken as an address."""

    kind: str
    valid: bool
    note: str
    """What is wrong with it; "" if nothing is."""


def base58(token: str) -> bytes | None:
    """The bytes of a Base58 token, leading "1"s as zero bytes; None where a character is not of the alphabet."""
    number = 0
    for letter in token:
        digit = _BASE58.get(letter)
        if digit is None:
            return None
        number = number * 58 + digit
    zeros = len(token) - len(token.lstrip("1"))
    return b"\0" * zeros + number.to_bytes((number.bit_length() + 7) // 8, "big")


def base58check(token: str) -> bytes | None:
    """The payload (version and hash) of a Base58Check token; None where the checksum is wrong."""
    content = base58(token)
    if content is None or len(content) < 5:
        return None
    payload, found = content[:-4], content[-4:]
    return payload if hashlib.sha256(hashlib.sha256(payload).digest()).digest()[:4] == found else None


def coin_address(token: str) -> Checked | None:
    """A Base58Check address of a known chain whose checksum is right; None otherwise."""
    payload = base58check(token)
    if payload is None:
        return None
    kind = _VERSIONS.get((payload[0], len(payload) - 1))
    return Checked(kind, True, "") if kind else None


def near_coin_address(token: str) -> Checked | None:
    """What seems to be wrong with a token that looks like a Bitcoin or TRON address and is none.

    P2SH and TRON addresses always have 34 characters, P2PKH ones 34 and now and then 33.
    """
    kind = {"1": "Bitcoin P2PKH", "3": "Bitcoin P2SH", "T": "TRON"}.get(token[:1])
    if kind is None or not 31 <= len(token) <= 37:
        return None
    wrong = sorted({letter for letter in token if letter not in _BASE58})
    if wrong:
        return Checked(kind, False, f"no Base58 character: {' '.join(wrong)}")
    return Checked(kind, False, _length_note(len(token), 34) or "checksum wrong")


def segwit_address(token: str) -> Checked | None:
    """A token that begins like a Bech32 address, right or wrong (BIP 173, BIP 350); None for anything else."""
    hrp, separator, data = token.lower().partition("1")
    network = _HRPS.get(hrp)
    if not separator or network is None or not data or not 14 <= len(token) <= 90:
        return None
    kind = f"{network} {'Taproot' if data[0] == 'p' else 'SegWit'}"
    if token not in (token.lower(), token.upper()):
        return Checked(kind, False, "upper and lower case mixed")
    wrong = sorted({letter for letter in data if letter not in _BECH32})
    if wrong:
        return Checked(kind, False, f"no Bech32 character: {' '.join(wrong)}")
    values = [_BECH32[letter] for letter in data]
    version = values[0]
    expected = _BECH32M_SUM if version else _BECH32_SUM
    if version > 16 or _polymod([*_expanded(hrp), *values]) != expected:
        return Checked(kind, False, _segwit_length_note(version, len(data)) or "checksum wrong")
    program = _bytes_of(values[1:-6])
    if program is None or not 2 <= len(program) <= 40:
        return Checked(kind, False, "no witness program")
    if version == 0 and len(program) not in (20, 32):
        return Checked(kind, False, "the witness program has a wrong length")
    return Checked(kind, True, "")


def evm_address(token: str) -> Checked:
    """A token of 0x and hexadecimal digits as an address of Ethereum or a chain like it (EIP-55)."""
    note = _length_note(len(token) - 2, 40)
    if note or not _HEX40.fullmatch(token):
        return Checked("EVM", False, note or "not hexadecimal")
    digits = token[2:]
    if digits in (digits.lower(), digits.upper()):
        return Checked("EVM", True, "")
    hashed = keccak256(digits.lower().encode()).hex()
    right = all(letter.isdigit() or letter.isupper() == (hashed[at] >= "8") for at, letter in enumerate(digits))
    return Checked("EVM", right, "" if right else "checksum wrong (upper and lower case, EIP-55)")


def solana_bytes(token: str) -> int:
    """How many bytes a Base58 token holds, 0 where it is none: 32 is an address, 64 a signature (or a secret key)."""
    content = base58(token)
    return len(content) if content else 0


def length_note(length: int, wanted: int) -> str:
    """ "one character short", "2 characters too long"; "" where the length is right."""
    return _length_note(length, wanted)


def _length_note(length: int, wanted: int) -> str:
    difference = abs(length - wanted)
    if not difference:
        return ""
    count = "one character" if difference == 1 else f"{difference} characters"
    return f"{count} {'short' if length < wanted else 'too long'}"


def _segwit_length_note(version: int, length: int) -> str:
    """The data part has 39 or 59 characters in version 0, and 59 in version 1."""
    nearest = 59 if version or length > 48 else 39
    return _length_note(length, nearest)


def _expanded(hrp: str) -> list[int]:
    return [ord(letter) >> 5 for letter in hrp] + [0] + [ord(letter) & 31 for letter in hrp]


def _polymod(values: list[int]) -> int:
    """The checksum of BIP 173."""
    total = 1
    for value in values:
        top = total >> 25
        total = (total & 0x1FFFFFF) << 5 ^ value
        for bit, generator in enumerate((0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)):
            if top >> bit & 1:
                total ^= generator
    return total


def _bytes_of(values: list[int]) -> bytes | None:
    """Groups of five bits as bytes; None where more than four bits or a set bit are left over."""
    number, bits = 0, 0
    out = bytearray()
    for value in values:
        number = (number << 5 | value) & 0xFFF
        bits += 5
        if bits >= 8:
            bits -= 8
            out.append(number >> bits & 0xFF)
    if bits >= 5 or number & ((1 << bits) - 1):
        return None
    return bytes(out)


_ROUNDS = 24
_MASK = (1 << 64) - 1
_ROTATIONS = (1, 3, 6, 10, 15, 21, 28, 36, 45, 55, 2, 14, 27, 41, 56, 8, 25, 43, 62, 18, 39, 61, 20, 44)
_LANES = (10, 7, 11, 17, 18, 3, 5, 16, 8, 21, 24, 4, 15, 23, 19, 13, 12, 2, 20, 14, 22, 9, 6, 1)


def _round_constants() -> tuple[int, ...]:
    """The constants of Keccak-f[1600], from its shift register."""
    constants, register = [], 1
    for _ in range(_ROUNDS):
        constant = 0
        for bit in range(7):
            if register & 1:
                constant |= 1 << ((1 << bit) - 1)
            register = (register << 1) ^ (0x171 if register >> 7 else 0)
        constants.append(constant)
    return tuple(constants)


_CONSTANTS = _round_constants()


def keccak256(content: bytes) -> bytes:
    """Keccak-256 as Ethereum uses it: SHA-3 before the standard, whose padding differs from that of hashlib."""
    rate = 136
    padded = bytearray(content) + b"\x01" + b"\0" * (-(len(content) + 1) % rate)
    padded[-1] |= 0x80
    state = [0] * 25
    for start in range(0, len(padded), rate):
        for at in range(rate // 8):
            state[at] ^= int.from_bytes(padded[start + 8 * at : start + 8 * at + 8], "little")
        _permute(state)
    return b"".join(lane.to_bytes(8, "little") for lane in state[:4])


def _permute(state: list[int]) -> None:
    """Keccak-f[1600] in place."""
    for constant in _CONSTANTS:
        columns = [state[x] ^ state[x + 5] ^ state[x + 10] ^ state[x + 15] ^ state[x + 20] for x in range(5)]
        for x in range(5):
            right = columns[(x + 1) % 5]
            change = columns[(x + 4) % 5] ^ ((right << 1 | right >> 63) & _MASK)
            for y in range(0, 25, 5):
                state[x + y] ^= change
        moved = state[1]
        for lane, rotation in zip(_LANES, _ROTATIONS, strict=True):
            kept = state[lane]
            state[lane] = (moved << rotation | moved >> (64 - rotation)) & _MASK
            moved = kept
        for y in range(0, 25, 5):
            row = state[y : y + 5]
            for x in range(5):
                state[y + x] = row[x] ^ (~row[(x + 1) % 5] & row[(x + 2) % 5] & _MASK)
        state[0] ^= constant
