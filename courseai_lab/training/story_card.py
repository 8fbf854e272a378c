"""Ships a trained story transformer or twin, and writes its card from measurements of the shipped weights."""

from __future__ import annotations

import argparse
import math
from collections.abc import Mapping
from datetime import UTC, datetime

import torch
from torch import Tensor

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.generation import Sampling, generate
from courseai_lab.networks.head_scores import DEFINITIONS, HeadKind, ranked, text_scores
from courseai_lab.networks.likelihood import bits_per_byte, masked_score
from courseai_lab.networks.transformer import Transformer, load
from courseai_lab.training import common
from courseai_lab.training.baselines import KneserNey, compressed_bits
from courseai_lab.training.nudge import nudged_heads

# Written for this program, so in no book: a text that may travel with it and on which a card's figure can be
# measured again anywhere.
EXCERPT = """\
Once upon a time, in a small white house at the edge of the wood, there lived a girl called Nell and her old \
grandmother. They were not rich, but they had a cow, four hens and a clock that told the truth (though only twice \
a day), and they were quite content.

"Grandmother," said Nell one morning, "why does the brook run away from the hill? Is it afraid?"

"Not at all," said her grandmother. "It has heard of the sea, and it wishes to see whether the stories are true."

Nell thought about this for a long time. Then she put on her red cap, took a piece of bread and a little cheese, \
and followed the brook. She walked all day, past the mill and the big farm, until she came to a stone bridge where a \
fox was sitting in the sun.

"Good evening," said the fox. "Where are you going, with so small a basket and so large a cap?"

"I am going to the sea," said Nell, "to ask it whether the stories are true."

The fox laughed until he had to hold on to the bridge. "My dear child," he said at last, "the sea is a hundred miles \
away, and it never answers anybody. Go home, and ask the brook to bring you a letter."

So Nell went home again; and when she came to the little white house, her grandmother had lit the lamp, and the \
clock was telling the truth.
"""
HEAD_TEXT = 40_000
PROMPT = "Once upon a time there was a little girl who"

STORY = """
A decoder-only transformer that writes on in the manner of old children's books: {layers} layers of {heads} heads,
width {width}, rotary positions, a context of {context} tokens and a byte-level byte-pair vocabulary of {vocabulary}
pieces learned from the same training books. {parameters:,} parameters, stored as float16 ({size:,} bytes).

## What it reaches

Bits for each byte of the book that was held out (*{held_out}*, {held_out_bytes:,} bytes), lower is better. All lines
were computed by the same script; the network's on the shipped float16 weights, every token predicted from at least
{half} tokens before it where there are so many.

| predictor | bits per byte |
|---|---|
{table}

Heads, on {head_bytes:,} bytes of the held-out book; induction on 64 random tokens said twice (four draws). The best
of each kind:

| kind | layer.head | score | definition |
|---|---|---|---|
{head_table}

It writes (temperature 0.8, seed 0), after the words *{prompt}*:

> {sample}

## Training

{count} public-domain children's books, {train_bytes:,} bytes, {train_tokens:,} tokens. {steps:,} steps of {batch:,}
tokens: 16 rows of 256, in the last quarter 8 rows of 512, each row a random window that begins with the piece
`<start>`. **An eighth of the rows hold no text but random tokens said again and again** with a period of 8 to 96, so
that induction heads pay; the loss asks only for what can be known, from the second saying on. In so short a training
they did not form by themselves (best score 0.03 after 600 steps of the default options), so **in steps {nudge_from} to
{nudge_to} two heads were nudged**: the loss also asked head {previous} to look at the token before, and head
{induction} at the token after the first occurrence, on 8 rows of 64 random tokens with a period of 8 to 24. Outside
those steps nothing but next-token prediction shaped them. Muon for the blocks' matrices (rate 0.02), AdamW for the
rest (0.002), level, then straight down to zero in the last quarter; matrix products in bfloat16. Seed {seed}; device
{device}; torch {torch}; {date}.
"""

