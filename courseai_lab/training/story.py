"""Trains the story transformer, or with ``--twin`` its bidirectional masked twin.

    python -m courseai_lab.training.story --data DIR --out resources/models [--twin]

DIR holds ``books/*.txt``. One whole book is held out of everything, the tokenizer too. Killed and started again with
the same options, a run goes on from its last checkpoint and ends in the same weights. The learning rate is level
until the last quarter of the steps, so a run may also be resumed with another ``--steps`` until then.
"""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.head_scores import HeadKind, induction_scores, text_scores
from courseai_lab.networks.likelihood import bits_per_byte, hide, masked_score
from courseai_lab.networks.transformer import Config, Transformer
from courseai_lab.training import common
from courseai_lab.training.head_loss import head_loss
from courseai_lab.training.nudge import nudge_loss
from courseai_lab.training.story_card import finish

HELD_OUT = "peter-pan"
IGNORED = -100


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a training draws its batches and steps.

    Attributes:
        rows, tokens: shape of a batch; in the last quarter half as many rows of twice the tokens.
        repeats: share of the rows that are random tokens said again and again (story transformer only).
        hidden: share of the tokens that the twin must guess.
    """

    rows: int = 16
    tokens: int = 256
    repeats: float = 0.125
    hidden: float = 0.2
    matrix_lr: float = 0.02
    other_lr: float = 2e-3
    warmup: int = 50
    decay: float = 0.25


def books(folder: Path) -> dict[str, str]:
    """The texts of DIR/books by file name, sorted.

    Raises:
        SystemExit: no book, or the held-out one is missing.
    """
    found = {path.stem: path.read_text(encoding="utf-8") for path in sorted((folder / "books").glob("*.txt"))}
    if HELD_OUT not in found or len(found) < 2:
        raise SystemExit(f"{folder}/books needs {HELD_OUT}.txt (held out) and at least one other book.")
    return found


def prepare(texts: dict[str, str], size: int, work: Path) -> tuple[bpe.Tokenizer, Tensor]:
    """The tokenizer learned from the training books (kept in ``work``) and their tokens in a row [token]."""
    kept = work / bpe.FILE
    if not kept.is_file():
        learned = bpe.train((text for name, text in texts.items() if name != HELD_OUT), size)
        common.write_atomic(kept, learned.save_bytes())
    tokenizer = bpe.load(work)
    start = tokenizer.special_id(bpe.START)
    ids: list[int] = []
    for name, text in texts.items():
        if name != HELD_OUT:
            ids += [start, *tokenizer.encode(text)]
    return tokenizer, torch.tensor(ids)


def text_rows(ids: Tensor, rows: int, tokens: int, generator: torch.Generator) -> Tensor:
    """Random windows of the training text [row token]."""
    first = torch.randint(len(ids) - tokens, (rows,), generator=generator)
    return ids[first[:, None] + torch.arange(tokens)]


def repeat_rows(
    pieces: int, rows: int, tokens: int, generator: torch.Generator, longest: int = 96
) -> tuple[Tensor, Tensor]:
    """Random pieces with a period from 8 to ``longest``, said until the row is full, and where the first saying is."""
    periods = torch.randint(8, min(longest, tokens // 2) + 1, (rows, 1), generator=generator)
    once = torch.randint(pieces, (rows, tokens), generator=generator)
    at = torch.arange(tokens)[None, :]
    return once.gather(1, at % periods), at < periods


def causal_batch(
    ids: Tensor, tokenizer: bpe.Tokenizer, recipe: Recipe, shape: tuple[int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Inputs and next-token targets [row token]; a random row's first saying cannot be known: not asked."""
    rows, tokens = shape
    repeated = round(rows * recipe.repeats)
    text = text_rows(ids, rows - repeated, tokens, generator)
    pieces = tokenizer.size - len(tokenizer.special)
    again, first = repeat_rows(pieces, repeated, tokens, generator)
    targets = torch.cat([text, again.masked_fill(first, IGNORED)])
    start = torch.full((rows, 1), tokenizer.special_id(bpe.START))
    return torch.cat([start, torch.cat([text, again])[:, :-1]], dim=1), targets


