"""Networks of somebody else, from ONNX files: floating point as layers to train, quantized ones as rules on codes."""

from .read import read

__all__ = ["read"]
