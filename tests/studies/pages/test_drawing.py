"""Figures show what they are given: every point at its place with its interval, and nothing hidden."""

from itertools import pairwise

import pytest

from refsim.campaigns.report.drawing import saved
from refsim.studies.pages.drawing import WIDTH, draw
from refsim.studies.results.charts import CATEGORIES, LINEAR, LOG, LOG2, Chart, HeatMap, Level, Panel, Series
from refsim.studies.results.measured import Measured

X = {CATEGORIES: ("0", "1e-6", "1e-5"), LINEAR: (1.0, 2.0, 4.0), LOG: (1e-6, 1e-5, 1e-3), LOG2: (4, 8, 64)}


def series(scale, name, above=0.0):
    """Three points with intervals of different reach to both sides."""
    values = [Measured(10.0 * i + above, 10.0 * i - 1 + above, 10.0 * i + 3 + above, 9) for i in range(3)]
    return Series(name, list(zip(X[scale], values, strict=True)))


def chart(scale, count, **options):
    """One panel with so many series."""
    return Chart(
        "c", "", [Panel("a title", "rate", "accuracy (%)", [series(scale, f"s{i}") for i in range(count)], scale, **options)]
    )


def lines(axes):
    """The points of each series as they are drawn, with the ends of their intervals."""
    for bars in axes.containers:
        data, _, (ends,) = bars.lines
        yield list(zip(*data.get_data(), (segment[:, 1].tolist() for segment in ends.get_segments()), strict=True))


@pytest.mark.parametrize("scale", X)
@pytest.mark.parametrize("count", [1, 2, 7])
def test_points(scale, count):
    """Values and the ends of intervals are drawn as they are; points of one place lie apart, nearer to it than to any other."""
    (axes,) = draw(chart(scale, count)).axes
    found = list(lines(axes))
    assert len(found) == count
    for line in found:
        assert [(y, low, high) for _, y, (low, high) in line] == [(10.0 * i, 10.0 * i - 1, 10.0 * i + 3) for i in range(3)]
    places = [float(i) for i in range(3)] if scale == CATEGORIES else [float(x) for x in X[scale]]
    for i, place in enumerate(places):
        at = [line[i][0] for line in found]
        assert at == sorted(at)
        assert len(set(at)) == count
        assert all(min(places, key=lambda one, x=x: abs(one - x)) == place for x in at)


def test_names():
    """Axes, panels and series have their names; a single series needs no legend; no text is mathematics."""
    figure = draw(chart(LINEAR, 2))
    (axes,) = figure.axes
    assert (axes.get_title(loc="left"), axes.get_xlabel(), axes.get_ylabel()) == ("a title", "rate", "accuracy (%)")
    assert [text.get_text() for text in figure.legends[0].get_texts()] == ["s0", "s1"]
    assert not draw(chart(LINEAR, 1)).legends
    dollars = Chart("c", "", [Panel("$x$", "$", "$", [Series("$a", []), series(LINEAR, "b$")], LINEAR)])
    assert b"<svg" in saved(draw(dollars), "svg")


def test_categories_are_named_in_order():
    """Each category has its name below it, in the order in which it came."""
    (axes,) = draw(chart(CATEGORIES, 2)).axes
    assert [text.get_text() for text in axes.get_xticklabels()] == list(X[CATEGORIES])


def test_a_name_has_one_look_in_all_panels():
    """A series keeps its colour and marker where other panels lack some series; no two names share both."""
    one = Panel("one", "x", "y", [series(LINEAR, "a"), series(LINEAR, "b")], LINEAR)
    two = Panel("two", "x", "y", [series(LINEAR, "b"), series(LINEAR, "c")], LINEAR)
    first, second = draw(Chart("c", "", [one, two])).axes
    looks = [[(bars.lines[0].get_color(), bars.lines[0].get_marker()) for bars in axes.containers] for axes in (first, second)]
    assert looks[0][1] == looks[1][0]
    assert len({*looks[0], *looks[1]}) == 3


def test_levels_and_ranges():
    """A level is a line across with its name; a range of y is kept."""
    (axes,) = draw(chart(LOG, 1, levels=[Level("float", 12.0)], y_range=(-5.0, 50.0))).axes
    assert [text.get_text() for text in axes.texts] == ["float"]
    assert axes.get_ylim() == (-5.0, 50.0)


def test_the_name_of_a_level_stands_beside_the_axes():
    """It hides no point, and lies inside the figure, a long one in several lines."""
    figure = draw(chart(CATEGORIES, 1, levels=[Level("a rather long name", 20.0)]))
    figure.draw_without_rendering()
    (axes,) = figure.axes
    (name,) = axes.texts
    assert name.get_text() == "a rather\nlong name"
    box = name.get_window_extent()
    assert axes.get_window_extent().x1 < box.x0
    assert box.x1 < figure.bbox.x1


def test_points_that_are_not_joined():
    """Points of categories without an order have no line between them."""
    (axes,) = draw(chart(CATEGORIES, 2, joined=False)).axes
    assert {bars.lines[0].get_linestyle() for bars in axes.containers} == {"None"}