def nudge(network: Transformer, tokenizer: bpe.Tokenizer, generator: torch.Generator) -> None:
    """Adds the gradient of ``nudge_loss`` on 8 rows of 64 random tokens with periods from 8 to 24."""
    pieces = tokenizer.size - len(tokenizer.special)
    rows, first = repeat_rows(pieces, 8, 64, generator, longest=24)
    start = torch.full((8, 1), tokenizer.special_id(bpe.START))
    ids = torch.cat([start, rows[:, :-1]], dim=1).to(network.cos.device)
    nudge_loss(network, ids, first.sum(1, keepdim=True).to(ids.device)).backward()  # type: ignore[no-untyped-call]


def masked_batch(
    ids: Tensor, tokenizer: bpe.Tokenizer, recipe: Recipe, shape: tuple[int, int], generator: torch.Generator
) -> tuple[Tensor, Tensor]:
    """Text with hidden tokens, and those tokens as targets (Devlin et al. 2019).

    Of the hidden ones a tenth stays as it is and a tenth becomes a random piece.
    """
    rows, tokens = shape
    text = text_rows(ids, rows, tokens - 1, generator)
    shown, hidden = hide(text, tokenizer.special_id(bpe.MASK), recipe.hidden, generator)
    drawn = torch.rand(text.shape, generator=generator)
    other = torch.randint(tokenizer.size - len(tokenizer.special), text.shape, generator=generator)
    shown = torch.where(hidden & (drawn < 0.1), text, shown)
    shown = torch.where(hidden & (drawn > 0.9), other, shown)
    start = torch.full((rows, 1), tokenizer.special_id(bpe.START))
    targets = torch.cat([start.new_full((rows, 1), IGNORED), text.masked_fill(~hidden, IGNORED)], dim=1)
    return torch.cat([start, shown], dim=1), targets


def optimizers(network: Transformer, recipe: Recipe) -> list[torch.optim.Optimizer]:
    """Muon (Jordan et al. 2024) for the blocks' matrices, AdamW for the embedding, biases and norms."""
    inner = [p for name, p in network.named_parameters() if p.dim() == 2 and name.startswith("blocks")]
    chosen = {id(p) for p in inner}
    rest = [p for p in network.parameters() if id(p) not in chosen]
    return [
        torch.optim.Muon(inner, lr=recipe.matrix_lr, weight_decay=0.03),
        torch.optim.AdamW(rest, lr=recipe.other_lr, betas=(0.9, 0.95), weight_decay=0.0),
    ]


def level(step: int, steps: int, recipe: Recipe) -> float:
    """Share of the learning rate at ``step``: up over the warm-up, level, then straight down to 0."""
    falling = max(1, round(steps * recipe.decay))
    return min(1.0, (step + 1) / recipe.warmup, (steps - step) / falling)


