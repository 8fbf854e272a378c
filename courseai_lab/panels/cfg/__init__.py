"""Classifier-free guidance: more agreement for less diversity, in two dimensions exactly and on pictures."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="cfg",
    title="Classifier-free guidance",
    summary="The guidance scale: what it adds to a prediction, what it buys in agreement and costs in diversity.",
    lessons=("3.5.5", "3.5.7", "3.9.4"),
    series="diffusion",
    keywords=(
        "CFG",
        "guidance scale",
        "negative prompt",
        "unconditional",
        "conditional",
        "guidance interval",
        "rescale",
        "phi",
        "dynamic",
        "oversaturation",
        "diversity",
        "prompt",
        "text to image",
        "Stable Diffusion",
        "X/Y plot",
    ),
)
