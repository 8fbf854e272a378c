"""When to use which function, and why, by the function's id; figures that depend on parameters come from the frame."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Advice:
    """``use``: where it belongs. ``why``: what speaks for it. ``but``: what to watch."""

    use: str
    why: str
    but: str
    tex: str


GUIDE: Mapping[str, Advice] = MappingProxyType(
    {
        "identity": Advice(
            "Output of a regression.",
            "Any value can come out, and every gradient passes unchanged.",
            "Between hidden layers it adds nothing: two straight-line layers are one straight-line layer.",
            r"f(z) = z",
        ),
        "sigmoid": Advice(
            "Output of a yes-or-no question; gates (LSTM, GLU).",
            "Its value reads as a probability, and with cross-entropy its gradient is simply p − y.",
            "Not between hidden layers: its slope is at most 1/4, so ten layers keep at most a millionth of the "
            "gradient, and its values, all above 0, push later layers to one side.",
            r"f(z) = \frac{1}{1 + e^{-z}}",
        ),
        "tanh": Advice(
            "Recurrent networks; outputs between −1 and 1; shallow networks.",
            "Centred on zero, and its slope reaches 1: four times sigmoid's.",
            "Far from 0 it is flat, so large inputs stop learning.",
            r"f(z) = \tanh z",
        ),
        "relu": Advice(
            "The first thing to try in convolutional and plain networks, with He's weights (gain √2).",
            "Slope exactly 1 where it is on, so depth does not shrink the gradient; costs one comparison.",
            "A unit that is off for every input has slope 0 and never comes back (a dead unit): large steps or "
            "very negative biases do that.",
            r"f(z) = \max(0, z)",
        ),
        "leaky_relu": Advice(
            "When ReLU's units die; GANs' discriminators.",
            "The small slope on the left always lets a unit come back. With a learned slope it is PReLU.",
            "One more number to choose; the gain over ReLU is often small.",
            r"f(z) = \max(z, \term{leak}{\alpha} z)",
        ),
        "elu": Advice(
            "Deep networks without normalisation layers.",
            "Smooth at 0 (for α = 1), with negative values that bring the mean near 0.",
            "Needs an exponential, and is flat far to the left.",
            r"f(z) = \cases{z & z > 0 \cr \term{elu_alpha}{\alpha}\,(e^z - 1) & z \le 0}",
        ),
        "selu": Advice(
            "Deep fully connected networks without normalisation layers.",
            "Its two constants pull mean to 0 and variance to 1 layer by layer, with weights of gain 1.",
            "Only with that start, and with its own kind of dropout; normalisation layers make it needless.",
            r"f(z) = \lambda \cdot \mathrm{ELU}_{\alpha}(z), \; \lambda \approx 1.0507, \; \alpha \approx 1.6733",
        ),
        "gelu": Advice(
            "Transformers: BERT, GPT-2 and 3, ViT.",
            "Like ReLU but smooth, and a little negative left of 0, so small negative inputs still learn.",
            "Needs the error function; the tanh form is the older, cheaper stand-in.",
            r"f(z) = z\,\Phi(z)",
        ),
        "gelu_tanh": Advice(
            "To run weights that were trained with it (GPT-2, Gemma).",
            "Within 0.0005 of exact GELU everywhere.",
            "Not the same function: copy the form the weights were trained with.",
            r"f(z) = \frac{z}{2}\left(1 + \tanh\left(\sqrt{\frac{2}{\pi}}\,(z + 0.044715\, z^3)\right)\right)",
        ),
        "silu": Advice(
            "Diffusion U-Nets, EfficientNet; inside SwiGLU in Llama and its kin.",
            "Smooth, its own gate, and almost GELU's curve at the price of one sigmoid.",
            "Costs more than ReLU; in small networks the difference is hardly seen.",
            r"f(z) = z\,\sigma(\term{swish_beta}{\beta} z)",
        ),
        "mish": Advice(
            "Object detectors of the YOLO family.",
            "Smooth like SiLU, with a slightly deeper dip left of 0.",
            "The dearest of all; rarely better than SiLU or GELU.",
            r"f(z) = z\,\tanh(\ln(1 + e^z))",
        ),
        "softplus": Advice(
            "Outputs that must be positive: a standard deviation, a rate.",
            "A smooth ReLU whose slope is the sigmoid; never 0 and never flat to the right.",
            "Not between hidden layers: values are all above 0, and at 0 the slope is only 1/2.",
            r"f(z) = \frac{1}{\term{softplus_beta}{\beta}}\ln(1 + e^{\term{softplus_beta}{\beta} z})",
        ),
        "own": Advice(
            "Where you want to know.",
            "Look for a slope near 1 over the inputs that occur, a mean near 0, and no side that is flat.",
            "A straight line is no activation; a slope that grows without end makes gradients explode.",
            r"f(z) = \mathrm{your\ own}",
        ),
    }
)
