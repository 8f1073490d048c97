"""The command of a checkout, `.venv/bin/postdesk`: finds the rooms beside this folder, wherever it is called from."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from ops.cli import main

sys.argv[0] = "postdesk"
main()
