"""A file in Markdown for every learner."""

from gradcheck_kit.grading.learner_page import learner_page
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.safe_text import file_names
from gradcheck_kit.i18n import N_


def write(results: Results, wish: Wish) -> Files:
    """Yield a file for every submission, named after its id."""
    names = file_names(submission.id for submission in results.submissions)
    for name, submission in zip(names, results.submissions, strict=True):
        yield f"{name}.md", learner_page(results, submission)


REPORT = Report(description=N_("feedback: a Markdown file for every learner"), write=write)
