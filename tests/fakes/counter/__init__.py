"""A watched run that counts: every behaviour of the engine can be asked of it."""

from courseai_lab.contract.panel import Panel

PANEL = Panel(
    id="counter",
    title="Counter",
    summary="Counts, slowly or fast, well or badly.",
    lessons=("0.0.1",),
    series="more",
    timeline="steps",
    ahead=False,
    fps=60.0,
)
