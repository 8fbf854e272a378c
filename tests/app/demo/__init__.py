"""A small panel for tests of what goes around panels: a point that walks, drawn without any help."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="demo",
    title="Walk",
    summary="A point walks.",
    lessons=("0.1",),
    series="more",
    timeline="steps",
    fps=10.0,
    package="tests.app.demo",
)
