"""How many mistakes are named, and how many wrongly: one by one, and in pairs.

    python benchmarks/diagnosis.py [--pairs 300] [--seed 0] [--json FILE]

Every mistake of the catalogue is planted in the solution and judged:

(a) alone: is its function blamed and nothing else, and is it the first that is named?
(b) pairs of mistakes in two functions of one file: are both blamed, and is each named?
(c) pairs of mistakes in the links of one gradient: are both named?

"Named" counts mistakes that give the very same values as one. "Unknown" means that nothing
was named. The rest is wrong. The time is what the diagnosis adds to a failing submission,
once the process has seen a few (grading), and in the process's first one (a learner's run).
"""

import argparse
import ast
import json
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.diagnosis.catalogue import misconceptions
from gradcheck_kit.diagnosis.diagnose import diagnose
from gradcheck_kit.diagnosis.evidence import wrong_source
from gradcheck_kit.diagnosis.misconception import Misconception
from gradcheck_kit.diagnosis.naming import Effect, Known, known_products
from gradcheck_kit.diagnosis.records import Diagnosis
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem, problem_names
from gradcheck_kit.problems.problem import Function, Problem

ROOT = Path(__file__).resolve().parents[1]
IMPORTS = "import math\nfrom typing import Any\nimport numpy as np\n"
RIGHT_VALUES = ("numeric",)  # recognised by a note: nothing is wrong, nobody is blamed
_watchdog = Watchdog()


def planted(problem: Problem, wrong: dict[str, str], constant: float | None = None) -> str:
    """Return the solution with functions replaced by the given sources."""
    text = (ROOT / "solutions" / problem.file).read_text(encoding="utf-8")
    lines = text.split("\n")
    nodes = [n for n in ast.parse(text).body if isinstance(n, ast.FunctionDef)]
    for node in reversed(nodes):
        if node.name in wrong:
            lines[node.lineno - 1 : node.end_lineno] = wrong[node.name].split("\n")
    return f"{IMPORTS}CONSTANT = {constant!r}\n" + "\n".join(lines)


def judged(problem: Problem, source: str, seed: int) -> Judge:
    """Return a judge of a submission that consists of this source."""
    folder = Path(tempfile.mkdtemp(prefix="gradcheck-bench-"))
    (folder / problem.file).write_text(source, encoding="utf-8")
    return Judge(InProcessLearner(str(folder), folder, _watchdog), problem, seed)


def blamed(judge: Judge) -> list[str]:
    """Return the functions that are to blame."""
    return [f.name for f in judge.problem.functions if judge.verdict(f.name).blamed]


def everything() -> list[tuple[Problem, Function, Misconception]]:
    """Return every mistake that can be planted."""
    return [
        (problem, function, entry)
        for problem in map(get_problem, problem_names())
        for function in problem.functions
        for entry in misconceptions(problem.name, function.name)
        if not entry.is_advisory
    ]


def names(diagnosis: Diagnosis) -> list[set[str]]:
    """Return the ids of each group: those in one group give the same values."""
    return [{entry.id for entry in group} for group in diagnosis.all_groups]


def alone(seed: int) -> dict[str, Any]:
    """Plant each mistake by itself."""
    total = right_blame = first = 0
    missed = []
    times = []
    for problem, function, entry in everything():
        constant = entry.tries[0] if entry.tries else None
        source = wrong_source(function, entry)
        judge = judged(problem, planted(problem, {function.name: source}, constant), seed)
        wanted = [] if entry.when in RIGHT_VALUES else [function.name]
        total += 1
        right_blame += blamed(judge) == wanted
        started = time.process_time()
        diagnosis = diagnose(judge, function.name)
        times.append(time.process_time() - started)
        groups = names(diagnosis)
        if groups and entry.id in groups[0]:
            first += 1
        else:
            missed.append(f"{entry.id} -> {', '.join(diagnosis.ids) or 'unknown'}")
    return {
        "mistakes": total, "function blamed": right_blame, "named first": first,
        "not named": missed, "median ms": 1e3 * statistics.median(times),
        "p95 ms": 1e3 * sorted(times)[int(0.95 * len(times))],
    }  # fmt: skip


