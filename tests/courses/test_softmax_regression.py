"""The example course, installed as a package of its own and used as its learners do."""

import ast
import json
import os
import re
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

import gradcheck_kit
from gradcheck_kit import hookspecs
from gradcheck_kit.cli import main
from gradcheck_kit.courses.checks import check_problem
from gradcheck_kit.courses.registry import Registration, Registry
from gradcheck_kit.diagnosis.evidence import wrong_source
from gradcheck_kit.errors import GradcheckError
from gradcheck_kit.grading.course_reports import files_of
from gradcheck_kit.grading.stubs import docstrings

COURSE = Path(__file__).parents[2] / "docs" / "examples" / "softmax_regression"
EXERCISES, SOLUTION = COURSE / "exercises", COURSE / "solutions" / "softmax.py"

# What a mistake of the factor fit looks like in code; the others bring their own.
LINKED = {
    "gr-sign": ("(P - Y)", "(Y - P)"),
    "gr-no-target": ("(P - Y)", "P"),
    "gr-no-input": ("X.T @ D", "np.ones_like(X).T @ D"),
}

RIGHT = {
    "loops": """
        import math

        def softmax(Z):
            rows = []
            for row in Z:
                e = [math.exp(z - max(row)) for z in row]
                rows.append([x / sum(e) for x in e])
            return np.array(rows)

        def gradient(X, Y, W, b):
            P = softmax(X @ W + b)
            dW, db = np.zeros(W.shape), np.zeros(len(b))
            for x, p, y in zip(X, P, Y):
                dW += np.outer(x, p - y) / len(X)
                db += (p - y) / len(X)
            return dW, db
        """,
    "picked": """
        def cross_entropy(P, Y):
            return -np.log(P[np.arange(len(P)), Y.argmax(axis=1)]).mean()

        def gradient(X, Y, W, b):
            P = forward(X, W, b)[1].copy()
            P[np.arange(len(P)), Y.argmax(axis=1)] -= 1
            return np.einsum("nd,nk->dk", X, P) / len(P), P.mean(axis=0)
        """,
    "jacobian": """
        def gradient(X, Y, W, b):
            dW, db = 0, 0
            for x, y in zip(X, Y):
                p = softmax(np.array([x @ W + b]))[0]
                J = np.diag(p) - np.outer(p, p)
                dz = J @ (-y / p)
                dW, db = dW + np.outer(x, dz), db + dz
            return [dW / len(X), db / len(X)]
        """,
}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Install the course into a folder of its own."""
    target = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "pip", "install", "-q", "--disable-pip-version-check"]
    command += ["--no-deps", "--no-index", "--no-build-isolation", "--target", str(target)]
    subprocess.run([*command, str(COURSE)], check=True, capture_output=True, text=True)
    return target


@pytest.fixture(autouse=True)
def _installed(site: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("PYTHONPATH", str(site), prepend=os.pathsep)
    monkeypatch.syspath_prepend(str(site))
    yield
    for name in [name for name in sys.modules if name.startswith("softmax_regression")]:
        del sys.modules[name]


def in_course(name: str) -> Any:
    """Return a module of the installed course."""
    return import_module(f"softmax_regression.{name}")


def write(folder: Path, text: str) -> None:
    folder.mkdir(parents=True)
    (folder / "softmax.py").write_text(text, encoding="utf-8")


def with_function(name: str, code: str) -> str:
    """Return the solution with a function defined anew at the end."""
    return f"{SOLUTION.read_text(encoding='utf-8')}\n\n{code}\n"


def grade(folder: Path, tmp_path: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Grade a class; return the submissions by id."""
    out = tmp_path / "out"
    command = ["grade", str(folder), "--exercises", str(EXERCISES), "--out", str(out)]
    assert main([*command, "--jobs", "2", "--seed", "5", *options]) == 0
    data = json.loads((out / "results.json").read_text(encoding="utf-8"))
    assert data["assignment"]["id"] == "softmax-regression"
    assert data["assignment"]["max_score"] == 20
    return {s["id"]: s for s in data["submissions"]}


