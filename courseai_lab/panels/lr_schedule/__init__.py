"""Learning-rate schedules side by side, what each does to a training, and the line of torch that makes it."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="lr-schedule",
    title="Learning-rate schedules",
    summary="How should the step size change while a network learns? Twelve schedules, each training the same network.",
    lessons=("1.7.2",),
    series="fundamentals",
    keywords=(
        "learning rate",
        "warm-up",
        "cosine",
        "warm restarts",
        "one-cycle",
        "WSD",
        "step decay",
        "exponential",
        "polynomial",
        "inverse square root",
        "cyclic",
        "reduce on plateau",
        "scheduler",
        "torch",
    ),
)