class Count:
    """Counts what was named of what was planted."""

    def __init__(self) -> None:
        self.pairs = self.blamed = self.named = self.unknown = self.wrong = 0
        self.examples: list[str] = []

    def add(self, planted_ids: Sequence[str], groups: Sequence[set[str]], is_blamed: bool) -> None:
        """Count one pair, or one of two."""
        self.pairs += 1
        self.blamed += is_blamed
        left = [g for g in groups if not g & set(planted_ids)]
        if left or not is_blamed:
            self.wrong += bool(left)
            self.examples.append(f"{', '.join(planted_ids)} -> {groups}")
        elif all(any(i in g for g in groups) for i in planted_ids):
            self.named += 1
        else:
            self.unknown += 1

    def summary(self) -> dict[str, Any]:
        """Return the counts as plain values."""
        return {"pairs": self.pairs, "all blamed": self.blamed, "named in full": self.named,
                "unknown or in part": self.unknown, "wrongly named": self.wrong,
                "examples": self.examples}  # fmt: skip


def in_two_functions(rng: random.Random, seed: int, pairs: int) -> dict[str, Any]:
    """Plant two mistakes in two functions of one file."""
    mistakes = [m for m in everything() if m[2].when not in RIGHT_VALUES and not m[2].before]
    count = Count()
    while count.pairs < pairs:
        (problem, one, a), (other_problem, two, b) = rng.sample(mistakes, 2)
        if problem is not other_problem or one is two or (a.tries and b.tries):
            continue
        constant = next((e.tries[0] for e in (a, b) if e.tries), None)
        source = planted(
            problem, {one.name: wrong_source(one, a), two.name: wrong_source(two, b)}, constant
        )
        judge = judged(problem, source, seed)
        culprits = set(blamed(judge))
        groups = names(diagnose(judge, one.name)) + names(diagnose(judge, two.name))
        count.add([a.id, b.id], groups, culprits == {one.name, two.name})
    return count.summary()


# Factors as code: 1 - σ(z) written as σ(-z) keeps its digits.
WRITTEN = {"1 - y_pred": "sigmoid(-z2)", "1 - a1": "sigmoid(-z1)", "σ(a1)": "sigmoid(a1)",
           "1 - σ(a1)": "sigmoid(-a1)", "σ(y_pred)": "sigmoid(y_pred)",
           "1 - σ(y_pred)": "sigmoid(-y_pred)"}  # fmt: skip


def product_source(function: Function, effects: Sequence[Effect]) -> str:
    """Return a backward function whose gradients are the right ones times some effects."""
    lines = ["def backward(x, y_true, w1, w2):", "    z1, a1, z2, y_pred = forward(x, w1, w2)"]
    for entry in function.returns:
        exponents = dict.fromkeys((f.name for f in function.factors), 0)
        for parts in function.chains[entry.name].values():
            for factor in parts:
                exponents[factor] += 1
        terms = []
        for effect in effects:
            terms.append(f"{effect.constants.get(entry.name, 1.0)!r}")
            for (name, factor), exponent in effect.exponents.items():
                exponents[factor] += exponent if name == entry.name else 0
            terms += [f"np.sign({WRITTEN.get(f, f)})" for n, f in effect.signs if n == entry.name]
        terms += [f"({WRITTEN.get(f, f)}) ** {e}" for f, e in exponents.items() if e]
        lines.append(f"    {entry.name} = float({' * '.join(terms)})")
    lines.append("    return grad_w1, grad_w2")
    return "\n".join(lines)