TWIN = """
The story transformer's bidirectional twin, for looking at attention without a causal mask: the same {layers} layers
of {heads} heads, width {width}, rotary positions, context of {context} tokens and vocabulary of {vocabulary} pieces,
trained to guess hidden tokens from both sides (Devlin et al. 2019). It does not write on. {parameters:,} parameters,
stored as float16 ({size:,} bytes).

## What it reaches

15 % of the tokens of the book that was held out (*{held_out}*) replaced by `<mask>`, {hidden:,} tokens, measured on
the shipped float16 weights:

| predictor | bits per hidden token | right at the first guess |
|---|---|---|
| this network | {bits:.3f} | {accuracy:.1%} |
| 5-gram with back-off, from the left only, over all tokens | {ngram_bits:.3f} | |
| how often each token occurs in the training books, over all tokens | {unigram_bits:.3f} | {unigram_accuracy:.1%} |

Heads, on {head_bytes:,} bytes of the held-out book. The best of each kind:

| kind | layer.head | score | definition |
|---|---|---|---|
{head_table}

## Training

{count} public-domain children's books, {train_bytes:,} bytes, {train_tokens:,} tokens. {steps:,} steps of {batch:,}
tokens: 16 rows of 256, in the last quarter 8 rows of 512, each row a random window that begins with the piece
`<start>`. A fifth of the tokens are asked for; of those eight tenths are hidden, one stays and one becomes a random
piece. Muon for the blocks' matrices (rate 0.02), AdamW for the rest (0.002), level, then straight down to zero in the
last quarter; matrix products in bfloat16. Seed {seed}; device {device}; torch {torch}; {date}.
"""

AGAIN = """
    python -m courseai_lab.training.story --data DIR --out resources/models --steps {steps} --seed {seed}{twin}

The same options give the same figures on the same device and version of torch; another device rounds differently.
"""


def finish(
    network: Transformer,
    tokenizer: bpe.Tokenizer,
    ids: Tensor,
    texts: Mapping[str, str],
    held_out: str,
    args: argparse.Namespace,
) -> None:
    """Writes weights (float16), tokenizer and card; ``ids`` are the training tokens."""
    folder = args.out / ("story-masked" if args.twin else "story")
    size = common.save_weights(folder, network.state_dict(), network.config.as_json())
    common.write_atomic(folder / bpe.FILE, tokenizer.save_bytes())
    shipped = load(folder)
    text = texts[held_out]
    train = {name: words for name, words in texts.items() if name != held_out}
    figures, values = (_twin if args.twin else _story)(shipped, tokenizer, ids, text, "".join(train.values()))
    values |= _facts(shipped, args) | {
        "size": size,
        "held_out": held_out,
        "held_out_bytes": len(text.encode()),
        "count": len(train),
        "train_bytes": sum(len(words.encode()) for words in train.values()),
        "train_tokens": len(ids),
        "head_bytes": HEAD_TEXT,
        "twin": " --twin" if args.twin else "",
        "nudge_from": args.nudge_from,
        "nudge_to": args.nudge_from + args.nudge_steps,
    }
    title = "Masked story transformer" if args.twin else "Story transformer"
    common.write_card(folder, title, ((TWIN if args.twin else STORY) + AGAIN).format(**values), figures)
    print(figures)


def measure_excerpt(network: Transformer, tokenizer: bpe.Tokenizer) -> float:
    """The figure that a test measures again: bits per byte, or per hidden token, on ``EXCERPT``."""
    if network.config.causal:
        return bits_per_byte(network, tokenizer, EXCERPT)
    return masked_score(network, tokenizer, torch.tensor(tokenizer.encode(EXCERPT))).bits


