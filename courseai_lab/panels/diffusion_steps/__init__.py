"""Any picture to noise and back, step by step, each with its numbers."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="diffusion-steps",
    title="Diffusion step by step",
    summary="Dissolve a picture into noise and bring it back: every step, its formula, and its numbers.",
    lessons=("3.2.1", "3.2.2", "3.2.3", "3.2.4", "3.3.3", "3.3.5"),
    series="diffusion",
    keywords=(
        "DDPM",
        "DDIM",
        "forward process",
        "reverse process",
        "denoising",
        "noise prediction",
        "epsilon",
        "v-prediction",
        "x0",
        "SNR",
        "posterior mean",
        "sampling",
        "latent diffusion",
        "branch",
    ),
    timeline="steps",
    ahead=True,
    fps=12.0,
    autoplay=True,
    takes=("image",),
)
