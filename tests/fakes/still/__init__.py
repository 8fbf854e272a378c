"""The same count computed ahead and played."""

from courseai_lab.contract.panel import Panel

PANEL = Panel(
    id="still",
    title="Still",
    summary="Counts, slowly or fast, well or badly.",
    lessons=("0.0.1",),
    series="more",
    timeline="steps",
    ahead=True,
    fps=60.0,
)
