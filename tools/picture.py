"""Makes docs/demo.svg: the live screen of a real run of `postdesk demo`, as it looks when the last mail is answered."""

import html
import io
import logging
import re
import sys
import tempfile
from pathlib import Path

from rich._export_format import CONSOLE_SVG_FORMAT
from rich.cells import cell_len
from rich.console import Console

from ops.demo.screen import Screen
from ops.demo.stage import Stage
from ops.demo.story import Story

ROOT = Path(__file__).resolve().parent.parent
WIDTH = 118
# A picture in a README may load nothing: the fonts of the reader's machine, and no address of any server.
FORMAT = re.sub(r"@font-face \{\{.*?\}\}", "", CONSOLE_SVG_FORMAT, flags=re.DOTALL).replace(
    "Fira Code, monospace", "ui-monospace, 'SF Mono', Menlo, Consolas, 'DejaVu Sans Mono', monospace"
)


_TEXT = re.compile(r'textLength="[\d.]+"([^>]*)>([^<]*)<')
# As wide as rich draws a cell.
_CELL = 12.2


def _two_cells_wide(svg: str) -> str:
    """The picture with room for Chinese characters, for which rich leaves one cell each."""

    def widened(found: re.Match[str]) -> str:
        return f'textLength="{cell_len(html.unescape(found[2])) * _CELL:.1f}"{found[1]}>{found[2]}<'

    return _TEXT.sub(widened, svg)


def main(target: Path) -> None:
    logging.getLogger("mail.log").setLevel(logging.ERROR)
    picture = Console(record=True, width=WIDTH, file=io.StringIO(), force_terminal=True, color_system="truecolor")
    with tempfile.TemporaryDirectory() as folder, Stage(Path(folder)) as stage:
        screen = Screen(stage, Console(file=io.StringIO(), width=WIDTH), live=False)
        Story(stage, screen).tell()
        picture.print(screen.picture())
    svg = _two_cells_wide(picture.export_svg(title="postdesk demo", code_format=FORMAT, unique_id="demo"))
    target.write_text("\n".join(line.rstrip() for line in svg.splitlines() if line.strip()) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "docs" / "demo.svg")
