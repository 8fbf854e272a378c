"""Train up to three small networks on points in the plane; each frame is everything there is to see of them."""

from __future__ import annotations

from collections.abc import Generator

import numpy as np

from courseai_lab.contract import Ctx
from courseai_lab.kernels.best_line import best_line, line_correct
from courseai_lab.kernels.playground_net import MAX_HIDDEN
from courseai_lab.panels.playground.frame import Frame
from courseai_lab.panels.playground.params import PlaygroundLook, PlaygroundParams
from courseai_lab.panels.playground.points import (
    answers,
    confidence,
    feature_names,
    features,
    grid,
    loss_name,
    sample_losses,
)
from courseai_lab.panels.playground.script import script
from courseai_lab.panels.playground.torch_code import torch_source
from courseai_lab.panels.playground.trial import Entry, Trial
from courseai_lab.panels.playground.words import formula, readings, sentence

__all__ = ["Frame", "Look", "Params", "formula", "readings", "run", "script", "sentence"]

Params = PlaygroundParams
Look = PlaygroundLook
SIDE, COARSE, MANY_UNITS = 100, 50, 80
MOST_RECORDS = 600
Judgement = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray, np.ndarray]
"""Wrong answers [sample], loss and score by split, confusion by split, gradient norm by layer."""


def run(p: PlaygroundParams, ctx: Ctx) -> Generator[Frame, PlaygroundParams, None]:
    """Backpropagation (Rumelhart, Hinton and Williams 1986) on minibatches; see ``kernels.playground_net``.

    What is changed by hand is shown before training goes on.
    """
    ctx.tick(0, 1, "preparing")
    camera = Camera(Trial(p, ctx), ctx)
    while True:
        p = yield camera.frame()
        if camera.trial.take(p):
            continue
        if camera.trial.finished:
            return
        ctx.tick()
        camera.trial.advance()


