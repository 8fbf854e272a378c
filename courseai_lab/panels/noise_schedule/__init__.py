"""Noise schedules side by side, on curves and on one image."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="noise-schedule",
    title="Noise schedules",
    summary="How fast does an image turn to noise? Compare schedules on their curves and on one image; draw your own.",
    lessons=("3.3.2",),
    series="diffusion",
    keywords=(
        "beta",
        "alpha-bar",
        "SNR",
        "sigma",
        "linear",
        "cosine",
        "sigmoid",
        "sqrt",
        "Karras",
        "EDM",
        "flow matching",
        "shift",
        "zero terminal SNR",
        "timesteps",
        "trailing",
        "leading",
    ),
    takes=("image",),
)
