"""Answers that somebody sent: texts that are HTML, numbers that no plot holds, other types, very many rows."""

from __future__ import annotations

import html.parser
import importlib.util
import json
from typing import TYPE_CHECKING, Any

import pytest

from appliance.reports import pictures
from appliance.reports.html import render_page
from appliance.reports.report import build_page
from appliance.reports.subjects import AnswerSubject, read_subjects
from support.answers import make_agreement, make_diff, make_vary, make_verification, make_why
from support.reported import find_active
from verify.errors import ApplianceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

pytestmark = pytest.mark.skipif(
    not all(importlib.util.find_spec(name) for name in ("jinja2", "matplotlib")), reason="needs the extra `report`"
)
MAKERS: dict[str, Callable[[str], dict[str, Any]]] = {
    "vary": make_vary,
    "diff": make_diff,
    "why": make_why,
    "agree": lambda text: make_agreement(2, text),
    "verify": make_verification,
}
HOSTILE = (
    "<script>alert(1)</script>",
    "\"><img src=x onerror='alert(1)'>",
    "</style></svg></script><iframe src=//planted.invalid>",
    "{{ 7 * 7 }}{% raw %}",
    "\x1b[31mred\x1b]0;title\x07\u202e\u0000",
    "first\nsecond\r\nthird",
    r"$\frac{1}{0}$ & &amp; ]]> <!-- --",
    "x" * 100_000,
)
LARGEST = 3 * 2**20


class Tags(html.parser.HTMLParser):
    """The elements of a page, without the inside of figures; the depth at the end is that of whole elements."""

    void = frozenset({"meta"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, tuple[str, ...]]] = []
        self.open: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note an element with the names of its attributes."""
        if "svg" not in self.open:
            self.found.append((tag, tuple(name for name, _ in attrs)))
        if tag not in self.void:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element without an inside is in a figure."""

    def handle_endtag(self, tag: str) -> None:
        """Each element must be closed in its turn."""
        assert self.open.pop() == tag


def render(body: dict[str, Any]) -> str:
    """Return the page of one answer."""
    return render_page(build_page([AnswerSubject(schema=body["schema"], body=body)], None))


@pytest.mark.parametrize("name", MAKERS)
@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_text_stays_text(name: str, text: str) -> None:
    """The page has the elements that it has with a plain text; nothing in it runs or is loaded."""
    page, plain = (Tags(render(MAKERS[name](word))) for word in (text, "text"))
    assert page.found == plain.found
    assert page.open == plain.open == []
    shown = render(MAKERS[name](text))
    assert find_active(shown) == []
    assert not {"\x1b", "\x00", "\u202e", "\x07"} & set(shown)
    assert len(shown) < LARGEST


def test_active_page_is_reported() -> None:
    """Negative control: what a page must not hold is found."""
    for text in HOSTILE[:3]:
        assert find_active(f"<p>{text}</p>")
    assert find_active('<p onclick="alert(1)">') == ["onclick"]
    assert find_active('<p title="onclick=1 <script>">') == []


def change_leaves(value: Any) -> Iterator[Any]:  # noqa: ANN401
    """Yield a JSON value with each of its parts replaced by values of other types."""
    yield from (None, True, -1, 1.7e308, 2**64 - 1, "", [], [[[]]], {}, {"a": [{}]}, ["a", 1])
    if isinstance(value, dict):
        for name, item in value.items():
            yield {key: other for key, other in value.items() if key != name}
            yield from ({**value, name: other} for other in change_leaves(item))
    elif isinstance(value, list) and value:
        yield from ([other, *value[1:]] for other in change_leaves(value[0]))


@pytest.mark.slow
@pytest.mark.parametrize("name", MAKERS)
def test_other_types_end_in_an_error_or_a_page(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stands in the place of a value, there is a page or an error of this program."""
    monkeypatch.setattr(pictures, "draw", lambda *_, **__: "<svg />")
    path, pages = tmp_path / "answer.json", 0
    for body in change_leaves(MAKERS[name]("text")):
        path.write_text(json.dumps(body))
        try:
            subjects = read_subjects([str(path)])
        except ApplianceError:
            continue
        build_page(subjects, None)
        pages += 1
    assert pages > 1


def test_very_many_rows_are_cut() -> None:
    """A thousand machines, ten thousand checks: the page says how much is left out, and stays small."""
    for body, count in ((make_agreement(1000), 700), (make_verification(checks=10_000), 9700)):
        page = render(body)
        assert f"{count} more rows are left out" in page
        assert len(page) < LARGEST
    assert "1000 machines were compared" in render(make_agreement(1000))


def test_machine_that_differs_is_not_cut() -> None:
    """The last of a thousand machines differs; it is the first row."""
    page = render(make_agreement(1000))
    assert page.index("one 999") < page.index("one 0<")


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e308, -5e-324])
def test_number_that_no_plot_holds_is_left_out(value: float) -> None:
    """The other bars are drawn; without any other there is no figure."""
    names = {"axis": "elements", "caption": "c", "columns": ("a", "b")}
    figure = pictures.draw_bars([("one", value), ("two", 3.0)], **names)  # type: ignore[arg-type]
    assert figure is not None
    assert "nan" not in figure.svg
    assert "inf" not in figure.svg.replace("infinity", "")
