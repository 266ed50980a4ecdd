"""Training with low-precision multiplications in plain float64, written from what the paper and its program say.

Weights are (inputs, outputs) or kernels; a layer is a dict. Nothing here knows of codes: numbers of a group are rounded and cut
off as floats. Dot products are exact as long as the numbers are short, so all of it is what the program would do if its own
were.
"""

import numpy as np

GROUPS = ("z", "y", "w", "b", "dEdz", "dEdy", "dEdw", "dEdb", "update_w", "update_b")
STORED = ("w", "b", "update_w", "update_b")


def fixed_point(x, bits, radix):
    """Numbers of so many bits, the sign not counted, of which ``radix`` lie before the point."""
    p, most = 2.0 ** (bits - radix), 2.0**bits - 1
    v = np.asarray(x) * p
    return np.clip(np.sign(v) * np.floor(np.abs(v) + 0.5), -most, most) / p


def overflow(x, bits, radix):
    """The share of numbers at the end of the range or past it."""
    return np.mean(np.abs(x) >= (2.0**bits - 1) / 2.0 ** (bits - radix))


def layer(weights, bias, radix, pieces=1, limit=None, conv=None):
    """A layer before the first step; ``radix`` by group, ``conv``: padding, pool and the stride of the pool."""
    return {
        "W": weights.copy(),
        "B": bias.copy(),
        "uW": np.zeros_like(weights),
        "uB": np.zeros_like(bias),
        "radix": dict(radix),
        "over": dict.fromkeys(GROUPS, 0.0),
        "half": dict.fromkeys(GROUPS, 0.0),
        "pieces": pieces,
        "limit": limit,
        "conv": conv,
    }


