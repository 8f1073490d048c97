"""Equal warnings are one line, and one more with their number."""

import logging

from ops.logs import JsonLines, Repeats


class Log:
    """A handler's filter with a clock of its own, and what came through."""

    def __init__(self) -> None:
        self.at = 0.0
        self.lines: list[str] = []
        self._filter = Repeats(self._emit, 300, lambda: self.at)

    def _emit(self, record: logging.LogRecord) -> None:
        self.lines.append(JsonLines().format(record).partition('"event": ')[2])

    def say(self, text: str, level: int = logging.WARNING, error: Exception | None = None, **extra: object) -> None:
        trace = (type(error), error, None) if error else None
        record = logging.LogRecord("postdesk", level, "", 0, text, None, trace)
        vars(record).update(extra)
        if self._filter.filter(record):
            self._emit(record)


def test_equal_warnings_are_one_line_and_one_more_with_their_number() -> None:
    log = Log()
    for second in range(300):
        log.at = second
        log.say("archive not usable", source="support", failures=second)
    assert log.lines == ['"archive not usable", "source": "support", "failures": 0}']
    log.at = 300
    log.say("mail processed", logging.INFO)
    assert log.lines[1:] == [
        '"archive not usable", "source": "support", "failures": 299, "repeated": 299}',
        '"mail processed"}',
    ]
    log.say("archive not usable", source="support", failures=300)
    assert len(log.lines) == 4, "a new beginning"


def test_warnings_that_differ_are_all_told_and_so_is_what_is_no_warning() -> None:
    log = Log()
    for number in range(3):
        log.say("mail parked", logging.ERROR, inbox=number)
        log.say("mail processed", logging.INFO)
    assert len(log.lines) == 6


def test_a_bug_that_repeats_prints_its_traceback_once() -> None:
    log = Log()
    for _ in range(5):
        log.say("step failed", logging.ERROR, ValueError("a bug"), step="tick")
    log.say("step failed", logging.ERROR, ValueError("another"), step="tick")
    log.at = 301
    log.say("later", logging.INFO)
    assert [("traceback" in line, "repeated" in line) for line in log.lines] == [
        (True, False),
        (True, False),
        (False, True),
        (False, False),
    ]
