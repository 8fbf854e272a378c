"""Activation functions: their curves, their slopes, and what they do to signals."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="activations",
    title="Activation functions",
    summary="Value and slope of every activation function, and what each does to a signal through many layers.",
    lessons=("1.2.2", "1.2.3a", "1.2.3b", "1.2.3c", "1.2.3d", "1.2.3e", "1.2.3f", "1.2.3g"),
    series="fundamentals",
    keywords=(
        "neuron",
        "weight",
        "bias",
        "sigmoid",
        "tanh",
        "ReLU",
        "leaky ReLU",
        "ELU",
        "SELU",
        "GELU",
        "SiLU",
        "Swish",
        "Mish",
        "softplus",
        "vanishing gradient",
        "dead units",
        "saturation",
        "derivative",
    ),
)