def test_every_mistake_is_blamed_and_named(tmp_path: Path) -> None:
    """Planted in the solution, on its function alone, by its own name."""
    problem, mistakes = in_course("problem").PROBLEM, in_course("mistakes").MISTAKES
    wanted = {}
    for name, known in mistakes.items():
        function = problem.function(name.partition(".")[2])
        for entry in known.entries:
            text = SOLUTION.read_text(encoding="utf-8")
            if entry.id in LINKED:
                old, new = LINKED[entry.id]
                assert text.count(old) == 1
                text = text.replace(old, new)
            else:
                constant = f"CONSTANT = {entry.tries[0]!r}\n" if entry.tries else ""
                text = with_function(function.name, constant + wrong_source(function, entry))
            write(tmp_path / "class" / entry.id, text)
            wanted[entry.id] = name
    for page in (COURSE / "README.md", COURSE.parents[1] / "authors.md"):
        assert f"{len(wanted)} mistakes" in page.read_text(encoding="utf-8")
    graded = grade(tmp_path / "class", tmp_path)
    found = {
        identity: (s["blame"], {d["id"] for c in s["checks"] for d in c["diagnosis"]})
        for identity, s in graded.items()
    }
    assert found == {identity: ([name], {identity}) for identity, name in wanted.items()}


def test_right_code_in_any_style_earns_everything(tmp_path: Path) -> None:
    """Loops, indices, the whole Jacobian: no blame, no diagnosis."""
    for name, code in RIGHT.items():
        lines = [line.removeprefix("        ") for line in code.splitlines()]
        write(tmp_path / "class" / name, with_function(name, "\n".join(lines)))
    write(tmp_path / "class" / "solution", SOLUTION.read_text(encoding="utf-8"))
    graded = grade(tmp_path / "class", tmp_path)
    assert {name: (s["score"], s["blame"]) for name, s in graded.items()} == dict.fromkeys(
        [*RIGHT, "solution"], (20, [])
    )
    assert not [c for s in graded.values() for c in s["checks"] if c["diagnosis"] or c["notes"]]


def test_one_wrong_function_is_blamed_alone(tmp_path: Path) -> None:
    """What is built on it keeps its points."""
    text = SOLUTION.read_text(encoding="utf-8").replace("axis=1", "axis=0")
    write(tmp_path / "class" / "kim", text)
    kim = grade(tmp_path / "class", tmp_path, "--lang", "ko")["kim"]
    assert (kim["score"], kim["blame"]) == (16, ["softmax.softmax"])
    outcomes = [check["outcome"] for check in kim["checks"]]
    assert outcomes == ["wrong", "passed", *["follow_through"] * 3, "passed", "follow_through"]
    assert "행이 아니라 열을 따라 더했어요" in kim["checks"][0]["message"]


def test_what_has_no_name_is_described_by_links_and_sizes(tmp_path: Path) -> None:
    """The chain with each link marked, where every entry is a product; else the size."""
    text = SOLUTION.read_text(encoding="utf-8")
    write(tmp_path / "class" / "link", text.replace("X.T @ D", "(X * X).T @ D"))
    write(tmp_path / "class" / "size", text.replace("D.sum(axis=0)", "D.sum(axis=0) * W.shape[0]"))
    graded = grade(tmp_path / "class", tmp_path)
    messages = {
        name: "\n".join(check["message"] for check in s["checks"]) for name, s in graded.items()
    }
    assert "In dW, with one row: Xᵀ is there twice" in messages["link"]
    assert "✓ (P − Y) · ✗ Xᵀ" in messages["link"]
    assert "db is d times what is right" in messages["size"]


def test_the_self_test_needs_nothing_mended(capsys: pytest.CaptureFixture[str]) -> None:
    """Stubs, words, points; and a sample of the mistakes that can be planted."""
    code = main(["selftest", str(EXERCISES), "--mutants", "40", "--jobs", "2", "--lang", "en"])
    text = capsys.readouterr().out
    assert code == 0, text
    assert "titles and hints in en, ko" in text
    assert "softmax 20 = 20" in text


def test_stubs_are_as_the_solutions_say() -> None:
    """Made by the command, and made anew when a solution changes."""
    assert main(["stubs", str(COURSE / "solutions"), str(EXERCISES), "--check"]) == 0


def test_everything_is_there_in_korean(tmp_path: Path) -> None:
    """Titles, hints and docstrings; and the stubs that `init` writes."""
    korean, mistakes = in_course("korean").KOREAN, in_course("mistakes").MISTAKES
    entries = [entry for known in mistakes.values() for entry in known.entries]
    texts = {text for entry in entries for text in (entry.title, entry.hint)}
    texts |= set(docstrings(SOLUTION.read_text(encoding="utf-8")))
    texts.add(in_course("problem").PROBLEM.function("gradient").chains_hold)
    assert set(korean) == texts
    assert all(re.search("[가-힣]", text) for text in korean.values())
    folder = tmp_path / "mine"
    assert main(["init", str(folder), "--exercises", str(EXERCISES), "--lang", "ko"]) == 0
    stub = (folder / "softmax.py").read_text(encoding="utf-8")
    assert "행마다 클래스의 확률을 돌려줘요." in stub
    assert "Return the" not in stub
    compile(stub, "softmax.py", "exec")


