"""What `make mutants` breaks: every small change of a module that its tests should notice, in a fixed order.

A change is one field of one node of the syntax tree: another comparison, a condition turned round or left out, another
constant, a statement, an argument or an entry left out, arguments swapped. Left alone is what decides nothing: types,
imports, docstrings, assertions, decorators, what is logged, the words of an error, and hints to SQLAlchemy.
"""

import ast
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

REMOVED = "(removed)"
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt),
    ast.Gt: (ast.GtE, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
    ast.Is: (ast.IsNot,),
    ast.IsNot: (ast.Is,),
    ast.In: (ast.NotIn,),
    ast.NotIn: (ast.In,),
}
_ARITHMETIC: dict[type[ast.operator], type[ast.operator]] = {
    ast.Add: ast.Sub,
    ast.Sub: ast.Add,
    ast.Mult: ast.FloorDiv,
    ast.FloorDiv: ast.Mult,
    ast.Div: ast.Mult,
    ast.Mod: ast.Mult,
    ast.Pow: ast.Mult,
    ast.BitOr: ast.BitAnd,
    ast.BitAnd: ast.BitOr,
}
_TWINS = (
    ("min", "max"), ("any", "all"), ("and_", "or_"), ("in_", "not_in"), ("is_", "is_not"), ("startswith", "endswith"),
    ("partition", "rpartition"), ("sorted", "list"), ("lower", "upper"), ("add", "discard"),
)  # fmt: skip
_OTHER = {one: other for pair in _TWINS for one, other in (pair, pair[::-1]) if (one, other) != ("list", "sorted")}
# Links of a chain that may be missing without an error: parts of a query, and what tidies a text.
_LINKS = frozenset(
    (
        "where", "order_by", "limit", "with_for_update", "join", "group_by", "on_conflict_do_nothing", "desc", "strip",
        "lstrip", "rstrip", "lower", "upper", "casefold", "removeprefix", "removesuffix",
    )
)  # fmt: skip
_CONDITIONS = frozenset(("where", "and_", "or_", "filter"))
_PLAIN = (ast.Constant, ast.Name, ast.Attribute)
# No behaviour of ours: what is told to the log, to the types, or to SQLAlchemy's cache of objects.
_SILENT = frozenset(("cast", "TypeVar", "ParamSpec", "isinstance", "assert_never"))


_NOT_CODE = frozenset(
    (
        "annotation", "returns", "decorator_list", "bases", "type_comment", "pattern", "patterns", "names", "targets",
        "format_spec",
    )
)  # fmt: skip


@dataclass(frozen=True)
class Change:
    """One field of one node of a tree that gets another value."""

    function: str
    """The qualified name of the function or class it is in; "" at the module's level."""
    line: int
    before: str
    """What changes, in one line, cut to a few words around the difference."""
    after: str
    number: int
    """Which of several equal changes in one function this is, from 0."""
    node: ast.AST
    field: str
    value: Any

    def apply(self) -> None:
        """Changes the tree that this was found in."""
        setattr(self.node, self.field, self.value)


def changes(tree: ast.Module) -> Iterator[Change]:
    """Every change of a module, in the order of its text."""
    seen: Counter[tuple[str, str, str]] = Counter()
    for function, node, (shown, field, value, after) in _found(tree, ""):
        before, after = _apart(ast.unparse(shown), after)
        if before == after:
            continue
        key = function, before, after
        yield Change(function, getattr(shown, "lineno", 0), before, after, seen[key], node, field, value)
        seen[key] += 1


# What is shown as it was, the field that changes, its new value, and how that is shown.
_Edit = tuple[ast.AST, str, Any, str]


def _found(node: ast.AST, function: str) -> Iterator[tuple[str, ast.AST, _Edit]]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.AsyncFunctionDef):
        function = f"{function}.{node.name}".lstrip(".")
    for edit in _edits(node, at_top=not function):
        yield function, node, edit
    for name, value in ast.iter_fields(node):
        if name in _NOT_CODE or (name == "keywords" and _is_hint(node)):
            continue
        for child in value if isinstance(value, list) else [value]:
            if isinstance(child, ast.AST) and not _left_alone(child):
                yield from _found(child, function)


def _left_alone(node: ast.AST) -> bool:
    match node:
        case ast.Import() | ast.ImportFrom() | ast.Assert() | ast.Raise() | ast.Expr(ast.Constant()):
            return True
        case ast.Assign([ast.Name("__all__" | "log")], _):
            return True
        case ast.Call(ast.Attribute(ast.Name("log"), _)):
            return True
        case ast.Call():
            return _name(node) in _SILENT
    return False


def _apart(before: str, after: str) -> tuple[str, str]:
    """Two texts in one line each, with no more than a few words around what differs."""
    before, after = " ".join(before.split()), " ".join(after.split())
    if after in (REMOVED, "return None"):
        return before if len(before) <= _WIDTH else f"{before[:_WIDTH]} …", after
    same = _same(before, after)
    start = 0 if same <= _AROUND else same - _AROUND
    alike = _same(before[same:][::-1], after[same:][::-1])
    cut = max(alike - _AROUND, 0)
    return tuple(  # type: ignore[return-value]
        ("… " if start else "") + text[start : len(text) - cut] + (" …" if cut else "") for text in (before, after)
    )


def _same(one: str, other: str) -> int:
    """How many characters two texts begin alike with."""
    differ = (index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right)
    return next(differ, min(len(one), len(other)))


_WIDTH, _AROUND = 100, 30


def _is_hint(node: ast.AST) -> bool:
    """Whether a call tells SQLAlchemy's session what to remember, which changes no row."""
    return isinstance(node, ast.Call) and _name(node) == "execution_options"


