"""Philox4x32 once more, from the words of its paper: a substitution-permutation network on pairs of words.

Each round sends one word of a pair through a bijection, its product with an odd constant, whose halves go to different words,
and the key goes to the half that is permuted. Products are made of halves of 16 bits, as on a machine without wide ones.
"""

ODD = {"L": 0xD2511F53, "R": 0xCD9E8D57}
STEP = {"L": 0x9E3779B9, "R": 0xBB67AE85}
MASK = 0xFFFFFFFF


def wide(a, b):
    """The high and the low word of a product, by four products of halves."""
    (ah, al), (bh, bl) = divmod(a, 0x10000), divmod(b, 0x10000)
    cross = ah * bl + (al * bl >> 16)
    other = al * bh + (cross & 0xFFFF)
    return ah * bh + (cross >> 16) + (other >> 16), a * b & MASK


def plain_philox(counter, key):
    """The four words of a block."""
    left, right = dict(zip("LR", ([counter[0], counter[1]], [counter[2], counter[3]]), strict=True)).values()
    keys = dict(zip("LR", key, strict=True))
    for _ in range(10):
        (lh, ll), (rh, rl) = wide(ODD["L"], left[0]), wide(ODD["R"], right[0])
        left, right = [rh ^ left[1] ^ keys["L"], rl], [lh ^ right[1] ^ keys["R"], ll]
        keys = {name: keys[name] + STEP[name] & MASK for name in keys}
    return (*left, *right)