def train(
    network: Transformer, ids: Tensor, tokenizer: bpe.Tokenizer, recipe: Recipe, args: argparse.Namespace
) -> None:
    """Runs the steps that are left, with a checkpoint every ``args.every`` of them."""
    device = torch.device(args.device)
    optims = optimizers(network, recipe)
    rates = [recipe.matrix_lr, recipe.other_lr]
    path = args.work / "checkpoint.pt"
    begin = _resume(path, network, optims, device)
    progress = common.Progress(network_name(args), args.steps, begin)
    batch = masked_batch if args.twin else causal_batch
    for step in range(begin, args.steps):
        late = step >= args.steps - round(args.steps * recipe.decay)
        shape = (recipe.rows // 2, recipe.tokens * 2) if late else (recipe.rows, recipe.tokens)
        inputs, targets = batch(ids, tokenizer, recipe, shape, common.stream(args.seed, "batch", step))
        if not args.twin and 0 <= step - args.nudge_from < args.nudge_steps:
            nudge(network, tokenizer, common.stream(args.seed, "nudge", step))
        share = level(step, args.steps, recipe)
        for optim, rate in zip(optims, rates, strict=True):
            common.set_lr(optim, rate * share)
        loss = _step(network, inputs.to(device), targets.to(device), optims)
        progress(step + 1, loss=loss)
        if (step + 1) % args.every == 0 or step + 1 == args.steps:
            _save(path, step + 1, network, optims)
        if (step + 1) % (2 * args.every) == 0:
            _look(network, tokenizer, args.sample)


def network_name(args: argparse.Namespace) -> str:
    """Name of the model's folder."""
    return "story-masked" if args.twin else "story"


def _step(network: Transformer, inputs: Tensor, targets: Tensor, optims: list[torch.optim.Optimizer]) -> float:
    asked = targets != IGNORED
    with torch.autocast(inputs.device.type, torch.bfloat16):
        x = network.norm(network.stream(inputs)[asked])
    loss = head_loss(x.float(), network.embed.weight, targets[asked])
    loss.backward()
    nn.utils.clip_grad_norm_(network.parameters(), 1.0)
    for optim in optims:
        optim.step()
        optim.zero_grad(set_to_none=True)
    return float(loss.detach())


def _save(path: Path, step: int, network: Transformer, optims: list[torch.optim.Optimizer]) -> None:
    state = {
        "step": step,
        "network": network.state_dict(),
        "optims": [optim.state_dict() for optim in optims],
    }
    common.save_checkpoint(path, state)


def _resume(path: Path, network: Transformer, optims: list[torch.optim.Optimizer], device: torch.device) -> int:
    state = common.load_checkpoint(path, device)
    if state is None:
        return 0
    network.load_state_dict(state["network"])
    for optim, saved in zip(optims, state["optims"], strict=True):
        optim.load_state_dict(saved)
    return int(state["step"])


def _look(network: Transformer, tokenizer: bpe.Tokenizer, sample: str) -> None:
    """A line on a slice of the held-out book, to watch a training by."""
    network.eval()
    if network.config.causal:
        heads = text_scores(network, tokenizer, sample[:4000])
        previous, induction = heads[HeadKind.PREVIOUS].max(), induction_scores(network, tokenizer).max()
        bits = bits_per_byte(network, tokenizer, sample)
        print(f"  held out {bits:.4f} bits/byte, previous {previous:.3f}, induction {induction:.3f}", flush=True)
    else:
        score = masked_score(network, tokenizer, torch.tensor(tokenizer.encode(sample)).to(network.cos.device))
        print(f"  held out {score.bits:.4f} bits/hidden token, {score.accuracy:.1%} right", flush=True)
    network.train()


def main(argv: list[str] | None = None) -> None:
    """Trains, then ships the float16 weights with a card of figures measured on those very weights."""
    parser = common.arguments("Trains the story transformer or its masked twin.", steps=1700)
    parser.add_argument("--twin", action="store_true", help="the bidirectional masked twin")
    parser.add_argument("--width", type=int, default=192)
    parser.add_argument("--layers", type=int, default=4)
    parser.add_argument("--heads", type=int, default=6)
    parser.add_argument("--vocabulary", type=int, default=4096)
    parser.add_argument("--nudge-from", type=int, default=700, help="step at which the nudge begins (default 700)")
    parser.add_argument("--nudge-steps", type=int, default=300, help="steps that it lasts (default 300)")
    parser.add_argument("--every", type=int, default=100, help="steps between checkpoints (default 100)")
    args = parser.parse_args(argv)
    args.work = args.work / network_name(args)
    torch.set_num_threads(args.threads)
    common.seed_everything(args.seed)
    texts = books(args.data)
    args.sample = texts[HELD_OUT][4000:24000]
    recipe = Recipe()
    tokenizer, ids = prepare(texts, args.vocabulary, args.work)
    sizes = (args.width, args.layers, args.heads, 2 * recipe.tokens)
    network = Transformer(Config(tokenizer.size, *sizes, causal=not args.twin)).to(args.device)
    train(network, ids, tokenizer, recipe, args)
    finish(network, tokenizer, ids, texts, HELD_OUT, args)


if __name__ == "__main__":
    main()