def in_one_gradient(rng: random.Random, seed: int, pairs: int) -> dict[str, Any]:
    """Plant two mistakes in the links of one backward function: their effects multiplied."""
    problem = get_problem("network")
    function = problem.function("backward")
    known = [k for k in known_products(function, misconceptions("network", "backward"))
             if k.entry.when == ""]  # fmt: skip
    count = Count()
    same_values = 0
    while count.pairs < pairs:
        a, b = rng.sample(known, 2)
        if a.entry is b.entry:
            continue
        judge = judged(
            problem, planted(problem, {"backward": product_source(function, [a.effect, b.effect])}),
            seed,
        )  # fmt: skip
        if not blamed(judge):
            continue  # the two make it right again
        diagnosis = diagnose(judge, "backward")
        groups = names(diagnosis)
        if groups and _total(groups, known).key == a.effect.times(b.effect).key:
            # Other names for the very same values are as right as the planted ones.
            same_values += not all(g & {a.entry.id, b.entry.id} for g in groups)
            groups = [{a.entry.id}, {b.entry.id}]
        count.add([a.entry.id, b.entry.id], groups, blamed(judge) == ["backward"])
    return {**count.summary(), "of the named, by others with the same values": same_values}


def _total(groups: Sequence[set[str]], known: Sequence[Known]) -> Effect:
    total = Effect({}, frozenset(), {})
    for group in groups:
        total = total.times(next(k.effect for k in known if k.entry.id in group))
    return total


COLD = """
import time
from gradcheck_kit.checks.substitution import Judge
from gradcheck_kit.learner.inprocess import InProcessLearner
from gradcheck_kit.learner.watchdog import Watchdog
from gradcheck_kit.problems import get_problem
from pathlib import Path
import gradcheck_kit.diagnosis.messages
folder = Path({folder!r})
judge = Judge(InProcessLearner("x", folder, Watchdog()), get_problem({problem!r}), 0)
judge.verdict({function!r})
started = time.process_time()
from gradcheck_kit.diagnosis.diagnose import diagnose
diagnose(judge, {function!r})
print(1e3 * (time.process_time() - started))
"""


def first_in_its_process() -> dict[str, float]:
    """Return what the first diagnosis of a process takes, imports included, in ms."""
    found = {}
    for problem_name, function_name, identity in (
        ("network", "backward", "bw-w1-missing-x"),
        ("network", "backward", "bw-w2-sp-raw-z"),
        ("network", "sigmoid", "sig-exp-sign"),
        ("batch", "backward", "bt-sum-not-mean"),
    ):
        problem = get_problem(problem_name)
        function = problem.function(function_name)
        entry = next(e for e in misconceptions(problem_name, function_name) if e.id == identity)
        folder = Path(tempfile.mkdtemp(prefix="gradcheck-bench-"))
        source = planted(problem, {function_name: wrong_source(function, entry)})
        (folder / problem.file).write_text(source, encoding="utf-8")
        code = COLD.format(folder=str(folder), problem=problem_name, function=function_name)
        runs = [
            float(subprocess.run([sys.executable, "-c", code], capture_output=True, text=True,
                                 check=True).stdout)
            for _ in range(5)
        ]  # fmt: skip
        found[f"{problem_name}.{function_name} {identity}"] = statistics.median(runs)
    return found


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--pairs", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    results = {
        "seed": options.seed,
        "alone": alone(options.seed),
        "two functions": in_two_functions(rng, options.seed, options.pairs),
        "one backward": in_one_gradient(rng, options.seed, options.pairs),
        "first in its process, ms": first_in_its_process(),
    }
    for title, values in results.items():
        print(title)
        for key, value in values.items() if isinstance(values, dict) else [("", values)]:
            if isinstance(value, list):
                print(f"  {key}: {len(value)}")
                for line in value[:20]:
                    print(f"    {line}")
            else:
                print(f"  {key}: {value:.4g}" if isinstance(value, float) else f"  {key}: {value}")
    if options.json:
        options.json.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n")


if __name__ == "__main__":
    main()
