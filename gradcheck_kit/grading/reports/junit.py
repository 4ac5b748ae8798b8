"""JUnit XML, as CI servers read it: a suite for every submission, a case for every check."""

from xml.etree import ElementTree

from gradcheck_kit.grading.learner_page import remarks
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import NOT_DONE, Check, Results, Submission
from gradcheck_kit.grading.safe_text import one_line, visible
from gradcheck_kit.grading.words import hidden_text, outcome_text, points_text, status_text
from gradcheck_kit.i18n import N_, _

_ERRORS = ("raised", "timed_out", "crashed", "invalid")


def write(results: Results, wish: Wish) -> Files:
    """Yield the file. CI logs have many readers: hidden tests are one case without a message."""
    root = ElementTree.Element("testsuites", name=one_line(results.assignment))
    for submission in results.submissions:
        root.append(_suite(submission))
    totals = ("tests", "failures", "errors")
    for name in totals:
        root.set(name, str(sum(int(suite.get(name, "0")) for suite in root)))
    root.set("time", _seconds(sum(s.seconds for s in results.submissions)))
    ElementTree.indent(root, " ")
    text = ElementTree.tostring(root, encoding="unicode")
    yield REPORT.file, f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'


def _suite(submission: Submission) -> ElementTree.Element:
    name = one_line(submission.id)
    suite = ElementTree.Element("testsuite", name=name)
    properties = ElementTree.SubElement(suite, "properties")
    points = points_text(submission.score, submission.max_score)
    ElementTree.SubElement(properties, "property", name="points", value=points)
    for check in submission.visible:
        _case(suite, check, name)
    if submission.hidden:
        case = ElementTree.SubElement(suite, "testcase", name=_("hidden tests"), classname=name)
        if not all(check.is_right for check in submission.hidden):
            ElementTree.SubElement(case, "failure", type="hidden", message=hidden_text(submission))
    if submission.status != "graded":
        case = ElementTree.SubElement(suite, "testcase", name=submission.status, classname=name)
        error = ElementTree.SubElement(
            case, "error", type=submission.status, message=status_text(submission)
        )
        error.text = visible(submission.message)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(len(suite.findall(f"testcase/{tag}"))))
    suite.set("tests", str(len(suite.findall("testcase"))))
    suite.set("time", _seconds(submission.seconds))
    return suite


def _case(suite: ElementTree.Element, check: Check, submission: str) -> None:
    case = ElementTree.SubElement(
        suite, "testcase", name=one_line(check.name),
        classname=f"{submission}.{one_line(check.group)}",
    )  # fmt: skip
    if check.is_right:
        return
    # What nobody has begun is no failure: CI servers show it apart.
    tag = "skipped" if check.outcome in NOT_DONE else "failure"
    tag = "error" if check.outcome in _ERRORS else tag
    text = next((remark.text for remark in remarks([check])), outcome_text(check.outcome))
    problem = ElementTree.SubElement(
        case, tag, type=check.outcome, message=one_line(text.split("\n")[0])
    )
    problem.text = text


def _seconds(seconds: float) -> str:
    # The schema has no thousands without commas, and no exponents.
    return f"{min(seconds, 999999.0):.3f}"


REPORT = Report(
    description=N_("JUnit XML, as CI servers read it"),
    write=write,
    file="junit.xml",
)
