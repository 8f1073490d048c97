"""Secrets in a text."""

from collections.abc import Sequence

from parser.mail import Fact, Secret


def secrets(text: str, facts: Sequence[Fact] = ()) -> tuple[Secret, ...]:  # noqa: ARG001
    """Every secret of a text."""
    return ()


def redact(text: str, secrets: Sequence[Secret]) -> str:  # noqa: ARG001
    """The text with its secrets masked."""
    return text
