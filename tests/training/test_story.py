"""Tiny trainings of the story transformer and its twin, from books to card, broken off and resumed."""

import re
from pathlib import Path

import pytest
import torch

from courseai_lab.networks import tokenizer as bpe
from courseai_lab.networks.loader import models, read_card
from courseai_lab.networks.transformer import load
from courseai_lab.training import story
from courseai_lab.training.story_card import measure_excerpt

SENTENCE = 'The {0} said to the {1}: "Come with me (if you like) to the house of the {0}."\n\n'
ANIMALS = ("fox", "hen", "cat", "bear", "wolf", "owl")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("data") / "books"
    folder.mkdir()
    text = "".join(SENTENCE.format(a, b) for a in ANIMALS for b in ANIMALS) * 4
    (folder / "one.txt").write_text(text)
    (folder / f"{story.HELD_OUT}.txt").write_text(text[:3000] * 3)
    return folder.parent


def run(data: Path, out: Path, steps: int, *more: str) -> None:
    sizes = ["--width", "16", "--layers", "2", "--heads", "2", "--vocabulary", "300", "--every", "2"]
    places = ["--data", str(data), "--out", str(out), "--work", str(out / "work")]
    sizes += ["--nudge-from", "3", "--nudge-steps", "4"]
    story.main([*places, "--steps", str(steps), "--threads", "1", *sizes, *more])


@pytest.mark.parametrize("twin", [False, True])
def test_from_books_to_card(data: Path, tmp_path: Path, twin: bool) -> None:
    """Stopped in its sixth step and started again, a run of 8 ends in the very same file."""
    more = ["--twin"] if twin else []
    name = "story-masked" if twin else "story"
    run(data, tmp_path / "whole", 8, *more)
    checkpoint = tmp_path / "whole" / "work" / name / "checkpoint.pt"
    assert checkpoint.is_file()
    broken = _interrupted(data, tmp_path / "broken", more)
    run(data, broken, 8, *more)
    folders = [tmp_path / part / name for part in ("whole", "broken")]
    assert (folders[0] / "model.safetensors").read_bytes() == (folders[1] / "model.safetensors").read_bytes()
    card = read_card(folders[0])
    assert [info.name for info in models(tmp_path / "whole")] == [name]
    assert measure_excerpt(load(folders[0]), bpe.load(folders[0])) == pytest.approx(card.figures["excerpt"], rel=1e-5)
    assert story.HELD_OUT in card.text and not re.search(r"\{[a-z_]+\}", card.text)


def _interrupted(data: Path, out: Path, more: list[str]) -> Path:
    """A run of 8 steps that is stopped by an error in its sixth."""
    original = story._step
    calls = 0

    def stop(*args: object) -> float:
        nonlocal calls
        calls += 1
        if calls == 6:
            raise KeyboardInterrupt
        return original(*args)  # type: ignore[arg-type]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(story, "_step", stop)
        with pytest.raises(KeyboardInterrupt):
            run(data, out, 8, *more)
    return out


def test_missing_books_get_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match=r"needs peter-pan.txt"):
        story.books(tmp_path)


def test_repeated_rows_repeat() -> None:
    rows, first = story.repeat_rows(50, 6, 64, torch.Generator().manual_seed(0))
    for row, unknown in zip(rows, first, strict=True):
        period = int(unknown.sum())
        assert 8 <= period <= 32 and bool(unknown[:period].all())
        assert torch.equal(row[period:], row[:-period])


def test_batches_hold_what_they_say() -> None:
    tokens = bpe.train(["the cat sat on the mat " * 9], 270)
    ids = torch.tensor(tokens.encode("the cat sat on the mat " * 90))
    start, mask = tokens.special_id(bpe.START), tokens.special_id(bpe.MASK)
    recipe = story.Recipe()
    inputs, targets = story.causal_batch(ids, tokens, recipe, (16, 40), torch.Generator().manual_seed(0))
    assert bool((inputs[:, 0] == start).all())
    known = targets[:, :-1] != story.IGNORED
    assert torch.equal(inputs[:, 1:][known], targets[:, :-1][known])
    assert bool(known[:14].all()) and 0 < int(known[14:].sum()) < known[14:].numel()
    inputs, targets = story.masked_batch(ids, tokens, recipe, (64, 80), torch.Generator().manual_seed(0))
    asked = targets != story.IGNORED
    assert float(asked.float().mean()) == pytest.approx(0.2, abs=0.02)
    assert float((inputs[asked] == mask).float().mean()) == pytest.approx(0.8, abs=0.05)
    assert bool((inputs[~asked] != mask).all()) and not bool(asked[:, 0].any())


def test_rate_rises_stays_and_falls() -> None:
    recipe = story.Recipe(warmup=10, decay=0.25)
    shares = [story.level(step, 400, recipe) for step in (0, 9, 150, 300, 350, 399)]
    assert shares == pytest.approx([0.1, 1.0, 1.0, 1.0, 0.5, 0.01])
