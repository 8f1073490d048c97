"""A text as labelled lines, by which the parts of the trimmer share their results."""

from bisect import bisect_left
from collections.abc import Sequence
from typing import Literal

from parser.html.quote_marks import Mark
from parser.quotes.lines import glued, is_quoted, run_on
from parser.quotes.signatures import own_end

Label = Literal["text", "blank", "forward", "intro", "quote", "older", "signature"]
"""What a line is. Below a line of "forward" or "older" all is: the first stays in the reply, the second goes."""

_MAX_INTRO_IN_MARK = 8
_MAX_RUN_ON = 200
_LABELS: dict[str, Label] = {"quote": "quote", "intro": "intro", "signature": "signature"}


class Page:
    """The lines, where they begin, what each is, and what the HTML said about them."""

    def __init__(self, text: str, marks: Sequence[Mark]) -> None:
        self.lines: list[str] = []
        self.starts: list[int] = []
        self._split(text)
        self.labels: list[Label] = ["text" if line.strip() else "blank" for line in self.lines]
        self.hints: dict[int, Label] = {}
        self.older: set[int] = set()
        self.shown = range(0)
        """The lines of an older mail that a header block begins and that stays in the reply."""
        for mark in marks:
            self._take(mark)

    def _split(self, text: str) -> None:
        """At line feeds, and where an intro begins or ends inside a line."""
        at = asked = 0
        source = text.split("\n")
        for number, line in enumerate(source):
            if line.endswith((":", ":\r", "：")) and number + 1 < len(source):
                cut = glued(line, source[number + 1])
            elif asked < _MAX_RUN_ON and ":   " in line and "@" in line:
                asked += 1
                cut = run_on(line)
            else:
                cut = 0
            if cut:
                self.lines += [line[:cut], line[cut:]]
                self.starts += [at, at + cut]
            else:
                self.lines.append(line)
                self.starts.append(at)
            at += len(line) + 1

    def _take(self, mark: Mark) -> None:
        """Records what the HTML says about the lines that begin inside a mark."""
        first = bisect_left(self.starts, mark.start)
        # An element that begins inside a line, such as a span of a signature, says nothing about that line.
        while first < len(self.lines) and self.labels[first] == "blank" and self.starts[first] < mark.end:
            first += 1
        if mark.kind == "older":
            self.older.add(first)
            return
        last = bisect_left(self.starts, mark.end)
        inside = [number for number in range(first, last) if self.labels[number] != "blank"]
        if mark.kind == "quote":
            marked = [number for number in inside if is_quoted(self.lines[number])]
            if marked:
                # Answers stand inside the container, between its marked lines: only what is above those is its intro.
                above = [number for number in inside if number < marked[0]]
                for number in above if len(above) <= _MAX_INTRO_IN_MARK else []:
                    self.hints.setdefault(number, "intro")
                return
        for number in inside:
            self.hints.setdefault(number, _LABELS[mark.kind])

    def written(self, end: int) -> bool:
        """Whether something of the writer's own stands above a line, a program's signature aside."""
        first = 0
        while first < end and self.labels[first] in ("blank", "quote", "intro"):
            first += 1
        own = own_end(self.lines, first, end, closings=False)
        return any(self.labels[number] in ("text", "forward") for number in range(first, own))

    def relabel(self, first: int, end: int, label: Label) -> None:
        """Labels the lines that are not blank."""
        for number in range(first, min(end, len(self.lines))):
            if self.labels[number] != "blank":
                self.labels[number] = label


def runs_of(labels: Sequence[Label]) -> list[tuple[Label, int, int]]:
    """Adjacent lines of one kind as (kind, first, end): blank lines go with the run above, intros with the quote."""
    runs: list[tuple[Label, int, int]] = []
    for number, label in enumerate(labels):
        kind: Label = "quote" if label == "intro" else label
        if runs and (kind == "blank" or runs[-1][0] == kind):
            runs[-1] = (runs[-1][0], runs[-1][1], number + 1)
        elif kind != "blank":
            runs.append((kind, number, number + 1))
    return runs
