"""The page about a class, as a person uses it: clicks, keys, search, print."""

import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from gradcheck_kit.grading.class_page import (
    distribution,
    mistakes,
    numbers,
    page_data,
    percent_bin,
)
from gradcheck_kit.grading.result_records import Results, parse_results

from .browser import Page, chromium
from .samples import HOSTILE, check, document, submission, written

pytest.importorskip("jinja2")
Open = Callable[..., Any]


def large_class(count: int) -> Results:
    """Return a class of `count`, every tenth of it with a mistake of its own."""
    secret = {"hidden": True}
    return parse_results(
        document(
            *(
                submission(
                    f"s{n:04d}",
                    check("loss", points=float(n % 11), max_points=10.0),
                    check("backward", "passed" if n % 10 else "wrong",
                          diagnosis=[] if n % 10 else [{"id": "bw-w1-missing-x"}],
                          message="" if n % 10 else f"backward: not so in {n}"),
                    check("train", "missing", **secret),
                    blame=[] if n % 10 else ["network.backward"],
                    name="김철수" if n == 7 else "",
                )
                for n in range(count)
            )
        )
    )  # fmt: skip


# What the page shows


def test_mistakes_are_ranked_with_an_example() -> None:
    both = [{"id": "bw-w1-missing-x"}, {"id": "own-id"}]
    results = parse_results(
        document(
            submission("a", check("backward", "wrong", diagnosis=both, message="long message")),
            submission("b", check("backward", "wrong", diagnosis=both[:1], message="short"),
                       check("other", "wrong", diagnosis=both[:1])),
        )
    )  # fmt: skip
    first, second = mistakes(results)
    assert (first.id, first.count, first.example, first.message) == (
        "bw-w1-missing-x", 2, "b", "short",
    )  # fmt: skip
    assert first.functions == ("network.backward", "network.other")
    assert first.title
    assert (second.id, second.count, second.title) == ("own-id", 1, "")


@pytest.mark.parametrize(
    ("score", "number"), [(0, 0), (9.99, 0), (10, 1), (99.9, 9), (100, 10), (30.0, 3)]
)
def test_scores_fall_into_tenths(score: float, number: int) -> None:
    assert percent_bin(score, 100.0) == number
    assert percent_bin(score / 10, 10.0) == number


def test_only_graded_submissions_have_a_score(results: Results) -> None:
    assert sum(bar.count for bar in distribution(results)) == 3
    assert dict(numbers(results))["not graded"] == "2"
    assert [entry["bin"] for entry in page_data(results)["submissions"]] == [10, 5, 1, -1, -1]


def test_a_message_that_many_have_is_in_the_data_once() -> None:
    same = [submission(f"{n}", check("loss", "missing", message="no file")) for n in range(50)]
    assert page_data(parse_results(document(*same)))["texts"] == ["no file"]


def test_the_data_cannot_end_its_element(hostile: Results) -> None:
    page = written("html", hostile)["class.html"]
    (data,) = re.findall(r'<script type="application/json" id="data">(.*?)</script>', page, re.S)
    assert "<" not in data
    assert "<script>alert" in json.loads(data)["submissions"][0]["id"]
    assert page.count("<script") == 2
    assert "alert(1)</script>" not in page


def test_a_page_for_a_learner_has_no_script(hostile: Results) -> None:
    for page in written("feedback-html", hostile).values():
        assert "<script" not in page
        assert "default-src &#39;none&#39;" in page


# In a browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    with chromium() as browser:
        yield browser


