"""listenlive: how well did I listen? Measured on your own machine, from your own conversations."""

__version__ = "0.1.0"
