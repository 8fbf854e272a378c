"""Attention of trained models: every head of every layer on a sentence one types."""

from courseai_lab.contract import Panel

PANEL = Panel(
    id="attention-heatmap",
    title="Attention heatmap",
    summary="Type a sentence: see where every head of a trained model looks, switch heads and masks, see what changes.",
    lessons=("2.2.3", "2.3.1", "2.3.3", "2.3.4", "2.3.5"),
    series="transformers",
    keywords=(
        "attention",
        "transformer",
        "heads",
        "multi-head",
        "induction",
        "previous token",
        "causal mask",
        "sliding window",
        "ALiBi",
        "ablation",
        "rollout",
        "logit lens",
        "GPT-2",
        "BERT",
        "Llama",
        "Hugging Face",
    ),
)
