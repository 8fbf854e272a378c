"""A line through points: dragged by hand, solved in closed form, found by gradient descent."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="line-fit",
    title="Fit a line",
    summary="What makes one line better than another? Drag the line and the points; every squared error is a square.",
    lessons=("1.1.2", "1.1.3a", "1.1.6"),
    series="fundamentals",
    keywords=(
        "linear regression",
        "least squares",
        "slope",
        "intercept",
        "residual",
        "MSE",
        "MAE",
        "Huber",
        "R squared",
        "outlier",
        "gradient descent",
        "polynomial",
        "overfitting",
        "held-out",
        "standardise",
        "Anscombe",
    ),
    timeline="steps",
    ahead=True,
    fps=30.0,
    autoplay=True,
    takes=("table",),
)
