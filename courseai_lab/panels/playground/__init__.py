"""Small networks on the plane: watch them learn, change them while they do, take them apart."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="playground",
    title="Playground",
    summary="Train small networks on points in the plane, see every unit, and change anything while they learn.",
    lessons=("1.1.1", "1.2.1", "1.2.4", "1.5.1", "1.5.2", "1.5.3", "1.5.7"),
    series="fundamentals",
    keywords=(
        "neural network",
        "multilayer perceptron",
        "decision boundary",
        "XOR",
        "overfitting",
        "regularisation",
        "L1",
        "L2",
        "dropout",
        "early stopping",
        "validation",
        "confusion matrix",
        "batch normalisation",
        "hidden layer",
        "TensorFlow Playground",
    ),
    timeline="steps",
    ahead=False,
    fps=30.0,
    autoplay=True,
    answers=True,
    takes=("table",),
)
