"""Plausible mistakes, planted in a solution: one change to its syntax tree for each mutant.

Everything here is text in, text out; nothing of a solution is run.
"""

import ast
import copy
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, combinations, pairwise, zip_longest

from gradcheck_kit.i18n import _

_Position = tuple[int, int]
_Edit = tuple[_Position, _Position, str]

# What a learner may write for an operator; @ joins in where a file multiplies matrices.
_OPERATORS: dict[type[ast.operator], tuple[type[ast.operator], ...]] = {
    ast.Add: (ast.Sub, ast.Mult),
    ast.Sub: (ast.Add, ast.Mult),
    ast.Mult: (ast.Add, ast.Sub, ast.Div, ast.Pow),
    ast.Div: (ast.Mult, ast.Sub, ast.FloorDiv),
    ast.Pow: (ast.Mult,),
    ast.MatMult: (ast.Mult,),
}
_SYMBOLS: dict[type[ast.operator] | type[ast.cmpop], str] = {
    ast.Add: "+", ast.Sub: "-", ast.Mult: "*", ast.Div: "/", ast.FloorDiv: "//",
    ast.Pow: "**", ast.MatMult: "@", ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">",
    ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_COMPARISONS: dict[type[ast.cmpop], tuple[type[ast.cmpop], ...]] = {
    ast.Lt: (ast.LtE, ast.Gt, ast.GtE),
    ast.LtE: (ast.Lt, ast.Gt, ast.GtE),
    ast.Gt: (ast.GtE, ast.Lt, ast.LtE),
    ast.GtE: (ast.Gt, ast.Lt, ast.LtE),
    ast.Eq: (ast.NotEq,),
    ast.NotEq: (ast.Eq,),
}
_REDUCTIONS = {"sum": "mean", "mean": "sum", "max": "min", "min": "max"}
# Dropping these leaves nothing that a learner would believe in.
_KEPT_CALLS = frozenset({"range", "len", "list", "tuple", "enumerate", "zip"})
_COMMUTES = (ast.Add, ast.Mult)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A solution with one mistake in it.

    Parameters
    ----------
    problem, function : str
        Where the mistake is: ``network`` and ``backward``.
    line : int
        The line of the solution that was changed.
    kind : str
        What was changed: ``operator``, ``dropped``, ``name`` and so on.
    description : str
        ``line 71, dL_dz2: factor sigmoid_prime(z2) dropped``, in the active language.
    source : str
        The whole file.
    reason : str
        Why it computes the same by construction, in the active language; "" for most.
    """

    problem: str
    function: str
    line: int
    kind: str
    description: str
    source: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class _Change:
    """One way to change a node, or a few pieces of the source."""

    kind: str
    text: str
    node: ast.AST | None = None
    edits: tuple[_Edit, ...] = ()
    reason: str = ""


@dataclass
class _Scope:
    """The names that could stand in a place, and what is known of each."""

    function: ast.FunctionDef
    functions: dict[str, ast.FunctionDef]
    matrices: bool
    kinds: dict[str, str] = field(default_factory=dict)

    def others(self, name: str) -> list[str]:
        """Return the names that a learner could take for `name`."""
        kind = self.kinds.get(name)
        if kind in (None, "list"):
            return []
        return [
            other
            for other, its in self.kinds.items()
            if other != name and its != "list" and (its == kind or "" in (its, kind))
        ]

    def values(self) -> list[str]:
        """Return the names of numbers and arrays."""
        return [n for n, kind in self.kinds.items() if not kind.startswith(("list", "Callable"))]


def mutants(problem: str, source: str, functions: Sequence[str]) -> list[Mutant]:
    """Return every mutant of a solution, in the order of its lines.

    Parameters
    ----------
    problem : str
        The name of the problem that `source` solves.
    source : str
        A solution.
    functions : sequence of str
        The functions to plant mistakes in; helpers beside them stay as they are.

    Returns
    -------
    list of Mutant
        They parse, and no two of them, nor one and the solution, are the same code.
    """
    tree = ast.parse(source)
    found = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef)}
    lines = source.encode().splitlines(keepends=True)
    seen = {ast.dump(tree)}
    result = []
    for name in functions:
        if name not in found:
            continue
        for line, place, change in _changes(found[name], found, lines):
            text = _edited(lines, change.edits)
            code = _parsed(text)
            if code is None or code in seen:
                continue
            seen.add(code)
            description = _(
                "line {line}, {place}: {change}", line=line, place=place, change=change.text
            )
            result.append(
                Mutant(problem, name, line, change.kind, description, text, change.reason)
            )
    return sorted(result, key=lambda mutant: mutant.line)  # stable: as they were found


def choose(found: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    """Return `count` of the mutants, or all if there are fewer; the same ones for a seed.

    Kinds take turns, so that a kind with few mutants is there beside one with hundreds.
    """
    if len(found) <= count:
        return list(found)
    rng = random.Random(f"{seed}/{found[0].problem}")
    kinds: dict[str, list[int]] = {}
    for at in rng.sample(range(len(found)), len(found)):
        kinds.setdefault(found[at].kind, []).append(at)
    turns = chain.from_iterable(zip_longest(*(kinds[kind] for kind in sorted(kinds))))
    kept = [at for at in turns if at is not None][:count]
    return [found[at] for at in sorted(kept)]


def _parsed(source: str) -> str | None:
    try:
        compile(source, "mutant", "exec", dont_inherit=True)
        return ast.dump(ast.parse(source))
    except SyntaxError:
        return None


def _edited(lines: Sequence[bytes], edits: Sequence[_Edit]) -> str:
    """Replace pieces of the source; positions count bytes, as in syntax trees."""
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line))
    whole = b"".join(lines)
    # From the back, so that positions before an edit still hold.
    for (row, column), (last_row, last_column), text in sorted(edits, reverse=True):
        start, end = starts[row - 1] + column, starts[last_row - 1] + last_column
        whole = whole[:start] + text.encode() + whole[end:]
    return whole.decode()


def _span(node: ast.expr | ast.stmt) -> tuple[_Position, _Position]:
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    return (node.lineno, node.col_offset), (node.end_lineno, node.end_col_offset)


def _changes(
    function: ast.FunctionDef, functions: dict[str, ast.FunctionDef], lines: Sequence[bytes]
) -> Iterator[tuple[int, str, _Change]]:
    """Yield line, place and change for everything that can go wrong in a function."""
    matrices = any(
        isinstance(node, ast.MatMult) for f in functions.values() for node in ast.walk(f)
    )
    scope = _Scope(function, functions, matrices)
    for argument in function.args.args:
        scope.kinds[argument.arg] = ast.unparse(argument.annotation) if argument.annotation else ""
    body = function.body[1:] if ast.get_docstring(function) is not None else function.body
    yield from _block_changes(body, scope, lines)


def _block_changes(
    block: Sequence[ast.stmt], scope: _Scope, lines: Sequence[bytes]
) -> Iterator[tuple[int, str, _Change]]:
    for statement in block:
        unit, place = _unit(statement)
        if unit is not None:
            for change in _unit_changes(unit, scope):
                assert change.node is not None
                ast.fix_missing_locations(change.node)
                edit = (*_span(unit), ast.unparse(change.node))
                yield (
                    unit.lineno,
                    place,
                    _Change(change.kind, change.text, edits=(edit,), reason=change.reason),
                )
        for change in _in_place(statement, scope):
            yield statement.lineno, place, change
        _learn_names(statement, scope)
        for inner in _inner_blocks(statement):
            yield from _block_changes(inner, scope, lines)
    yield from _order_changes(block, scope, lines)


def _unit(statement: ast.stmt) -> tuple[ast.expr | ast.stmt | None, str]:
    """Return the piece of a statement to change, and what to call the place."""
    if isinstance(statement, ast.If | ast.While):
        return statement.test, "if" if isinstance(statement, ast.If) else "while"
    if isinstance(statement, ast.For):
        return statement.iter, "for"
    if isinstance(statement, ast.Return):
        return statement, "return"
    if isinstance(statement, ast.Assign | ast.AnnAssign | ast.AugAssign | ast.Expr):
        return statement, _place(statement)
    return None, ""


def _place(statement: ast.stmt) -> str:
    if isinstance(statement, ast.Assign):
        return ast.unparse(statement.targets[0]).strip("()")
    if isinstance(statement, ast.AnnAssign | ast.AugAssign):
        return ast.unparse(statement.target)
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Call):
        return ast.unparse(statement.value.func)
    return ast.unparse(statement).split("\n")[0]


def _inner_blocks(statement: ast.stmt) -> list[list[ast.stmt]]:
    blocks = []
    if isinstance(statement, ast.If | ast.While | ast.For | ast.With | ast.Try):
        blocks = [statement.body, getattr(statement, "orelse", [])]
        blocks.append(getattr(statement, "finalbody", []))
    return [block for block in blocks if block]


def _learn_names(statement: ast.stmt, scope: _Scope) -> None:
    """Note the names that a statement binds: the lines after it can use them."""
    targets: list[ast.expr] = []
    kind = ""
    if isinstance(statement, ast.Assign):
        targets = statement.targets
        kind = "list" if isinstance(statement.value, ast.List | ast.ListComp | ast.Dict) else ""
    elif isinstance(statement, ast.AnnAssign):
        targets = [statement.target]
        kind = ast.unparse(statement.annotation)
    elif isinstance(statement, ast.For):
        targets = [statement.target]
    for target in targets:
        for node in ast.walk(target):
            if isinstance(node, ast.Name) and not node.id.startswith("_"):
                scope.kinds.setdefault(node.id, kind)


# Changes inside a statement


def _unit_changes(unit: ast.expr | ast.stmt, scope: _Scope) -> Iterator[_Change]:
    """Yield the unit with one node changed, for every node and every change of it."""
    parents = {id(child): node for node in ast.walk(unit) for child in ast.iter_child_nodes(node)}
    for node in ast.walk(unit):
        for rule in _RULES:
            for change in rule(node, parents.get(id(node)), scope):
                # deepcopy takes what its memo holds for the node, so this puts the change in.
                changed = copy.deepcopy(unit, {id(node): change.node})
                yield _Change(change.kind, change.text, changed, reason=change.reason)
    yield from _whole_value_changes(unit, scope)


def _text(node: ast.AST) -> str:
    return ast.unparse(node)


def _operator_replaced(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.BinOp | ast.AugAssign):
        return
    others = _OPERATORS.get(type(node.op), ())
    if scope.matrices and isinstance(node.op, ast.Mult):
        others = (*others, ast.MatMult)
    for other in others:
        new = copy.copy(node)
        new.op = other()
        symbols = {"old": _SYMBOLS[type(node.op)], "new": _SYMBOLS[other]}
        yield _Change("operator", _("{new} instead of {old}", **symbols), new)


def _operands_swapped(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.BinOp) or isinstance(node.op, _COMMUTES):
        return
    reason = ""
    if isinstance(node.op, ast.Sub) and _is_even_power_of(node, parent):
        reason = _("an even power hides the sign")
    yield _Change(
        "order",
        _("{left} and {right} swapped", left=_text(node.left), right=_text(node.right)),
        ast.BinOp(node.right, node.op, node.left),
        reason=reason,
    )


def _is_even_power_of(node: ast.AST, parent: ast.AST | None) -> bool:
    return (
        isinstance(parent, ast.BinOp)
        and isinstance(parent.op, ast.Pow)
        and parent.left is node
        and isinstance(parent.right, ast.Constant)
        and isinstance(parent.right.value, int)
        and parent.right.value % 2 == 0
    )


def _part_dropped(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.BinOp):
        return
    left, right = _text(node.left), _text(node.right)
    if isinstance(node.op, ast.Mult | ast.MatMult):
        yield _Change("dropped", _("factor {text} dropped", text=left), node.right)
        yield _Change("dropped", _("factor {text} dropped", text=right), node.left)
    elif isinstance(node.op, ast.Div):
        one = ast.BinOp(ast.Constant(1), ast.Div(), node.right)
        yield _Change("dropped", _("factor {text} dropped", text=left), one)
        yield _Change("dropped", _("division by {text} dropped", text=right), node.left)
    elif isinstance(node.op, ast.Pow):
        yield _Change("dropped", _("power {text} dropped", text=right), node.left)
    else:
        negative = isinstance(node.op, ast.Sub)
        rest = ast.UnaryOp(ast.USub(), node.right) if negative else node.right
        yield _Change("dropped", _("term {text} dropped", text=left), rest)
        yield _Change("dropped", _("term {text} dropped", text=right), node.left)


def _part_doubled(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.BinOp) or not isinstance(node.op, ast.Mult | ast.Div):
        return
    for part in (node.left, node.right):
        if isinstance(part, ast.Constant) or (
            isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mult | ast.Div | ast.MatMult)
        ):
            continue  # its own parts are doubled one by one
        text = _("factor {text} doubled", text=_text(part))
        if part is node.right and isinstance(node.op, ast.Div):
            text = _("division by {text} doubled", text=_text(part))
        yield _Change("doubled", text, ast.BinOp(node, node.op, part) if part is node.right else
                      ast.BinOp(part, ast.Mult(), node))  # fmt: skip


def _parentheses_moved(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    """a·(b + c) becomes a·b + c, and the like."""
    if not isinstance(node, ast.BinOp):
        return
    inner = node.right
    if isinstance(inner, ast.BinOp) and _regroups(node.op, inner.op):
        moved = ast.BinOp(ast.BinOp(node.left, node.op, inner.left), inner.op, inner.right)
        yield _Change("parentheses", _regrouped(moved), moved)
    inner = node.left
    if isinstance(inner, ast.BinOp) and _regroups(node.op, inner.op):
        moved = ast.BinOp(inner.left, inner.op, ast.BinOp(inner.right, node.op, node.right))
        yield _Change("parentheses", _regrouped(moved), moved)


def _regroups(outer: ast.operator, inner: ast.operator) -> bool:
    same = type(outer) is type(inner)
    return not (same and isinstance(outer, (*_COMMUTES, ast.MatMult)))


def _regrouped(node: ast.expr) -> str:
    return _("parentheses elsewhere: {text}", text=_text(node))


def _sign_dropped(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        yield _Change("sign", _("minus before {text} dropped", text=_text(node.operand)),
                      node.operand)  # fmt: skip


def _constant_changed(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.Constant) or type(node.value) not in (int, float):
        return
    if isinstance(parent, ast.keyword):
        return
    value = node.value
    assert isinstance(value, int | float)
    if isinstance(parent, ast.Subscript):
        candidates: list[float] = [value + 1, -1]
    else:
        candidates = [value + 1, value - 1, 2 * value, value / 2, -value, 0, 1]
    for candidate in dict.fromkeys(_plain(number) for number in candidates):
        if candidate != value:
            new = ast.UnaryOp(ast.USub(), ast.Constant(-candidate)) if candidate < 0 else (
                ast.Constant(candidate)
            )  # fmt: skip
            yield _Change("constant", _("{new} instead of {old}", new=candidate, old=value), new)


def _plain(number: float) -> int | float:
    return int(number) if number == int(number) else number


def _comparison_replaced(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.Compare) or len(node.ops) != 1:
        return
    old = type(node.ops[0])
    for other in _COMPARISONS.get(old, ()):
        symbols = {"old": _SYMBOLS[old], "new": _SYMBOLS[other]}
        new = ast.Compare(node.left, [other()], node.comparators)
        yield _Change("comparison", _("{new} instead of {old}", **symbols), new)


def _name_replaced(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.Name) or not isinstance(node.ctx, ast.Load):
        return
    if isinstance(parent, ast.Call) and parent.func is node:
        others = _function_names(node.id, scope)
    elif isinstance(parent, ast.Attribute) and parent.attr not in ("T", "shape", "size"):
        return  # losses.append, np.exp
    else:
        others = scope.others(node.id)
    for other in others:
        text = _("{new} instead of {old}", new=other, old=node.id)
        yield _Change("name", text, ast.Name(other, ast.Load()))


def _function_names(name: str, scope: _Scope) -> list[str]:
    """Return the functions that could be mistaken for another: they take the same."""
    if name in scope.kinds:
        return scope.others(name)
    if name not in scope.functions:
        return []
    wanted = _parameters(scope.functions[name])
    return [
        other
        for other, node in scope.functions.items()
        if other not in (name, scope.function.name)
        and not other.startswith("_")
        and _parameters(node) == wanted
    ]


def _parameters(function: ast.FunctionDef) -> list[str]:
    return [argument.arg for argument in function.args.args]


def _call_changed(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if not isinstance(node, ast.Call):
        return
    name = node.func.id if isinstance(node.func, ast.Name) else ""
    is_append = isinstance(parent, ast.Expr)
    if len(node.args) == 1 and name == "range":
        for off, sign in ((ast.Add(), "+"), (ast.Sub(), "-")):
            length = ast.BinOp(node.args[0], off, ast.Constant(1))
            text = _("range({count} {sign} 1)", count=_text(node.args[0]), sign=sign)
            yield _Change("range", text, ast.Call(node.func, [length], []))
    elif len(node.args) == 1 and not is_append:
        argument = node.args[0]
        if name not in _KEPT_CALLS:
            yield _Change(
                "call",
                _("{function}(...) dropped", function=_text(node.func)),
                argument,
                reason=_("float(...) changes the type only") if name == "float" else "",
            )
        if not isinstance(argument, ast.UnaryOp | ast.Constant):
            negated = ast.Call(node.func, [ast.UnaryOp(ast.USub(), argument)], node.keywords)
            yield _Change("sign", _("minus before {text}", text=_text(argument)), negated)
    for at, (one, two) in enumerate(pairwise(node.args)):
        arguments = [*node.args[:at], two, one, *node.args[at + 2 :]]
        yield _Change(
            "arguments",
            _("arguments {one} and {two} swapped", one=_text(one), two=_text(two)),
            ast.Call(node.func, arguments, node.keywords),
        )
    if isinstance(node.func, ast.Attribute) and node.func.attr in _REDUCTIONS:
        other = _REDUCTIONS[node.func.attr]
        function = ast.Attribute(node.func.value, other, ast.Load())
        text = _("{new} instead of {old}", new=other, old=node.func.attr)
        yield _Change("reduction", text, ast.Call(function, node.args, node.keywords))
    for at, keyword in enumerate(node.keywords):
        if keyword.arg != "axis":
            continue
        rest = [*node.keywords[:at], *node.keywords[at + 1 :]]
        text = _("{text} dropped", text=_text(keyword))
        yield _Change("axis", text, ast.Call(node.func, node.args, rest))
        if isinstance(keyword.value, ast.Constant) and keyword.value.value in (0, 1):
            other_axis = ast.keyword("axis", ast.Constant(1 - keyword.value.value))
            text = _("{new} instead of {old}", new=_text(other_axis), old=_text(keyword))
            yield _Change("axis", text, ast.Call(node.func, node.args, [*rest, other_axis]))


def _transposed(node: ast.AST, parent: ast.AST | None, scope: _Scope) -> Iterator[_Change]:
    if isinstance(node, ast.Attribute) and node.attr == "T":
        yield _Change("transpose", _("transpose of {text} dropped", text=_text(node.value)),
                      node.value)  # fmt: skip
    elif (
        isinstance(node, ast.Name)
        and isinstance(parent, ast.BinOp)
        and isinstance(parent.op, ast.MatMult)
    ):
        new = ast.Attribute(node, "T", ast.Load())
        yield _Change("transpose", _("{text} transposed", text=node.id), new)


_Rule = Callable[[ast.AST, ast.AST | None, _Scope], Iterator[_Change]]
_RULES: tuple[_Rule, ...] = (
    _operator_replaced, _operands_swapped, _part_dropped, _part_doubled, _parentheses_moved,
    _sign_dropped, _constant_changed, _comparison_replaced, _name_replaced, _call_changed,
    _transposed,
)  # fmt: skip


def _whole_value_changes(unit: ast.expr | ast.stmt, scope: _Scope) -> Iterator[_Change]:
    """Yield changes of all that is assigned or returned: sign, order, one factor more."""
    if isinstance(unit, ast.Assign) and isinstance(unit.targets[0], ast.Tuple):
        for swapped in _swaps(unit.targets[0]):
            yield _Change("order", _order(swapped), ast.Assign([swapped], unit.value))
        return
    value = unit.value if isinstance(unit, ast.Assign | ast.AnnAssign | ast.Return) else None
    if value is None:
        return
    if isinstance(value, ast.Tuple):
        for swapped in _swaps(value):
            yield _Change("order", _order(swapped), _with_value(unit, swapped))
        for at, element in enumerate(value.elts):
            rest = ast.Tuple([*value.elts[:at], *value.elts[at + 1 :]], ast.Load())
            text = _("{text} dropped", text=_text(element))
            yield _Change("dropped", text, _with_value(unit, rest))
        return
    if isinstance(value, ast.Constant | ast.List | ast.ListComp | ast.Dict):
        return
    changes: list[tuple[str, str, ast.expr]] = [
        ("sign", _("sign changed"), ast.UnaryOp(ast.USub(), value)),
        ("constant", _("doubled"), ast.BinOp(ast.Constant(2), ast.Mult(), value)),
        ("constant", _("halved"), ast.BinOp(ast.Constant(0.5), ast.Mult(), value)),
    ]
    if isinstance(value, ast.BinOp) and isinstance(value.op, ast.Mult | ast.MatMult | ast.Div):
        changes += [
            ("factor", _("factor {text} too many", text=name),
             ast.BinOp(value, ast.Mult(), ast.Name(name, ast.Load())))
            for name in scope.values()
        ]  # fmt: skip
        if scope.matrices and isinstance(value.op, ast.MatMult):
            transposed = ast.Attribute(value, "T", ast.Load())
            changes.append(("transpose", _("result transposed"), transposed))
    if isinstance(value, ast.BinOp):
        changes += [
            ("call", _("{function}(...) of it", function=_text(call.func)), call)
            for call in _wrapped(value, scope)
        ]
    for kind, text, new in changes:
        yield _Change(kind, text, _with_value(unit, new))


def _wrapped(value: ast.expr, scope: _Scope) -> Iterator[ast.Call]:
    """Yield the absolute value, and what rounding for a nicer print makes of a value."""
    yield ast.Call(ast.Name("abs", ast.Load()), [value], [])
    function = ast.parse("np.round" if scope.matrices else "round", mode="eval").body
    yield ast.Call(function, [value, ast.Constant(6)], [])


def _with_value(unit: ast.expr | ast.stmt, value: ast.expr) -> ast.AST:
    new = copy.copy(unit)
    new.value = value  # type: ignore[union-attr]
    return new


def _swaps(whole: ast.Tuple) -> Iterator[ast.Tuple]:
    for one, two in combinations(range(len(whole.elts)), 2):
        elements = list(whole.elts)
        elements[one], elements[two] = elements[two], elements[one]
        yield ast.Tuple(elements, whole.ctx)


def _order(whole: ast.Tuple) -> str:
    return _("order {names}", names=", ".join(map(_text, whole.elts)))


# Changes of whole statements


def _in_place(statement: ast.stmt, scope: _Scope) -> Iterator[_Change]:
    """W - step becomes W -= step, which changes the caller's array."""
    value = statement.value if isinstance(statement, ast.Assign | ast.Return) else None
    if not (
        isinstance(value, ast.BinOp)
        and isinstance(value.op, ast.Add | ast.Sub)
        and isinstance(value.left, ast.Name)
        and value.left.id in _parameters(scope.function)
    ):
        return
    name = value.left.id
    symbol = _SYMBOLS[type(value.op)]
    indent = " " * statement.col_offset
    first = f"{name} {symbol}= {_text(value.right)}"
    second = _text(ast.fix_missing_locations(_statement_with(statement, name)))
    immutable = scope.kinds[name] in ("float", "int")
    yield _Change(
        "in-place",
        _("{text}, in place", text=first),
        edits=((*_span(statement), f"{first}\n{indent}{second}"),),
        reason=_("a number cannot be changed in place") if immutable else "",
    )


def _statement_with(statement: ast.stmt, name: str) -> ast.AST:
    return _with_value(statement, ast.Name(name, ast.Load()))


def _order_changes(
    block: Sequence[ast.stmt], scope: _Scope, lines: Sequence[bytes]
) -> Iterator[tuple[int, str, _Change]]:
    """Yield lines swapped, left out, or moved into a loop or out of it."""
    bound = set(_parameters(scope.function))
    for statement in block:
        if isinstance(statement, ast.Expr) or (
            isinstance(statement, ast.Assign) and _names(statement, ast.Store) <= bound
        ):
            left_out = _Change("line", _("line left out"), edits=((*_span(statement), "pass"),))
            yield statement.lineno, _place(statement), left_out
        if isinstance(statement, ast.Assign):
            bound |= _names(statement, ast.Store)
    simple = (ast.Assign, ast.AnnAssign, ast.AugAssign, ast.Expr)
    for one, two in pairwise(block):
        if isinstance(one, simple) and isinstance(two, simple):
            texts = _segment(lines, one), _segment(lines, two)
            swapped = _Change(
                "line",
                _("line swapped with the next one"),
                edits=((*_span(one), texts[1]), (*_span(two), texts[0])),
                reason=_("the two lines do not depend on each other") if _independent(one, two)
                else "",
            )  # fmt: skip
            yield one.lineno, _place(one), swapped
        if isinstance(two, ast.For) and isinstance(one, simple):
            yield one.lineno, _place(one), _moved_in(one, two, lines, at_start=True)
        if isinstance(one, ast.For) and isinstance(two, ast.Return):
            yield two.lineno, "return", _moved_in(two, one, lines, at_start=False)
    for statement in block:
        if isinstance(statement, ast.For) and len(statement.body) > 1:
            last = statement.body[-1]
            if isinstance(last, simple):
                yield last.lineno, _place(last), _moved_out(last, statement, lines)


def _segment(lines: Sequence[bytes], node: ast.stmt) -> str:
    (row, column), (last_row, last_column) = _span(node)
    if row == last_row:
        return lines[row - 1][column:last_column].decode()
    middle = lines[row : last_row - 1]
    return b"".join([lines[row - 1][column:], *middle, lines[last_row - 1][:last_column]]).decode()


def _moved_in(
    statement: ast.stmt, loop: ast.For, lines: Sequence[bytes], *, at_start: bool
) -> _Change:
    indent = " " * loop.body[0].col_offset
    text = _segment(lines, statement)
    if at_start:
        start = (loop.body[0].lineno, loop.body[0].col_offset)
        edit = (start, start, f"{text}\n{indent}")
    else:
        end = _span(loop)[1]
        edit = (end, end, f"\n{indent}{text}")
    edits = (edit, (*_span(statement), "pass"))
    return _Change("line", _("line moved into the loop"), edits=edits)


def _moved_out(statement: ast.stmt, loop: ast.For, lines: Sequence[bytes]) -> _Change:
    end = _span(loop)[1]
    text = f"pass\n{' ' * loop.col_offset}{_segment(lines, statement)}"
    return _Change(
        "line", _("line moved out of the loop"), edits=((_span(statement)[0], end, text),)
    )


def _names(node: ast.AST, context: type[ast.expr_context]) -> set[str]:
    return {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, context)}


def _independent(one: ast.stmt, two: ast.stmt) -> bool:
    if isinstance(one, ast.Expr) or isinstance(two, ast.Expr):
        return False  # a call for its effect
    writes_one, writes_two = _names(one, ast.Store), _names(two, ast.Store)
    return not (
        writes_one & (writes_two | _names(two, ast.Load)) or writes_two & _names(one, ast.Load)
    )