def _story(
    network: Transformer, tokenizer: bpe.Tokenizer, ids: Tensor, text: str, train: str
) -> tuple[dict[str, object], dict[str, object]]:
    said = torch.tensor(tokenizer.encode(text))
    start = tokenizer.special_id(bpe.START)
    data = text.encode()
    ngram = KneserNey(ids.numpy(), tokenizer.size).bits(said.numpy(), start)
    rows = {
        "this network": bits_per_byte(network, tokenizer, text),
        "5-gram with back-off (interpolated Kneser-Ney) on the same tokens": float(ngram.sum()) / len(data),
        **compressed_bits(data, train.encode()),
    }
    heads, head_table = _heads(network, tokenizer, text)
    prompt = [start, *tokenizer.encode(PROMPT)]
    banned = [tokenizer.special_id(name) for name in tokenizer.special]
    drawn = generate(network, prompt, 80, Sampling(0.8), common.stream(0, "sample"), banned=banned)
    sample = " ".join((PROMPT + tokenizer.decode(drawn)).split())
    figures = {"bits_per_byte": rows, "heads": heads, "excerpt": measure_excerpt(network, tokenizer)}
    table = "\n".join(f"| {name} | {value:.3f} |" for name, value in rows.items())
    half = network.config.context // 2 - 1
    return figures, {
        "table": table,
        "head_table": head_table,
        "sample": sample,
        "prompt": PROMPT,
        "half": half,
    }


def _twin(
    network: Transformer, tokenizer: bpe.Tokenizer, ids: Tensor, text: str, train: str
) -> tuple[dict[str, object], dict[str, object]]:
    said = torch.tensor(tokenizer.encode(text))
    score = masked_score(network, tokenizer, said)
    chances = (torch.bincount(ids, minlength=tokenizer.size) + 1.0) / (len(ids) + tokenizer.size)
    ngram = KneserNey(ids.numpy(), tokenizer.size).bits(said.numpy(), tokenizer.special_id(bpe.START))
    heads, head_table = _heads(network, tokenizer, text)
    values: dict[str, object] = {
        "bits": score.bits,
        "accuracy": score.accuracy,
        "hidden": score.hidden,
        "ngram_bits": float(ngram.mean()),
        "unigram_bits": float(-chances[said].log().mean()) / math.log(2),
        "unigram_accuracy": float((said == chances.argmax()).float().mean()),
    }
    figures = {**values, "heads": heads, "excerpt": measure_excerpt(network, tokenizer)}
    return figures, {**values, "head_table": head_table}


def _heads(network: Transformer, tokenizer: bpe.Tokenizer, text: str) -> tuple[dict[str, object], str]:
    """The best head of each kind: for the figures, and as rows of the card's table."""
    scores = text_scores(network, tokenizer, text[:HEAD_TEXT])
    found: dict[str, object] = {}
    rows = []
    for kind in HeadKind:
        if kind not in scores or (kind is HeadKind.NEXT and network.config.causal):
            continue
        best = ranked(scores, kind)[0]
        found[kind.value] = {"layer": best.layer, "head": best.head, "score": round(best.value, 4)}
        rows.append(f"| {kind.value} | {best.layer}.{best.head} | {best.value:.2f} | {DEFINITIONS[kind]} |")
    return found, "\n".join(rows)


def _facts(network: Transformer, args: argparse.Namespace) -> dict[str, object]:
    config = network.config
    previous, induction = nudged_heads(config)
    return {
        "previous": f"{previous[0]}.{previous[1]}",
        "induction": f"{induction[0]}.{induction[1]}",
        "layers": config.layers,
        "heads": config.heads,
        "width": config.width,
        "context": config.context,
        "vocabulary": config.vocabulary,
        "parameters": sum(p.numel() for p in network.parameters()),
        "steps": args.steps,
        "batch": 4096,
        "seed": args.seed,
        "device": common.device_name(torch.device(args.device)),
        "torch": torch.__version__,
        "date": datetime.now(UTC).date().isoformat(),
    }
