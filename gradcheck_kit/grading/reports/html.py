"""A page about the class: one file that needs no network, to look at, search and print."""

from gradcheck_kit.grading.class_page import distribution, mistakes, numbers, page_data
from gradcheck_kit.grading.report import Files, Report, Wish
from gradcheck_kit.grading.result_records import Results
from gradcheck_kit.grading.safe_text import one_line
from gradcheck_kit.i18n import N_, _, active_language


def write(results: Results, wish: Wish) -> Files:
    """Yield the page. It is for the instructor: hidden tests are in it, and marked."""
    from gradcheck_kit.grading.pages import embedded, render

    yield REPORT.file, render(
        "class.html.jinja", "class.css", "class.js",
        _=_,
        language=active_language(),
        title=one_line(results.assignment),
        version=one_line(results.kit_version),
        sandbox=one_line(results.sandbox),
        numbers=numbers(results),
        bars=distribution(results),
        mistakes=mistakes(results),
        total=len(results.submissions),
        absent=[(one_line(identity), one_line(name)) for identity, name in results.not_handed_in],
        data=embedded({**page_data(results), "words": _words()}),
    )  # fmt: skip


def _words() -> dict[str, str]:
    """Return what the script says; it fills in the braces itself."""
    return {
        "shown": _("{shown} of {all} shown", shown="{shown}", all="{all}"),
        "more": _("show {count} more", count="{count}"),
        "points": _("points"),
        "mend": _("mend"),
        "hidden": _("hidden"),
        "nothing": _("Nothing fits."),
        "no_checks": _("No test was run."),
        "no_message": _("No messages: everything is right."),
        "unreadable": _("unreadable"),
        "crashed": _("not graded"),
        "cell": _("{id} · {check}: {outcome}", id="{id}", check="{check}", outcome="{outcome}"),
        "score_range": _("score {from} % up to {to} %", **{"from": "{from}", "to": "{to}"}),
        "score_full": _("full marks"),
        "remove": _("remove this filter"),
    }


REPORT = Report(
    description=N_("a page about the class: scores, heat map, mistakes, every message"),
    write=write,
    file="class.html",
    libraries=("jinja2",),
)
