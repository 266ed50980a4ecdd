"""The pictures of a real, small campaign: digits, a perceptron of 8-bit codes, with and without an error-correcting code."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from matplotlib.figure import Figure

from refsim.campaigns.campaign import Campaign
from refsim.campaigns.plan_files import plan_of
from refsim.campaigns.report.pictures import Picture, pictures
from refsim.campaigns.report.report import make_report
from refsim.nn.data import get_data
from refsim.nn.families import build
from refsim.nn.files import FloatNetwork, save_network
from refsim.nn.networks import initial_parameters
from refsim.nn.training.loop import Place, Plan, Training, train
from refsim.nn.training.schedules import constant, linear
from refsim.nn.training.table import get_method

TRIALS = 60
ARM = {"network": "mlp.json", "scheme": "int8"}
HSIAO = {"stage": "secded", "code": "hsiao", "width": 64, "detected": "zero_word", "name": "secded"}
ALL = {"kinds": ["weight", "check"]}
PLAN = {
    "refsim_plan": 1,
    "name": "digits",
    "seed": 20250101,
    "data": {"name": "digits", "take": 100},
    "arms": [{"name": "plain", **ARM}, {"name": "Hsiao code", **ARM, "stored": [{"memory": [HSIAO]}]}],
    "faults": [
        {"name": "upsets", "model": {"kind": "rate"}, "sweep": {"p": ["3e-4", "1e-3", "3e-3", "1e-2"]}, **ALL},
        {"name": "one flip", "model": {"kind": "count", "k": 1}},
    ],
    "stop": {"rule": "trials", "trials": TRIALS},
}


@cache
def drawn() -> dict[str, Picture]:
    """The pictures of the campaign by name."""
    digits, network = get_data("digits"), build("mlp", {"hidden": [32]})
    method = get_method("float", {"optimizer": "sgd"})
    plan = Plan(epochs=8, batch=50, seed=1, rate=linear(0.1, 0.01, 8), momentum=constant(0.9))
    start = Training(method.start(network, initial_parameters(network, seed=1)), Place())
    trained = method.parameters(network, train(network, start, digits, method, plan).state)
    with TemporaryDirectory() as folder:
        save_network(Path(folder) / "mlp.json", FloatNetwork(network, trained))
        campaign = Campaign(plan_of(PLAN), Path(folder))
        rows = [row for cell in campaign.cells for row in campaign.rows(cell.number, range(trials_of(cell.faults.name)))]
        report = make_report(campaign.manifest(), rows)
        return {one.name: one for one in pictures(report, rows, campaign.hits)}


def trials_of(faults: str) -> int:
    """More trials tell which bit matters than which rate does."""
    return 5 * TRIALS if faults == "one flip" else TRIALS


def report_curve() -> Figure:
    """Accuracy against the rate of flips."""
    return drawn()["accuracy-rate"].figure


def report_loss() -> Figure:
    """The chance of a loss against the rate."""
    return drawn()["loss-rate"].figure


def report_map() -> Figure:
    """Which bits matter."""
    return drawn()["sensitivity-0"].figure
