"""One retraining step of dense layers in loops over NumPy's float32, written from the paper's equations alone."""

from fractions import Fraction

import numpy as np

F = np.float32


def level(w, step, top):
    """sgn(w) * min(floor(abs(w) / step + 1/2), top), in fractions."""
    found = min((abs(Fraction(float(w))) / Fraction(float(step)) + Fraction(1, 2)).__floor__(), top)
    return -found if w < 0 else found


def chain(xs, ys):
    """Products and sums, one after the other, each rounded; the first product is not added to a zero."""
    total = None
    for x, y in zip(xs, ys, strict=True):
        product = F(x) * F(y)
        total = product if total is None else total + product
    return total


def fixed(x, fraction, top):
    """Fixed-point numbers from 0, halves away."""
    q = min(max((Fraction(float(x)) * 2**fraction + Fraction(1, 2)).__floor__(), 0), top)
    return F(q / 2**fraction)


def softmax(row):
    """Less the greatest, exponentials rounded from binary64, quotients."""
    powers = [F(np.exp(np.float64(x - max(row)))) for x in row]
    total = chain(powers, [1] * len(powers))
    return [p / total for p in powers]


def step(layers, x, targets, top, rate, momentum, decay, epsilon, signals=None):
    """``layers`` is a list of dicts: weights, bias, step, and velocities and squares of both. Changes them, and gives what was
    made of each layer: codes, x, net, y, delta, and the gradients."""
    made, y = [], x
    for i, layer in enumerate(layers):
        z = [[level(w, layer["step"], top) for w in row] for row in layer["weights"]]
        net = [[chain(s, row) * layer["step"] + b for row, b in zip(z, layer["bias"], strict=True)] for s in y]
        out = net if i == len(layers) - 1 else [[max(n, F(0)) for n in row] for row in net]
        if signals and i < len(layers) - 1:
            out = [[fixed(n, *signals) for n in row] for row in out]
        made.append({"codes": z, "x": y, "net": net, "y": out})
        y = out
    delta = [[p - t for p, t in zip(softmax(row), target, strict=True)] for row, target in zip(y, targets, strict=True)]
    for i in reversed(range(len(layers))):
        m, n = made[i], F(len(x))
        m["delta"] = delta
        columns = list(zip(*delta, strict=True))
        m["weight_gradient"] = [[chain(c, inputs) / n for inputs in zip(*m["x"], strict=True)] for c in columns]
        m["bias_gradient"] = [chain(c, [1] * len(c)) / n for c in columns]
        if i:
            delta = [
                [
                    chain(d, column) * layers[i]["step"] if below > 0 else F(0)
                    for column, below in zip(zip(*m["codes"], strict=True), net, strict=True)
                ]
                for d, net in zip(delta, made[i - 1]["net"], strict=True)
            ]
    for layer, m in zip(layers, made, strict=True):
        for what, gradient in (("weights", m["weight_gradient"]), ("bias", m["bias_gradient"])):
            g = np.array(gradient, F)
            if decay is not None:
                layer[f"{what} squares"] = decay * layer[f"{what} squares"] + (F(1) - decay) * (g * g)
                g = g / (np.sqrt(layer[f"{what} squares"]) + epsilon)
            layer[f"{what} velocity"] = momentum * layer[f"{what} velocity"] - rate * g
            layer[what] = layer[what] + layer[f"{what} velocity"]
    return made


def numbers(data):
    """The float32 numbers of a tensor of a golden trace, or the integers of levels."""
    codes = np.array([int(code, 16) for code in data["codes"]], np.uint32).reshape(data["shape"])
    if data["format"] == "binary32":
        return codes.view(F)
    if data["format"].startswith("levels"):
        width = int(data["format"].removeprefix("levels")).bit_length()
        return np.where(codes >= 1 << width - 1, codes.astype(np.int64) - (1 << width), codes)
    assert data["format"] == "uq1.3"
    return (codes / 8).astype(F)


def layers_of(trace, when):
    """The layers of a golden trace before or after the step, for ``step``."""
    found = []
    for layer in trace["layers"]:
        given, one = layer[when], {"step": np.array(int(layer[when]["step"]["code"], 16), np.uint32).view(F)[()]}
        for what in ("weights", "bias"):
            one[what] = numbers(given[what]["value"])
            one |= {f"{what} {part}": numbers(given[what][part]) for part in ("velocity", "squares")}
        found.append(one)
    return found
