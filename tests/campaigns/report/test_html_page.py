"""The page: whole by itself, valid, the same every time, and safe whatever names a plan has."""

import re
from html.parser import HTMLParser

import pytest

from refsim.campaigns.report.html_page import anchor, html_page
from refsim.campaigns.report.pictures import pictures
from refsim.campaigns.report.report import make_report
from refsim.campaigns.report.words import given, percent

from .cases import RATES, faults, manifest, row, rows

VOID = {"meta", "br", "hr", "img", "link", "input"}
GATES = [("clean run", True, "the digest is the same"), ("realised rate", False, "12 flips are 9.1 sigma away")]
HOSTILE = '<script>alert("1")</script>&\'$\\frac$\\1'


def page(found=None, trials=None, gates=GATES):
    """A page with its pictures."""
    trials = rows() if trials is None else trials
    report = make_report(manifest() if found is None else found, trials, gates)
    return html_page(report, pictures(report, trials))


class Reader(HTMLParser):
    """Reads a page and keeps its tags; complains where they do not nest."""

    def __init__(self):
        super().__init__()
        self.open, self.tags, self.text, self.names = [], [], [], []

    def handle_starttag(self, tag, attrs):
        self.tags.append((tag, dict(attrs)))
        assert len(attrs) == len(dict(attrs)), f"an attribute comes twice in {tag}"
        self.names += [value for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text.append(data)


def read(text):
    """The page as tags, text and names of elements, all closed."""
    reader = Reader()
    reader.feed(text)
    reader.close()
    assert reader.open == []
    return reader


@pytest.fixture(scope="module")
def whole():
    """The page of the campaign of the cases."""
    return page()


def test_tags_nest_and_names_are_unique(whole):
    """Every tag is closed where it must be, no two elements have one name, and every link leads to one."""
    found = read(whole)
    assert len(found.names) == len(set(found.names))
    links = [attrs["href"] for tag, attrs in found.tags if tag in {"a", "use"}]
    assert links
    assert {link.removeprefix("#") for link in links} <= set(found.names)
    clips = re.findall(r"url\(#([^)]*)\)", whole)
    assert set(clips) <= set(found.names)


def test_nothing_comes_from_elsewhere(whole):
    """No address, no script, no style sheet, no font, no picture of another file."""
    assert not re.search(r"https?:|//[a-z]|@import|@font-face|javascript:|url\([^#]", whole)
    found = read(whole)
    assert not {tag for tag, _ in found.tags} & {"script", "link", "img", "iframe", "object", "embed", "metadata"}
    assert not [name for _, attrs in found.tags for name in attrs if name in {"src", "srcset"} or name.startswith("on")]


def test_pictures_have_words(whole):
    """Each picture says what it shows to who does not see it, and has a caption for who does."""
    found = read(whole)
    labels = [attrs["aria-label"] for tag, attrs in found.tags if tag == "svg"]
    assert len(labels) == 3
    assert labels[0] == (
        "Accuracy against the rate. plain: 89.75 % at 0.001, 66.25 % at 0.01; hsiao: 90.00 % at 0.001, 67.00 % at 0.01."
    )
    assert all(attrs["role"] == "img" for tag, attrs in found.tags if tag == "svg")
    assert sum(tag == "figcaption" for tag, _ in found.tags) == sum(tag == "figure" for tag, _ in found.tags) == 3


def test_light_and_dark(whole):
    """Ink in pictures is the colour of the page's text, and the page has both sets of colours."""
    assert "prefers-color-scheme: dark" in whole
    assert "currentColor" in whole
    assert "#22303c" not in whole.split("</style>")[1]


def test_twice_the_same_bytes(whole):
    """Nothing in it depends on when, or how often before, it was made."""
    assert page() == whole
    assert not re.search(r"20[2-9][0-9]-[01][0-9]", whole)


def test_what_came_out_stands_first(whole):
    """Failed checks, and the worst cell with its interval."""
    text = " ".join("".join(read(whole).text).split())
    assert "4 cells, 16 trials. A check of the campaign failed: realised rate." in text
    assert (
        "more than 1 point in plain under flips p=1/100: in 75.00 % of the trials, 95 % interval 19.41 to 99.37 (3 of 4)"
        in text
    )
    passed = html_page(make_report(manifest(), rows(), GATES[:1]), [])
    assert "Checks of the campaign: all 1 passed." in "".join(read(passed).text)


def test_all_tables_are_there(whole):
    """Tables of everything that there is something to say about, with scopes of their heads."""
    found = read(whole)
    for title in ("Accuracy", "Arms compared", "Gates", "Protection", "Outcomes by trial, %", "Faults", "Sites", "Plan"):
        assert anchor(title) in found.names
    assert all(attrs.get("scope") == "col" for tag, attrs in found.tags if tag == "th")
    assert "plan" not in whole.lower() or "made by hand" in whole


def test_hostile_names():
    """Names of arms, faults, sites and gates are text wherever they come."""
    sites = [{"number": 0, "name": HOSTILE, "kind": "weight", "format": "int8", "width": 8, "count": 4}]
    some = [faults(HOSTILE, {"kind": "rate", "p": "1/10"}), faults("all", {"kind": "exhaustive"})]
    found = manifest((HOSTILE, "other"), some, sites, (0,))
    found["plan"]["name"] = HOSTILE
    trials = [row(i, t, 90 - t, flips=1) for i in range(4) for t in range(3)]
    text = page(found, trials, [(HOSTILE, False, HOSTILE)])
    assert "<script" not in text
    reader = read(text)
    assert not {"script", "x"} & {tag for tag, _ in reader.tags}
    assert "".join(reader.text).count(HOSTILE) > 5
    assert any(HOSTILE in attrs.get("aria-label", "") for _, attrs in reader.tags)


@pytest.mark.parametrize(
    ("found", "trials", "said"),
    [
        (manifest(()), [], "0 cells, 0 trials."),
        (manifest(("one",)), [], "Without a trial: one under flips p=1/1000, one under flips p=1/100."),
        (manifest(("one",), RATES[:1]), [row(0, 0)], "1 cell, 1 trial."),
        (manifest(("one",), RATES[:1], labelled=0, correct=0), [row(0, 0, 0, critical=0)], "No labels are known"),
        (manifest(("one",), RATES[:1]), [row(0, 0, 0, due=100, critical=0)], "in 100.00 % of the trials"),
    ],
    ids=["empty", "no trial", "one trial", "no labels", "all due"],
)
def test_little_to_say(found, trials, said):
    """Empty campaigns, cells without trials, one trial, unknown labels: a page that says so."""
    text = " ".join("".join(read(page(found, trials, [])).text).split())
    assert said in text
    assert "nan" not in text.lower().replace("nan or", "")


def test_digits():
    """A share near 0 or 1 has the digits that tell it from them."""
    assert [percent(x) for x in (0, 0.0003, 0.25, 0.99999, 1, None)] == ["0.00", "0.0300", "25.00", "99.9990", "100.00", "-"]
    assert [percent(x) for x in (1 / 3_600_000, 1 - 1e-7)] == ["0.000028", "99.999990"]
    assert [percent(x) for x in (3e-5, -3e-5, -1e-17, -0.25, -1)] == ["0.0030", "-0.0030", "0.00", "-25.00", "-100.00"]


def test_words_of_chosen_shares():
    """A share that somebody chose has the digits that it has."""
    assert [given(x) for x in (0.95, 0.01, 0.999, 1 / 3)] == ["95", "1", "99.9", "33.3333"]
