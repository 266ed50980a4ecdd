"""The pictures: which there are, what they say, and that their bytes are always the same."""

import builtins
import xml.etree.ElementTree as ET

import matplotlib as mpl
import pytest

from refsim.campaigns.report.drawing import COLOURS, matplotlib, saved
from refsim.campaigns.report.pictures import pictures, save_pictures
from refsim.campaigns.report.report import make_report

from .cases import faults, manifest, row, rows

EXHAUSTIVE = [faults("all bits", {"kind": "exhaustive"})]
COUNTS = [faults(f"flips k={k}", {"kind": "count", "k": k}) for k in (1, 4)]
CURVES = ["accuracy-count", "loss-count", "accuracy-strata", "loss-strata", "histograms"]


def drawn(found, trials, **more):
    """The pictures of a campaign by name."""
    return {one.name: one for one in pictures(make_report(found, trials), trials, **more)}


def test_which_there_are():
    """Curves where there are rates or numbers of flips, maps where places are known, histograms where there is accuracy."""
    assert list(drawn(manifest(), rows())) == ["accuracy-rate", "loss-rate", "histograms"]
    assert list(drawn(manifest(("one",), COUNTS), [row(0, 0), row(1, 0)])) == CURVES
    assert list(drawn(manifest(("one",), EXHAUSTIVE), [row(0, 0)])) == ["histograms", "sensitivity-0"]
    assert list(drawn(manifest(), [])) == []
    assert list(drawn(manifest(labelled=0, correct=0), rows())) == []


def test_the_map_in_words():
    """The greatest value and its place."""
    found = drawn(manifest(("one",), EXHAUSTIVE), [row(0, 7, 60), row(0, 160, 89)])["sensitivity-0"]
    assert found.alt.endswith("a map of 2 sites and 8 bits. The greatest value is 30.00 %, at bit 7 of dense1.weight.")
    assert "1 trial of each place" in found.caption


def test_maps_show_what_is_detected():
    """A bit whose flip always ends in NaNs matters, and most."""
    trials = [row(0, 6, 0, due=100, critical=0, top1=0), row(0, 7, 60)]
    found = drawn(manifest(("one",), EXHAUSTIVE), trials)["sensitivity-0"]
    assert found.alt.endswith("The greatest value is 100.00 %, at bit 6 of dense1.weight.")
    assert "or are detected as due" in found.caption


def test_only_so_many_histograms():
    """What is not drawn is said."""
    some = [faults(f"p={i}", {"kind": "rate", "p": f"{i + 1}/1000"}) for i in range(20)]
    found = drawn(manifest(("one",), some), [row(i, 0) for i in range(20)])["histograms"]
    assert found.caption.endswith("4 more cells are in the tables only.")


@pytest.mark.parametrize("kind", ["svg", "png"])
def test_the_same_bytes_whatever_the_settings(kind, tmp_path):
    """Files are the same every time, with other settings of the library too, and of no date."""
    trials = [row(0, 0), row(1, 0, 50)]
    made = pictures(make_report(manifest(("one",)), trials), trials)[1:]
    paths = save_pictures(made, tmp_path / "one", kind)
    with mpl.rc_context({"font.size": 30, "axes.facecolor": "red"}):
        again = pictures(make_report(manifest(("one",)), trials), trials)[1:]
        others = save_pictures(again, tmp_path / "two", kind)
    assert [path.name for path in paths] == [f"{name}.{kind}" for name in ("loss-rate", "histograms")]
    for path, other in zip(paths, others, strict=True):
        assert path.read_bytes() == other.read_bytes()
        assert b"dc:date" not in path.read_bytes()
    if kind == "svg":
        assert ET.parse(paths[0]).getroot().tag.endswith("svg")
    else:
        assert paths[0].read_bytes().startswith(b"\x89PNG")


def test_colours_of_arms():
    """An arm has its colour in every picture, from the palette."""
    found = drawn(manifest(), rows())
    for name in ("accuracy-rate", "loss-rate"):
        (axes,) = found[name].figure.axes
        assert [container.lines[0].get_color() for container in axes.containers] == list(COLOURS[:2])


def test_curves_show_the_figures():
    """Points, bars and the lines of clean accuracy are where the report says."""
    report = make_report(manifest(("one",)), rows()[:8])
    figure = pictures(report, rows()[:8])[0].figure
    (axes,) = figure.axes
    (curve,) = axes.containers
    line, _, (bars,) = curve.lines
    assert axes.get_xscale() == "log"
    assert line.get_xdata().tolist() == [0.001, 0.01]
    assert line.get_ydata().tolist() == [100 * cell.mean.value for cell in report.cells]
    ends = [segment[:, 1].tolist() for segment in bars.get_segments()]
    assert ends == [pytest.approx([100 * cell.mean.low, 100 * cell.mean.high]) for cell in report.cells]
    assert [90.0, 90.0] in [list(other.get_ydata()) for other in axes.lines]


def test_without_the_library(monkeypatch):
    """What is missing, and how to get it, in a line."""
    real = builtins.__import__

    def without(name, *more):
        """Import anything but that library."""
        if name.startswith("matplotlib"):
            raise ModuleNotFoundError("no", name=name)
        return real(name, *more)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ModuleNotFoundError, match=r"pictures need matplotlib: pip install 'refsim\[campaigns\]'"):
        matplotlib()


def test_other_kinds_of_files():
    """They are refused by name."""
    with pytest.raises(ValueError, match="a picture is saved as svg or png, not 'pdf'"):
        saved(None, "pdf")