def _edits(node: ast.AST, *, at_top: bool) -> Iterator[_Edit]:
    """The changes of a node's own fields."""
    for name, value in ast.iter_fields(node):
        if name in _NOT_CODE or (name == "keywords" and _is_hint(node)):
            continue
        if isinstance(value, ast.expr):
            for other in _instead(value, at_top=at_top, condition=name == "test"):
                yield value, name, other, ast.unparse(other)
        elif isinstance(value, list):
            yield from _in_list(node, name, value, at_top=at_top)
    if isinstance(node, ast.Return) and node.value is not None and not isinstance(node.value, ast.Constant):
        yield node, "value", ast.Constant(None), "return None"


def _in_list(node: ast.AST, name: str, items: list[Any], *, at_top: bool) -> Iterator[_Edit]:
    """The changes of one item of a list, and the list without one of its items."""
    droppable = _droppable(node, name, items, at_top=at_top)
    for index, item in enumerate(items):
        if item is None or (_left_alone(item) and not isinstance(item, ast.Raise)):
            continue
        rest = [*items[:index], *items[index + 1 :]]
        if isinstance(item, ast.expr):
            for other in _instead(item, at_top=at_top, condition=name == "ifs"):
                yield item, name, [*items[:index], other, *items[index + 1 :]], ast.unparse(other)
        if isinstance(item, ast.stmt) and _may_go(item):
            yield item, name, [*items[:index], ast.Pass(), *items[index + 1 :]], REMOVED
        elif droppable:
            yield item, name, rest, REMOVED
    if name == "args" and isinstance(node, ast.Call) and _name(node) not in _CONDITIONS:
        for index, (one, other) in enumerate(pairwise(items)):
            if _alike(one, other):
                swapped = [*items[:index], other, one, *items[index + 2 :]]
                yield node, name, swapped, ast.unparse(ast.Call(node.func, swapped, node.keywords))


def _droppable(node: ast.AST, name: str, items: list[Any], *, at_top: bool) -> bool:
    """Whether a list still means something without one of its items."""
    match node:
        case ast.Call():
            if name == "keywords":
                return _name(node) not in _SILENT
            return name == "args" and len(items) > 1 and _name(node) in _CONDITIONS
        case ast.comprehension():
            return name == "ifs"
        case ast.Match():
            return name == "cases" and len(items) > 1
        case ast.Tuple() | ast.Set() | ast.List():
            # A table of constants; inside functions a tuple is most often a pair that is taken apart again.
            return at_top and name == "elts" and len(items) > 1 and all(isinstance(one, _PLAIN) for one in items)
    return False


def _may_go(statement: ast.stmt) -> bool:
    """Whether a module without this statement still runs, but for what the statement is there for."""
    match statement:
        case ast.Expr(ast.Call() as call):
            return not _left_alone(call)
        case ast.Expr(ast.Yield() | ast.YieldFrom()) | ast.AugAssign() | ast.Raise() | ast.Continue() | ast.Break():
            return True
        case ast.Assign([ast.Attribute() | ast.Subscript()], _):
            return True
    return False


def _alike(one: ast.expr, other: ast.expr) -> bool:
    return isinstance(one, _PLAIN) and isinstance(other, _PLAIN) and ast.unparse(one) != ast.unparse(other)


def _instead(node: ast.expr, *, at_top: bool, condition: bool) -> Iterator[ast.expr]:
    """What may stand in the place of an expression."""
    match node:
        case ast.Compare():
            for index, operator in enumerate(node.ops):
                for other in _COMPARISONS[type(operator)]:
                    ops = [*node.ops[:index], other(), *node.ops[index + 1 :]]
                    yield ast.Compare(node.left, ops, node.comparators)
        case ast.BoolOp():
            yield ast.BoolOp(ast.Or() if isinstance(node.op, ast.And) else ast.And(), node.values)
            for index in range(len(node.values)):
                rest = [*node.values[:index], *node.values[index + 1 :]]
                yield rest[0] if len(rest) == 1 else ast.BoolOp(node.op, rest)
        case ast.UnaryOp(ast.Not() | ast.USub(), operand):
            yield operand
        case ast.BinOp() if type(node.op) in _ARITHMETIC:
            # At the top, `A | B` is a type.
            if not (at_top and isinstance(node.op, ast.BitOr)):
                yield ast.BinOp(node.left, _ARITHMETIC[type(node.op)](), node.right)
        case ast.Constant(value):
            yield from _constants(value)
        case ast.Call():
            yield from _calls(node)
    if condition and not isinstance(node, ast.Compare | ast.BoolOp | ast.UnaryOp):
        yield ast.UnaryOp(ast.Not(), node)


def _constants(value: object) -> Iterator[ast.expr]:
    match value:
        case bool():
            yield ast.Constant(not value)
        case int() | float():
            yield ast.Constant(value + 1)
        case str():
            yield ast.Constant(value + "!")
        case bytes():
            yield ast.Constant(value + b"!")


def _calls(node: ast.Call) -> Iterator[ast.expr]:
    name, function = _name(node), node.func
    if isinstance(function, ast.Attribute) and name in _LINKS:
        yield function.value
    if name in _OTHER:
        other = _OTHER[name]
        func = ast.Name(other, ast.Load()) if isinstance(function, ast.Name) else None
        if isinstance(function, ast.Attribute):
            func = ast.Attribute(function.value, other, ast.Load())  # type: ignore[assignment]
        if func is not None:
            yield ast.Call(func, node.args, node.keywords)


def _name(node: ast.Call) -> str:
    match node.func:
        case ast.Name(name) | ast.Attribute(_, name):
            return name
    return ""
