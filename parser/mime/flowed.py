"""Paragraphs that were wrapped for transport (RFC 3676): a line that ends in a blank goes on with the next one.

"> quoted text that is \\r\\n> long" is one quoted line; with DelSp=yes the blank itself was added too.
"""


def unflow(text: str, delsp: bool) -> str:
    """The text with its flowed lines joined; quotation marks stay as `> ` (`>> `) before each paragraph."""
    out: list[str] = []
    pieces: list[str] = []
    open_depth = 0
    for line in text.split("\n"):
        content = line.lstrip(">")
        depth = len(line) - len(content)
        # A blank before ">", "From " or a blank protects the letter behind it (§4.4).
        content = content[1:] if content.startswith(" ") else content
        delimiter = content == "-- "
        if pieces and (depth != open_depth or delimiter):
            # A paragraph that was left open by a sloppy program (§4.5).
            out.append(_line(open_depth, pieces))
            pieces = []
        flows = content.endswith(" ") and not delimiter
        pieces.append(content[:-1] if flows and delsp else content)
        open_depth = depth
        if not flows:
            out.append(_line(depth, pieces))
            pieces = []
    if pieces:
        out.append(_line(open_depth, pieces))
    return "\n".join(out)


def _line(depth: int, pieces: list[str]) -> str:
    text = "".join(pieces)
    return f"{'>' * depth} {text}" if depth else text
