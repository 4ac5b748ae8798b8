"""What else is known about a wrong update: the step that was taken and the one due."""

from dataclasses import replace

import numpy as np

from gradcheck_kit.checks.finding import Finding
from gradcheck_kit.learner.learner import ModuleCopy
from gradcheck_kit.problems.problem import Function


def explain_update(copy: ModuleCopy, function: Function, finding: Finding) -> Finding:
    """Add by how much the weight moved and by how much it should have moved."""
    if finding.reason != "value" or finding.arguments is None:
        return finding
    weights = np.asarray(finding.arguments[0])
    if weights.ndim != len(finding.facts["index"]):
        return finding  # another course's update takes something else first
    weight = float(weights[finding.facts["index"]])
    facts = {"step": float(finding.got) - weight, "right_step": float(finding.expected) - weight}
    return replace(finding, facts={**finding.facts, **facts})
