"""Exercise stubs, made from solutions so that the two cannot drift apart."""

import ast
import inspect
from pathlib import Path

from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.i18n import _, translate_text

_TODO = "# TODO: "


def make_stub(source: str) -> str:
    """Return the stub of a solution: signatures and docstrings stay, bodies go.

    Parameters
    ----------
    source : str
        A solution's source code. Every public function needs a docstring; private helpers
        (``_name``) are left out.

    Raises
    ------
    GradcheckError
        If it is no valid Python or a function has no docstring.
    """
    try:
        tree = ast.parse(source)
    except SyntaxError as error:
        raise GradcheckError(
            _("line {line}: not valid Python: {error}", line=error.lineno, error=error.msg)
        ) from None
    lines = source.splitlines(keepends=True)
    for node in reversed(tree.body):
        if not isinstance(node, ast.FunctionDef):
            continue
        start = min([node.lineno, *(d.lineno for d in node.decorator_list)])
        if node.name.startswith("_"):
            lines[start - 1 : node.end_lineno] = []
            continue
        if ast.get_docstring(node) is None:
            raise GradcheckError(
                _("line {line}: {function} has no docstring", line=node.lineno, function=node.name)
            )
        indent = " " * node.body[0].col_offset
        lines[node.body[0].end_lineno : node.end_lineno] = [
            f"{indent}{_TODO}write {node.name}, then delete the next line.\n",
            f'{indent}raise NotImplementedError("{node.name} is not written yet")\n',
        ]
    return "".join(lines)


def translate_stub(source: str) -> str:
    """Return a stub with its docstrings and TODO lines in the active language.

    A docstring that has no translation stays as it is; code never changes.
    """
    tree = ast.parse(source)
    lines = source.splitlines(keepends=True)
    nodes = [tree, *(n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef))]
    for node in reversed(nodes):
        docstring = ast.get_docstring(node, clean=True)
        if docstring is None or not isinstance(node.body[0], ast.Expr):
            continue
        text = translate_text(docstring)
        if text == docstring:
            continue
        expression = node.body[0]
        indent = " " * expression.col_offset
        closing = "" if "\n" not in text else f"\n{indent}"
        indented = f"\n{indent}".join(text.split("\n"))
        quoted = f'{indent}"""{indented}{closing}"""\n'
        # A blank line between paragraphs carries no spaces.
        quoted = "\n".join(line.rstrip() for line in quoted.split("\n"))
        lines[expression.lineno - 1 : expression.end_lineno] = [quoted]
    return "".join(map(_translate_todo, lines))


def _translate_todo(line: str) -> str:
    stripped = line.strip()
    if not (stripped.startswith(_TODO) and "write " in stripped):
        return line
    name = stripped.removeprefix(f"{_TODO}write ").split(",")[0]
    indent = line[: len(line) - len(line.lstrip())]
    words = _("write {function}, then delete the next line.", function=name)
    return f"{indent}{_TODO}{words}\n"


def docstrings(source: str) -> list[str]:
    """Return the docstrings of a stub, as they are looked up for translation."""
    tree = ast.parse(source)
    nodes = [tree, *(n for n in tree.body if isinstance(n, ast.FunctionDef | ast.ClassDef))]
    found = [ast.get_docstring(node, clean=True) for node in nodes]
    return [inspect.cleandoc(text) for text in found if text]


def write_stubs(solutions: Path, exercises: Path, *, check: bool) -> list[Path]:
    """Write the stub of every solution into `exercises`; return those that changed.

    Parameters
    ----------
    solutions, exercises : Path
        Folders.
    check : bool
        Write nothing, only tell which stubs differ.

    Raises
    ------
    GradcheckError
        If there are no solutions, or one cannot be turned into a stub.
    """
    sources = sorted(solutions.glob("*.py"))
    if not sources:
        raise GradcheckError(_("{folder}: there are no .py files here", folder=solutions))
    changed = []
    for path in sources:
        try:
            stub = make_stub(path.read_text(encoding="utf-8"))
        except GradcheckError as error:
            raise GradcheckError(f"{path}: {error}") from None
        target = exercises / path.name
        if target.exists() and target.read_text(encoding="utf-8") == stub:
            continue
        changed.append(target)
        if not check:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(stub, encoding="utf-8", newline="\n")
    return changed