def softmax(z):
    """The shares."""
    powers = np.exp(z - z.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def correlate(x, kernels, padding):
    """The kernels over the images, place by place."""
    x = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    rows, columns = x.shape[2] - kernels.shape[2] + 1, x.shape[3] - kernels.shape[3] + 1
    found = np.zeros((len(x), len(kernels), rows, columns))
    for i in range(rows):
        for j in range(columns):
            seen = x[:, :, i : i + kernels.shape[2], j : j + kernels.shape[3]]
            found[:, :, i, j] = np.einsum("ncab,kcab->nk", seen, kernels)
    return found


def correlate_back(g, x, kernels, padding):
    """The gradients of kernels and images."""
    h, w = x.shape[2:]
    wide = np.pad(x, ((0, 0), (0, 0), (padding, padding), (padding, padding)))
    of_x, of_kernels = np.zeros_like(wide), np.zeros_like(kernels)
    for i in range(g.shape[2]):
        for j in range(g.shape[3]):
            here = np.s_[:, :, i : i + kernels.shape[2], j : j + kernels.shape[3]]
            of_kernels += np.einsum("nk,ncab->kcab", g[:, :, i, j], wide[here])
            of_x[here] += np.einsum("nk,kcab->ncab", g[:, :, i, j], kernels)
    return of_kernels, of_x[:, :, padding : padding + h, padding : padding + w]


def places(size, pool, stride):
    """The rows of a pooling's places, the last of which may reach past the end."""
    return [range(i * stride, min(i * stride + pool, size)) for i in range(-(-(size - pool) // stride) + 1)]


def max_pool(z, pool, stride):
    """The greatest number at each place."""
    rows, columns = places(z.shape[2], pool, stride), places(z.shape[3], pool, stride)
    return np.stack([np.stack([z[:, :, r][:, :, :, c].max(axis=(2, 3)) for c in columns], -1) for r in rows], -2)


def max_pool_back(g, z, pool, stride):
    """The gradient of all greatest numbers of all places."""
    found = np.zeros_like(z)
    for i, rows in enumerate(places(z.shape[2], pool, stride)):
        for j, columns in enumerate(places(z.shape[3], pool, stride)):
            best = z[:, :, rows][:, :, :, columns].max(axis=(2, 3))
            for r in rows:
                for c in columns:
                    found[:, :, r, c] += (z[:, :, r, c] == best) * g[:, :, i, j]
    return found


def pieces_of(z, pieces):
    """Neighbouring channels on an axis of their own."""
    return z.reshape(len(z), -1, pieces, *z.shape[2:])


def forward(one, x, comp, *, last, scale=None):
    """The groups of a layer; with a scale those of a test."""
    q = lambda v, group: fixed_point(v, comp, one["radix"][group])  # noqa: E731 as short as it is read
    made = {"x": x, "w": q(one["W"], "w"), "b": q(one["B"], "b")}
    by = 1.0 if scale is None else scale
    if one["conv"]:
        padding, pool, stride = one["conv"]
        made["z"] = correlate(x, made["w"] * by, padding)
        made["z"] = made["z"] if scale is not None else q(made["z"], "z")
        made["u"] = q(max_pool(made["z"], pool, stride) + by * made["b"][:, None, None], "z")
    else:
        made["z"] = made["u"] = q(x.reshape(len(x), -1) @ (made["w"] * by) + by * made["b"], "z")
    made["y"] = q(softmax(made["u"]) if last else pieces_of(made["u"], one["pieces"]).max(axis=2), "y")
    return made


def backward(one, made, gradient, comp, *, last):
    """The other groups of a layer, and the gradient of its input."""
    q = lambda v, group: fixed_point(v, comp, one["radix"][group])  # noqa: E731
    made["dEdy"] = q(gradient.reshape(made["y"].shape), "dEdy")
    if last:
        of_u = q(made["dEdy"], "dEdz")
    else:
        groups = pieces_of(made["u"], one["pieces"])
        of_u = q(((groups == groups.max(axis=2, keepdims=True)) * made["dEdy"][:, :, None]).reshape(made["u"].shape), "dEdz")
    if one["conv"]:
        padding, pool, stride = one["conv"]
        made["dEdb"] = q(of_u.sum(axis=(0, 2, 3)), "dEdb")
        made["dEdz"] = q(max_pool_back(of_u, made["z"], pool, stride), "dEdz")
        of_w, of_x = correlate_back(made["dEdz"], made["x"], made["w"], padding)
    else:
        made["dEdz"], made["dEdb"] = of_u, q(of_u.sum(axis=0), "dEdb")
        of_w, of_x = made["x"].reshape(len(of_u), -1).T @ of_u, of_u @ made["w"].T
    made["dEdw"] = q(of_w, "dEdw")
    return of_x


def step(layers, x, labels, masks, rates, momentum, comp, up):
    """One batch: all groups of all layers, and the layers changed."""
    made, y = [], x
    for i, one in enumerate(layers):
        y = y.reshape(masks[i].shape) * masks[i]
        made.append(forward(one, y, comp, last=i == len(layers) - 1))
        y = made[-1]["y"]
    gradient = (y - np.eye(y.shape[1])[labels]) / y.shape[1]
    for i, one in reversed(list(enumerate(layers))):
        gradient = backward(one, made[i], gradient, comp, last=i == len(layers) - 1)
        gradient = gradient.reshape(masks[i].shape) * masks[i]
    for one, groups, rate in zip(layers, made, rates, strict=True):
        before = {"w": one["W"], "b": one["B"], "update_w": one["uW"], "update_b": one["uB"]}
        for group in GROUPS:
            numbers, bits = before.get(group, groups.get(group)), up if group in {"w", "b"} else comp
            one["over"][group] += overflow(numbers, bits, one["radix"][group])
            one["half"][group] += overflow(numbers, bits, one["radix"][group] - 1)
        q = lambda v, group, bits, radix=one["radix"]: fixed_point(v, bits, radix[group])  # noqa: E731
        one["uW"] = q(momentum * one["uW"] - rate * groups["dEdw"], "update_w", comp)
        one["uB"] = q(momentum * one["uB"] - rate * groups["dEdb"], "update_b", comp)
        one["W"], one["B"] = q(one["W"] + one["uW"], "w", up), q(one["B"] + one["uB"], "b", up)
        norm = np.sqrt((one["W"] ** 2).sum(axis=0))
        one["W"] = q(one["W"] * (np.clip(norm, 0, one["limit"]) / (1e-7 + norm)), "w", up)
    return made


def move(layers, batches, most):
    """The radices after so many batches."""
    for one in layers:
        for group in GROUPS:
            over, half = one["over"][group] / batches, one["half"][group] / batches
            one["radix"][group] += 1 if over > most else 0 if half > most else -1
            one["over"][group] = one["half"][group] = 0.0


def predict(layers, x, scales, comp):
    """The shares of a test."""
    for i, one in enumerate(layers):
        x = forward(one, x, comp, last=i == len(layers) - 1, scale=scales[i])["y"]
    return x