def test_a_learner_practises(tmp_path: Path) -> None:
    """The installed exercises are stubs; with the solution everything passes."""
    folder = tmp_path / "mine"
    assert main(["init", str(folder), "--exercises", str(EXERCISES), "--lang", "en"]) == 0
    command = [sys.executable, "-m", "pytest", "mine", "-q"]
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, encoding="utf-8"
    )  # fmt: skip
    assert "7 not started" in done.stdout
    assert "next  write softmax in mine/softmax.py" in done.stdout
    (folder / "softmax.py").write_text(SOLUTION.read_text(encoding="utf-8"), encoding="utf-8")
    done = subprocess.run(
        command, capture_output=True, text=True, cwd=tmp_path, encoding="utf-8"
    )  # fmt: skip
    assert "20 of 20 points" in done.stdout


@pytest.mark.parametrize("name", [name for name in dir(hookspecs) if name.startswith("pytest_")])
def test_the_examples_of_the_hooks_register_something(name: str) -> None:
    """Each as it stands in its docstring, on this course."""
    example = getattr(hookspecs, name).__doc__.partition("::\n")[2]
    space: dict[str, Any] = {"KOREAN": {"The bias b is left out": "편향 b가 빠졌어요"}}
    exec("from gradcheck_kit import *", space)
    exec(textwrap.dedent(example), space)
    found = space[name](*(["ko"] if name.endswith("translations") else []))
    problems = in_course("plugin").pytest_gradcheck_problems()
    course = Registration("the course", problems=problems)
    field = {"problems": "problems", "misconceptions": "mistakes", "report_writers": "writers"}
    kind = field.get(name.removeprefix("pytest_gradcheck_"))
    if kind == "problems":
        registry = Registry([Registration("the example", problems=found)])
        assert set(registry.problems) == {"softmax"}
    elif kind is not None:
        registry = Registry([course, Registration("the example", **{kind: found})])
        assert found
        assert set(found) <= {"softmax.cross_entropy", *registry.writers}
    else:
        assert Registry([course, Registration("the example", words={"ko": found})]).words["ko"]
    if kind == "writers":
        results = {"submissions": [{"id": "kim", "score": 3.0}]}
        files = files_of("scores", found["scores"], results)
        assert list(files) == [("scores.csv", "id,score\nkim,3.0\n")]


def test_the_course_uses_public_names_only() -> None:
    """All that it imports of the kit stands in gradcheck_kit.__all__."""
    sources = [*COURSE.rglob("*.py"), COURSE.parent / "check_a_layer.py"]
    assert len(sources) > 6
    for path in sources:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not [a for a in node.names if a.name.startswith("gradcheck_kit")], path
            elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("gradcheck"):
                assert node.module == "gradcheck_kit"
                assert {alias.name for alias in node.names} <= set(gradcheck_kit.__all__)


def test_what_is_wrong_with_matrices_is_said_in_one_line() -> None:
    """Their own text has a line for each row."""
    problem = in_course("problem").PROBLEM
    gradient = problem.function("gradient")
    broken = replace(gradient, extreme=lambda X, Y, W, b: 1 // (len(X) == 1))
    functions = tuple(broken if f is gradient else f for f in problem.functions)
    with pytest.raises(GradcheckError, match="extreme fails at ") as caught:
        check_problem("course", replace(problem, functions=functions))
    assert "\n" not in str(caught.value)


def test_the_ten_lines_for_a_layer_run() -> None:
    """The example without any problem: one layer, forward and backward, and a wrong one."""
    script = COURSE.parent / "check_a_layer.py"
    source = script.read_text(encoding="utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("ok")
    wrong = source.replace("upstream * (1 - out**2)", "upstream * (1 - out)")
    assert wrong != source
    done = subprocess.run([sys.executable, "-c", wrong], capture_output=True, text=True)
    assert done.stdout.startswith("wrong")
    lines = [line for line in source.splitlines() if line.strip() and not line.startswith('"""')]
    assert len(lines) <= 10