@pytest.fixture
def open_page(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Return a function that opens the page of a class; at the end none may have complained."""
    pages = []

    def open_page(results: Results, **options: Any) -> Any:
        path = tmp_path / "class.html"
        path.write_text(written("html", results)["class.html"], encoding="utf-8")
        pages.append(Page(browser, path, **options))
        return pages[-1].page

    yield open_page
    for page in pages:
        page.close()


def ids(page: Any) -> list[str]:
    return [str(text) for text in page.locator(".opener").all_inner_texts()]


def test_a_column_sorts_both_ways(open_page: Open, results: Results) -> None:
    page = open_page(results)
    assert ids(page)[:3] == ["kim", "이영희", "park"]
    score = page.locator('th:has([data-sort="score"])')
    assert score.get_attribute("aria-sort") == "descending"
    page.locator('[data-sort="score"]').click()
    assert score.get_attribute("aria-sort") == "ascending"
    assert ids(page)[-1] == "kim"
    page.locator('[data-sort="id"]').click()
    assert ids(page) == ["kim", "lost", "park", "torn", "이영희"]
    assert score.get_attribute("aria-sort") == "none"


def test_search_finds_ids_functions_and_mistakes(open_page: Open, results: Results) -> None:
    """By the slash key; Escape brings all back."""
    page = open_page(results)
    page.keyboard.press("/")
    page.keyboard.type("PARK")
    assert ids(page) == ["park"]
    assert page.locator("#shown").inner_text() == "1 of 5 shown"
    page.keyboard.press("Escape")
    assert len(ids(page)) == 5
    for text, found in (("missing-x", ["이영희"]), ("backward lee", []), ("영희", ["이영희"])):
        page.locator("#search").fill(text)
        assert ids(page) == found
    page.locator("#search").fill("nobody")
    assert page.locator("#empty").inner_text() == "Nothing fits."


def test_a_row_opens_by_click_and_by_key(open_page: Open, results: Results) -> None:
    page = open_page(results)
    page.locator("tr.entry").nth(2).click()
    assert "backward: it raises" in page.locator("tr.detail").inner_text()
    assert page.locator(".opener").nth(2).get_attribute("aria-expanded") == "true"
    page.locator("tr.entry").nth(2).click()
    assert page.locator("tr.detail").count() == 0
    page.locator(".opener").nth(0).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("tr.detail").count() == 1
    assert "network.backward" in page.locator("tr.entry").nth(1).inner_text()
    page.locator("#toggle-all").click()
    assert page.locator("tr.detail").count() == 0
    page.locator("#toggle-all").click()
    assert page.locator("tr.detail").count() == 5


def test_hidden_tests_are_marked(open_page: Open, results: Results) -> None:
    page = open_page(results)
    page.locator("tr.entry").nth(2).click()
    assert page.locator("tr.detail .tag").count() == 2
    assert page.locator(".map .tag").count() == 2


def test_bars_and_mistakes_choose_submissions(open_page: Open, results: Results) -> None:
    """And a chip takes the choice back; both by keyboard, too."""
    page = open_page(results)
    page.locator('.bar[data-bin="10"]').click()
    assert ids(page) == ["kim"]
    page.locator(".chip").click()
    assert len(ids(page)) == 5
    page.locator('.bar[data-bin="5"]').focus()
    page.keyboard.press("Enter")
    assert ids(page) == ["이영희"]
    page.keyboard.press("Space")
    page.locator('[data-mistake="bw-w1-missing-x"]').click()
    assert ids(page) == ["이영희"]
    page.locator(".chip").click()
    page.locator("#choice").select_option("ungraded")
    assert sorted(ids(page)) == ["lost", "torn"]


def test_an_example_leads_to_its_submission(open_page: Open, results: Results) -> None:
    """Also while a search hides it."""
    page = open_page(results)
    page.locator("#search").fill("kim")
    page.locator('li:has([data-mistake="bw-w1-missing-x"]) summary').click()
    page.locator('[data-open="이영희"]').click()
    assert page.locator("#search").input_value() == ""
    assert "backward: not so" in page.locator("tr.detail").inner_text()


def test_the_heat_map_answers_to_mouse_and_keys(open_page: Open, results: Results) -> None:
    page = open_page(results)
    canvas = page.locator("#heat svg")
    box = canvas.bounding_box()
    page.mouse.move(box["x"] + box["width"] * 0.5, box["y"] + 27)
    assert page.locator("#tip").inner_text() == "park · network: backward: raised an exception"
    canvas.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowDown")
    assert page.locator("#heat-says").inner_text() == "이영희 · network: backward: wrong"
    page.keyboard.press("Enter")
    assert page.locator("tr.detail").count() == 1
    canvas.click(position={"x": box["width"] * 0.9, "y": 5})
    assert page.locator("tr.detail").count() == 2
    assert page.locator(".rates li").all_inner_texts() == ["67 %", "33 %", "0 %", "100 %"]


def test_nothing_of_a_hostile_class_runs(open_page: Open, hostile: Results) -> None:
    """Not when it opens, nor when its texts are shown; what it says is to be read."""
    page = open_page(hostile)
    page.locator("#toggle-all").click()
    page.locator("#mistakes summary").first.click()
    page.locator("#heat svg").focus()
    assert page.locator("img").count() == 0
    assert page.locator("main script").count() == 0
    assert "<script>alert(1)</script>" in page.locator("tr.detail").first.inner_text()
    assert "\\x1b[31m" in page.locator("tr.detail").first.inner_text()


def test_the_policy_refuses_what_is_not_the_pages_own(
    browser: Any, results: Results, tmp_path: Path
) -> None:
    """If a text became markup after all, it could not run or fetch anything."""
    path = tmp_path / "class.html"
    path.write_text(written("html", results)["class.html"], encoding="utf-8")
    opened = Page(browser, path)
    page = opened.page
    page.evaluate(
        "() => { const s = document.createElement('script'); s.textContent = 'window.ran = 1';"
        " document.body.append(s); }"
    )
    page.evaluate(
        "() => new Promise(done => { const i = new Image(); i.onerror = done;"
        " i.src = 'http://127.0.0.1:9/x.png'; document.body.append(i); })"
    )
    assert page.evaluate("window.ran") is None
    assert len(opened.complaints) == 2
    assert all("Content Security Policy" in text for text in opened.complaints)
    opened.context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_light_and_dark(open_page: Open, results: Results, scheme: str) -> None:
    """As the system says, until the button says otherwise."""
    page = open_page(results, color_scheme=scheme)
    colour = "getComputedStyle(document.body).backgroundColor"
    before = page.evaluate(colour)
    assert (before == "rgb(15, 19, 25)") is (scheme == "dark")
    page.locator("#theme").click()
    assert page.evaluate(colour) != before


def test_a_thousand_submissions(open_page: Open) -> None:
    """Rows come by the hundred; search, sort and print see them all."""
    page = open_page(large_class(1000))
    assert page.locator("tr.entry").count() == 200
    assert page.locator("#more").inner_text() == "show 800 more"
    page.locator("#search").fill("김철수")
    assert ids(page) == ["s0007"]
    page.locator("#search").fill("")
    page.locator("#more").click()
    assert page.locator("tr.entry").count() == 1000
    page.locator("#search").fill("s0")
    assert page.locator("tr.entry").count() == 200
    page.emulate_media(media="print")
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("tr.entry").count() == 1000
    assert not page.locator(".tools").is_visible()


def test_a_thousand_submissions_open_quickly(browser: Any, tmp_path: Path) -> None:
    """In less than two seconds of the page's own work, whatever else the machine does."""
    path = tmp_path / "class.html"
    path.write_text(written("html", large_class(1000))["class.html"], encoding="utf-8")
    context = browser.new_context()
    page = context.new_page()
    session = context.new_cdp_session(page)
    session.send("Performance.enable", {"timeDomain": "threadTicks"})
    page.goto(path.as_uri())
    measured = {m["name"]: m["value"] for m in session.send("Performance.getMetrics")["metrics"]}
    context.close()
    assert 0 < measured["ScriptDuration"] <= measured["TaskDuration"] < 2


def test_who_handed_nothing_in_is_listed(open_page: Open) -> None:
    absent = [{"id": "<b>ann</b>", "name": "박민수"}, {"id": "bob", "name": ""}]
    page = open_page(parse_results({**document(submission("kim")), "not_handed_in": absent}))
    page.locator("#absent summary").click()
    assert page.locator("#absent li").all_inner_texts() == ["<b>ann</b> 박민수", "bob"]


def test_a_narrow_page_needs_no_sideways_scrolling(open_page: Open, results: Results) -> None:
    """And no cell lies over another."""
    page = open_page(results)
    page.set_viewport_size({"width": 360, "height": 700})
    page.locator(".opener").nth(2).click()
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    cells = page.locator("tr.entry").nth(2).locator("td").all()
    boxes = [box for box in (cell.bounding_box() for cell in cells) if box]
    assert len(boxes) == 4
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 360 for box in boxes)
    assert boxes[0]["x"] + boxes[0]["width"] <= boxes[1]["x"] + 1
    assert boxes[2]["y"] >= boxes[0]["y"] + boxes[0]["height"] - 1


def test_a_page_for_a_learner_opens(browser: Any, results: Results, tmp_path: Path) -> None:
    path = tmp_path / "park.html"
    path.write_text(written("feedback-html", results)["park.html"], encoding="utf-8")
    opened = Page(browser, path)
    text = opened.page.locator("body").inner_text()
    assert "3/26" in text
    assert "hidden: 1 of 2 passed" in text
    assert "backward: it raises" in text
    opened.close()


def test_hostile_is_hostile() -> None:
    """The sample above would run, were it put into a page as it is."""
    assert "<script>" in HOSTILE
