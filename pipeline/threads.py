"""The threads in which the loops of the daemon block."""

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import ParamSpec, TypeVar

Given = ParamSpec("Given")
Result = TypeVar("Result")


class Threads(ThreadPoolExecutor):
    """The threads of one daemon; unlike asyncio's own, they can tell whether one is still at work."""

    def __init__(self, readers: int) -> None:
        # However slowly mails are read and letters recorded, the loops have threads of their own.
        super().__init__(max_workers=readers + 100, thread_name_prefix="postdesk")
        self._unfinished: set[Future[object]] = set()

    def submit(self, fn: Callable[Given, Result], /, *args: Given.args, **kwargs: Given.kwargs) -> Future[Result]:
        future = super().submit(fn, *args, **kwargs)
        self._unfinished.add(future)  # type: ignore[arg-type]
        future.add_done_callback(self._unfinished.discard)
        return future

    def all_done(self, seconds: float) -> bool:
        """Whether none is at work any more after so many seconds at the most. Blocks."""
        return not wait(tuple(self._unfinished), timeout=seconds).not_done
