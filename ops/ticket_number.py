"""How people name a ticket."""

from desk import threads

# A database holds no number as large as this.
_TOO_LARGE = 2**31


def ticket_number(words: str, prefix: str) -> int | None:
    """The number of a ticket from "1042" or "PD-1042-F"; None where the words name no ticket."""
    numbers = (int(words),) if words.isdecimal() else threads.numbers_in(words, prefix)
    return next((number for number in numbers if number < _TOO_LARGE), None)
