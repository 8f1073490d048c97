"""The real daemon, killed with all its process group at the n-th passage of a named crash point.

python -m servers.crashing CONFIG POINT N
"""

import os
import signal
import sys
import threading
from pathlib import Path

from ops import build, logs
from pipeline.settings import load


def main() -> None:
    config, point, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
    left = [count]
    lock = threading.Lock()

    def fail_point(passed: str) -> None:
        with lock:
            left[0] -= passed == point
            if left[0] <= 0:
                os.killpg(0, signal.SIGKILL)

    settings = load(Path(config))
    logs.set_up("json", "info")
    build.run(settings, ready=lambda: None, fail_point=fail_point)


if __name__ == "__main__":
    main()