def test_whole_numbers_have_whole_ticks():
    """No tick stands between whole places."""
    (axes,) = draw(chart(LINEAR, 1)).axes
    assert all(float(tick).is_integer() for tick in axes.get_xticks())


@pytest.mark.parametrize(("top", "wanted"), [(2.0, {1, 1.5, 2}), (6.0, {1, 1.5, 2, 3, 4, 6}), (60.0, {1, 2, 5, 10, 20, 50})])
def test_logarithmic_axes_have_numbers(top, wanted):
    """However little of a decade is seen, several places have numbers."""
    points = [(x, Measured(y, y, y, 3)) for x, y in ((1.0, 1.0), (2.0, top))]
    (axes,) = draw(Chart("c", "", [Panel("p", "x", "y", [Series("a", points)], LINEAR, y_scale=LOG)])).axes
    low, high = axes.get_ylim()
    assert {tick for tick in axes.get_yticks() if low <= tick <= high} == wanted


@pytest.mark.parametrize("count", [1, 2, 3, 4, 5])
def test_panels(count):
    """So many panels, in a figure as wide as the page; empty places show nothing."""
    panels = [Panel(str(i), "x", "y", [series(LINEAR, "a")], LINEAR) for i in range(count)]
    figure = draw(Chart("c", "", panels, columns=3))
    assert figure.get_figwidth() == WIDTH
    assert [axes.get_title(loc="left") for axes in figure.axes if axes.axison] == [str(i) for i in range(count)]


def test_heights_can_be_compared():
    """Panels with the same vertical axis have the same ends, all of their intervals inside; others have their own."""
    panels = [Panel(y, "x", y, [series(LINEAR, "a", above)], LINEAR) for y, above in (("%", 0.0), ("%", 50.0), ("bits", 9.0))]
    first, second, third = (axes.get_ylim() for axes in draw(Chart("c", "", panels, columns=3)).axes)
    assert first == second
    assert first[0] < -1 < 73 < first[1]
    assert third[0] > 5


def test_heat_map():
    """Each value is a place with a colour that rises with it, and is written in it; where there is none it is hatched."""
    grid = [[0.0, 1.0, 2.0], [None, 4.0, 8.0]]
    figure = draw(
        HeatMap("h", "", [("float", grid), ("int8", grid)], ["conv1", "conv2"], ["0", "1", "2"], "bit", "changed (%)")
    )
    axes, other, bar = figure.axes
    assert (axes.get_title(loc="left"), other.get_title(loc="left"), bar.get_ylabel()) == ("float", "int8", "changed (%)")
    found = {patch.get_xy(): patch for patch in axes.patches}
    values = {(x, 1 - y): value for y, line in enumerate(grid) for x, value in enumerate(line)}
    assert set(found) == set(values)
    rising = sorted((value, sum(found[place].get_facecolor()[:3])) for place, value in values.items() if value is not None)
    assert all(a < b for (_, a), (_, b) in pairwise(rising))
    assert [patch.get_hatch() for place, patch in found.items() if values[place] is None] == ["///"]
    assert {text.get_text() for text in axes.texts} == {"1.0", "2.0", "4.0", "8.0"}


def test_a_heat_map_of_nothing():
    """Nothing but zeros, or nothing at all, is drawn too."""
    for grid in ([[0.0]], [[None]]):
        assert b"<svg" in saved(draw(HeatMap("h", "", [("x", grid)], ["a"], ["b"], "bit", "changed (%)")), "svg")


def test_pictures_are_the_same_each_time():
    """Drawn twice, a figure is the same bytes."""
    for kind in ("svg", "png"):
        assert saved(draw(chart(LOG, 3)), kind) == saved(draw(chart(LOG, 3)), kind)


@pytest.mark.parametrize(
    ("ends", "said"), [((1, 100), ["1", "2", "5", "10", "20", "50", "100"]), ((0.5, 20), ["0.5", "1", "2", "5", "10", "20"])]
)
def test_a_logarithmic_axis_of_few_decades_has_plain_numbers(ends, said):
    figure = draw(chart(LOG2, 1, y_scale=LOG, y_range=ends))
    saved(figure, "png")
    (axes,) = figure.axes
    shown = [text.get_text() for text in axes.get_yticklabels() if ends[0] <= text.get_position()[1] <= ends[1]]
    assert shown == said


def test_many_decades_keep_their_powers():
    figure = draw(chart(LOG2, 1, y_scale=LOG, y_range=(1e-6, 10)))
    saved(figure, "png")
    (axes,) = figure.axes
    assert any("10^" in text.get_text() for text in axes.get_yticklabels())


@pytest.mark.parametrize(("names", "rows"), [("abcd", 1), ("abcde", 2), (["a long name of twenty letters"] * 3 + ["d"], 2)])
def test_four_short_names_stand_in_one_row_of_a_legend(names, rows):
    found = [series(LINEAR, f"{name}{i}") for i, name in enumerate(names)]
    figure = draw(Chart("c", "", [Panel("", "", "", found, LINEAR)]))
    (legend,) = figure.legends
    assert -(-len(found) // legend._ncols) == rows