class Camera:
    """Looks at a trial: makes its frames, and keeps the record of its losses."""

    def __init__(self, trial: Trial, ctx: Ctx) -> None:
        self.trial, self._ctx = trial, ctx
        self._records: list[tuple[int, np.ndarray, np.ndarray, np.ndarray]] = []
        self._stride = 1
        self._points: tuple[object, ...] = ()
        self._inputs: tuple[object, ...] = ()
        self._code: tuple[object, str] = (None, "")

    def frame(self) -> Frame:
        """What there is to see now."""
        trial, p = self.trial, self.trial.p
        x, y, split = self._data()
        side, grid_x, input_maps, input_scale = self._grid()
        surfaces, winners, maps, scales, judged = self._answers(grid_x)
        wrong, losses, scores, confusions, norms = zip(*judged, strict=True)
        self._note(np.array(losses), np.array(scores), np.array(norms))
        shape = (len(trial.entries), side, side)
        epochs, record_loss, record_score, record_norm = self._record()
        own, right, best, best_at = self._game()
        return Frame(
            epoch=trial.epoch,
            updates=max(one.net.updates for one in trial.entries),
            done=trial.finished,
            classes=trial.cloud.classes,
            class_names=trial.cloud.names,
            feature_names=feature_names(p),
            sizes=tuple(one.net.shape.sizes for one in trial.entries),
            activations=tuple(one.net.shape.activations for one in trial.entries),
            norms=tuple(one.net.shape.norm for one in trial.entries),
            weights=np.concatenate([one.net.theta for one in trial.entries]),
            alive=np.concatenate([one.net.alive for one in trial.entries]).astype(np.uint8),
            gate=np.concatenate([one.net.gate for one in trial.entries]).astype(np.uint8),
            maps=np.concatenate(maps).reshape(-1, side, side),
            map_scale=np.concatenate(scales),
            input_maps=input_maps,
            input_scale=input_scale,
            surface=np.array(surfaces).reshape(shape),
            winner=np.array(winners).reshape(shape),
            x=x,
            y=y,
            split=split,
            wrong=np.array(wrong),
            loss=np.array(losses),
            accuracy=np.array(scores),
            confusion=np.array(confusions) if trial.cloud.classes else None,
            record_epoch=epochs,
            record_loss=record_loss,
            record_accuracy=record_score,
            record_gradient=record_norm,
            best_epoch=tuple(one.best_epoch for one in trial.entries),
            best_loss=tuple(one.best for one in trial.entries),
            stopped=tuple(one.stopped for one in trial.entries),
            diverged=tuple(not bool(np.isfinite(one.net.single).all()) for one in trial.entries),
            rate=trial.rates(),
            line=own,
            line_right=right,
            best_right=best,
            best_line=best_at,
            code=self._source(),
            notes=trial.cloud.notes,
        )

    def _answers(
        self, grid_x: np.ndarray
    ) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], list[np.ndarray], list[Judgement]]:
        """Of each network: what it shows at the grid's points, the class it answers, its units' maps, its judgement."""
        trial = self.trial
        loss = loss_name(trial.p, trial.cloud.classes)
        surfaces, winners, maps, scales = (list[np.ndarray]() for _ in range(4))
        judged: list[Judgement] = []
        for entry in trial.entries:
            places, scale, z = entry.net.maps(grid_x)
            with np.errstate(all="ignore"):
                surfaces.append(confidence(z, trial.cloud.classes, loss))
                winners.append(answers(z, max(trial.cloud.classes, 2), loss).astype(np.uint8))
                judged.append(self._judge(entry))
            maps.append(places)
            scales.append(scale)
        return surfaces, winners, maps, scales, judged

    def _data(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The points, the same objects from frame to frame while they are the same."""
        cloud = self.trial.cloud
        if not self._points or self._points[0] is not cloud:
            self._points = (cloud, cloud.x.copy(), cloud.y.copy(), cloud.split.copy())
        return self._points[1:]  # type: ignore[return-value]

    def _grid(self) -> tuple[int, np.ndarray, np.ndarray, np.ndarray]:
        """Side of the maps, features on the grid [feature point], and the features' own maps."""
        p = self.trial.p
        units = sum(one.net.shape.units for one in self.trial.entries)
        side = SIDE if units <= MANY_UNITS else COARSE
        if not self._inputs or self._inputs[0] != side:
            read = features(p, grid(side))
            scale = np.abs(read).max(axis=1)
            places = read / np.where(scale > 0.0, scale, 1.0)[:, None] * 127.0 + 127.5
            maps = places.astype(np.uint8).reshape(-1, side, side)
            self._inputs = (side, read, maps, scale)
        return self._inputs  # type: ignore[return-value]

    def _judge(self, entry: Entry) -> Judgement:
        """Of one network: wrong answers [sample], loss and score by split, confusion, gradient norm by layer."""
        trial, cloud = self.trial, self.trial.cloud
        loss = loss_name(trial.p, cloud.classes)
        z = entry.net.outputs(trial.features)
        each, said = sample_losses(z, trial.targets, loss), answers(z, cloud.classes, loss)
        wrong = said != cloud.y if cloud.classes else np.zeros(len(cloud.y), dtype=bool)
        losses, scores = np.full(3, np.nan), np.full(3, np.nan)
        table = np.zeros((3, cloud.classes, cloud.classes), dtype=np.int64)
        for k in range(3):
            chosen = cloud.split == k
            if not chosen.any():
                continue
            losses[k] = each[chosen].mean()
            if cloud.classes:
                scores[k] = 1.0 - wrong[chosen].mean()
                np.add.at(table[k], (cloud.y[chosen].astype(np.int64), said[chosen]), 1)
            else:
                y = cloud.y[chosen]
                spread = float(((y - y.mean()) ** 2).sum())
                scores[k] = 1.0 - float(((said[chosen] - y) ** 2).sum()) / spread if spread > 0.0 else np.nan
        norms = np.full(MAX_HIDDEN + 1, np.nan)
        if trial.epoch == 0:
            # The gradient's loops take seconds to compile on a new machine: the first picture does not wait for them.
            return wrong, losses, scores, table, norms
        grad = entry.net.gradient(trial.train_x, trial.train_t, loss.value).astype(np.float64)
        for k, (w, bias, rest) in enumerate(entry.net.shape.parts()):
            norms[k] = np.sqrt(np.sum(grad[w.start : max(bias.stop, rest.stop)] ** 2))
        return wrong, losses, scores, table, norms

    def _note(self, loss: np.ndarray, score: np.ndarray, norm: np.ndarray) -> None:
        """Add to the record; past ``MOST_RECORDS`` every second one goes, so that it stays even."""
        records, epoch = self._records, self.trial.epoch
        close = len(records) > 1 and records[-1][0] - records[-2][0] < self._stride
        if records and (close or records[-1][0] == epoch):
            records.pop()
        records.append((epoch, loss, score, norm))
        if len(records) > MOST_RECORDS:
            last = records[-1]
            self._records = records[:-1:2]
            self._stride = self._records[1][0] - self._records[0][0]
            if self._records[-1] is not last:
                self._records.append(last)

    def _record(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
        epochs, losses, scores, norms = zip(*self._records, strict=True)
        stacks = [np.ascontiguousarray(np.stack(one, axis=-1), dtype=np.float32) for one in (losses, scores, norms)]
        return np.array(epochs, dtype=np.float64), stacks[0], stacks[1], stacks[2]

    def _game(self) -> tuple[tuple[tuple[float, float], ...] | None, int, int, tuple[float, float, float, float]]:
        """The learner's line, how many training points it sorts rightly, and the most that any line does."""
        trial, nothing = self.trial, (0.0, 0.0, 0.0, 0.0)
        if not trial.p.game or trial.cloud.classes != 2:
            return None, 0, 0, nothing
        chosen = trial.cloud.training
        x, label = trial.cloud.x[chosen], trial.cloud.y[chosen].astype(np.int64)
        right, _ = line_correct(x, label, *trial.p.line)
        best, at = self._ctx.memo(("line", x.tobytes(), label.tobytes()), lambda: best_line(x, label))
        return trial.p.line, right, best, at

    def _source(self) -> str:
        """The run as PyTorch code; written anew only when what it says has changed."""
        trial = self.trial
        key = (trial.cloud, trial.p)
        if self._code[0] is None or any(a is not b for a, b in zip(self._code[0], key, strict=True)):  # type: ignore[arg-type,call-overload]
            self._code = (key, torch_source(trial.p, trial.cloud, trial.features, self._ctx.seeds.init, trial.seed))
        return self._code[1]
