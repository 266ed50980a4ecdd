"""bitstring, asked in our words."""

import bitstring

VIEWS = {
    "e4m3mxfp_saturate": ("float8_e4m3fn", "saturate"),
    "e4m3mxfp_overflow": ("float8_e4m3fn", "infinity"),
    "e5m2mxfp_saturate": ("float8_e5m2", "saturate"),
    "e5m2mxfp_overflow": ("float8_e5m2", "infinity"),
    "e3m2mxfp": ("float6_e3m2fn", "saturate"),
    "e2m3mxfp": ("float6_e2m3fn", "saturate"),
    "e2m1mxfp": ("float4_e2m1fn", "saturate"),
    "mxint": ("q1.6", "saturate"),
    "p3binary": ("binary8p3se", "infinity"),
    "p4binary": ("binary8p4se", "infinity"),
    "bfloat": ("bfloat16", "infinity"),
    "float": ("binary16", "infinity"),
    "e8m0mxfp": ("float8_e8m0fnu", "infinity"),
}
"""The views of bitstring that are formats of ours, with the overflow rule that writing through them follows."""


def decode(code, view, width):
    """The number that a view gives to bits."""
    return getattr(bitstring.Bits(uint=int(code), length=width), view)


def encode(value, view, width):
    """The number that bits have after a number was written to them through a view."""
    return getattr(bitstring.Bits(length=width, **{view: float(value)}), view)
