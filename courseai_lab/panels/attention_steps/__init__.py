"""Scaled dot-product attention, matrix by matrix and cell by cell."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="attention-steps",
    title="Attention, step by step",
    summary="Q, K, V, scores, softmax, output: every cell with its dot product, editable, traced back to its origins.",
    lessons=("2.2.1", "2.2.2", "2.2.4", "2.3.2"),
    series="transformers",
    keywords=(
        "attention",
        "scaled dot product",
        "query",
        "key",
        "value",
        "softmax",
        "matrix multiplication",
        "outer product",
        "transpose",
        "causal mask",
        "padding",
        "multi-head",
        "projection",
        "self-attention",
        "rotary positions",
        "square root of d",
    ),
    timeline="steps",
    ahead=True,
    fps=4.0,
)
