"""What else is known about a wrong training: from which step on the losses differ."""

from dataclasses import replace

from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.learner import ModuleCopy
from gradcheck_kit.problems.problem import Function


def explain_training(copy: ModuleCopy, function: Function, finding: Finding) -> Finding:
    """Add the number of steps, and the first step whose loss is off."""
    if finding.reason != "value" or finding.arguments is None:
        return finding
    facts = {"steps": finding.arguments[-1]}
    if finding.facts["return"] == "losses" and finding.facts["index"]:
        facts["first_wrong_step"] = finding.facts["index"][0]
    return replace(finding, facts={**finding.facts, **facts})
