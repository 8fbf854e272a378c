"""Formulas taken apart: every term's meaning, number and place, worked out inside out."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="equation",
    title="Equations, term by term",
    summary="Take a formula apart: what each term means, its number now, and how the whole is worked out inside out.",
    lessons=("1.1.4a", "1.4.6", "3.3.1"),
    series="fundamentals",
    keywords=(
        "formula",
        "gradient descent",
        "update rule",
        "momentum",
        "Adam",
        "forward process",
        "attention",
        "cross-entropy",
        "softmax",
        "LayerNorm",
        "VAE",
        "ELBO",
        "KL divergence",
        "DPO",
        "TeX",
    ),
    timeline="steps",
    ahead=True,
    fps=0.8,
)
