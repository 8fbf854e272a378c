"""Looking up by similarity, and why a state of fixed size forgets."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="attention-lookup",
    title="Attention as lookup",
    summary="Drag a query among keys: scores, weights and the blended value follow; beside it, a state that forgets.",
    lessons=("2.1.1", "2.1.2", "2.1.3"),
    series="transformers",
    keywords=(
        "query", "key", "value", "softmax", "temperature", "dot product", "additive", "Bahdanau", "Luong",
        "recurrent", "memory", "fast weights", "associative", "recall",
    ),
    timeline="steps",
    ahead=True,
    fps=6.0,
)  # fmt: skip
