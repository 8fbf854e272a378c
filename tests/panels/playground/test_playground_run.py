"""The playground's runs: numbers against scikit-learn and by hand, steering, early stopping, the game, own data."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.metrics import accuracy_score, confusion_matrix, log_loss, r2_score

from courseai_lab.contract import BadValue, Ctx, Run, Seeds, State, find, run_frames
from courseai_lab.panels.playground.compute import Frame, Look, Params, formula, readings, run, sentence

PANEL = find("playground")


def start(**params: Any) -> Run:
    state = State("playground", Params().patched(**params), Look())
    return Run(PANEL.compute(), state, Ctx("cpu", state.seeds))


def last(count: int = 10**6, **params: Any) -> Frame:
    frame, going = None, start(**params)
    for _ in range(count):
        again = going.step()
        if again is None:
            break
        frame = again
    assert frame is not None
    return frame


def outputs(frame: Frame, net: int, x: np.ndarray, act: Any = np.tanh) -> np.ndarray:
    """Outputs [sample output] by hand from the weights in the frame."""
    a = x.copy()
    parts = frame.parts(net)
    for k, w in enumerate(frame.matrices(net)):
        a = a @ w.T + frame.weights[parts[k][1]]
        a = act(a) if k < len(parts) - 1 else a
    return a


def test_losses_scores_and_confusion_are_scikit_learns() -> None:
    frame = last(dataset="gaussians", classes=4, noise=0.25, hidden=(5,), until=30, per_frame=10)
    z = outputs(frame, 0, frame.x)
    p = np.exp(z - z.max(axis=1, keepdims=True))
    p /= p.sum(axis=1, keepdims=True)
    for k in range(3):
        part = frame.split == k
        truth, said = frame.y[part].astype(int), z[part].argmax(axis=1)
        assert frame.loss[0, k] == pytest.approx(log_loss(truth, p[part], labels=range(4)), rel=1e-5)
        assert frame.accuracy[0, k] == pytest.approx(accuracy_score(truth, said))
        assert (frame.confusion[0, k] == confusion_matrix(truth, said, labels=range(4))).all()
    assert frame.wrong[0].sum() == (z.argmax(axis=1) != frame.y).sum()


def test_values_are_scored_by_r2_and_shown_as_they_are() -> None:
    frame = last(dataset="plane", hidden=(), lr=0.2, until=20, noise=0.05)
    z = outputs(frame, 0, frame.x)[:, 0]
    part = frame.split == 2
    assert frame.accuracy[0, 2] == pytest.approx(r2_score(frame.y[part], z[part]), rel=1e-5)
    assert frame.loss[0, 2] == pytest.approx(np.mean((z[part] - frame.y[part]) ** 2), rel=1e-5)
    side = frame.surface.shape[-1]
    corner = outputs(frame, 0, np.array([[-1.8, -1.8], [1.8, -1.8]]))[:, 0]
    assert frame.surface[0, 0, [0, side - 1]] == pytest.approx(corner, abs=1e-5)
    assert frame.confusion is None and frame.classes == 0


def test_the_surface_is_the_probability_of_class_one() -> None:
    frame = last(until=40, dataset="moons")
    rows, cols = [0, 30, 99], [5, 50, 99]
    axis = np.linspace(-1.8, 1.8, 100)
    z = outputs(frame, 0, np.array([[axis[c], axis[r]] for r, c in zip(rows, cols, strict=True)]))[:, 0]
    assert frame.surface[0, rows, cols] == pytest.approx(1 / (1 + np.exp(-z)), abs=1e-5)
    assert (frame.winner[0, rows, cols] == (z > 0)).all()


def test_readings_are_the_formulas_numbers() -> None:
    p = Params().patched(l1=0.01, l2=0.02, until=20)
    frame = last(l1=0.01, l2=0.02, until=20)
    w = np.concatenate([one.ravel() for one in frame.matrices(0)])
    got = readings(frame, p, Look())
    assert got["loss"] == pytest.approx(frame.loss[0, 0] + 0.01 * (w**2).sum() + 0.01 * abs(w).sum())
    assert {term.id for term in formula(p, Look()).terms} == set(got)


def test_l1_cuts_connections_and_l2_only_shrinks_them() -> None:
    shared = {"features": ("x", "y", "xx", "yy", "xy"), "hidden": (8,), "b_hidden": (8,), "compare": "two"}
    frame = last(**shared, l1=0.01, b_l2=0.02, until=300, per_frame=100)
    a, b = (np.concatenate([w.ravel() for w in frame.matrices(k)]) for k in range(2))
    assert (a == 0).mean() > 0.3 and (b == 0).mean() == 0
    assert "connections are zero" in sentence(frame, Params().patched(compare="two"), Look())


def test_three_networks_on_one_data_set_underfit_fit_and_memorise() -> None:
    preset = next(p for p in PANEL.presets() if p.id == "what-is-learning")
    frame = last(**{**preset.state["params"], "until": 2000, "per_frame": 500})
    train, test = frame.loss[:, 0], frame.loss[:, 2]
    assert train[0] > 0.5 and train[2] < 0.1, "A cannot, C can"
    assert test[2] > 2 * train[2] and test[2] > test[1], "what C learned does not carry over"
    assert test[1] < test[0]


def test_early_stopping_goes_back_to_the_best_weights() -> None:
    preset = next(p for p in PANEL.presets() if p.id == "early-stopping")
    settings = {**preset.state["params"], "patience": 30, "per_frame": 5}
    frame = last(**settings)
    assert frame.done and frame.stopped[0] - frame.best_epoch[0] == 30
    assert frame.loss[0, 1] == pytest.approx(frame.best_loss[0], rel=1e-6)
    by_hand = last(**{**settings, "early_stop": False, "until": frame.best_epoch[0], "per_frame": 1})
    np.testing.assert_array_equal(frame.weights, by_hand.weights)
    losses = [float(f.loss[0, 1]) for f in frames_until(settings, frame.stopped[0])]
    assert min(losses) == pytest.approx(frame.best_loss[0], rel=1e-6)
    assert losses.index(min(losses)) == frame.best_epoch[0]


def frames_until(settings: dict[str, Any], epoch: int) -> list[Frame]:
    plain = Params().patched(**{**settings, "early_stop": False, "until": epoch, "per_frame": 1})
    return list(run_frames(PANEL, State("playground", plain, Look())))


def test_layers_and_units_change_while_it_trains_and_the_rest_stays() -> None:
    going = start(hidden=(4, 2), until=1000)
    for _ in range(5):
        before = going.step()
    going.steer({"hidden": (6, 2)})
    after = going.step()
    assert after.epoch == before.epoch and after.sizes == ((2, 6, 2, 1),)
    assert (after.matrices(0)[0][:4] == before.matrices(0)[0]).all()
    assert (after.matrices(0)[1][:, :4] == before.matrices(0)[1]).all()
    going.steer({"hidden": (6, 2, 2)})
    deeper = going.step()
    assert (deeper.matrices(0)[1] == after.matrices(0)[1]).all() and len(deeper.sizes[0]) == 5
    assert going.step().epoch == before.epoch + 4, "and training goes on"


def test_a_unit_is_silent_while_it_is_off_and_a_weight_is_what_one_sets() -> None:
    going = start(until=1000)
    going.step()
    going.steer({"off": ((0.0, 0.0, 1.0),)})
    off = going.step()
    assert off.map_scale[1] == 0 and off.gates(0)[1].tolist() == [1, 0, 1, 1]
    going.steer({"off": (), "edits": ((0.0, 1.0, 2.0, 0.0, 2.5), (0.0, 0.0, -1.0, 3.0, -1.5))})
    edited = going.step()
    assert edited.map_scale[1] > 0
    assert edited.matrices(0)[1][0, 2] == 2.5 and edited.weights[edited.parts(0)[0][1]][3] == -1.5
    assert going.step().matrices(0)[1][0, 2] != 2.5, "training goes on from there"


def test_painted_points_are_trained_on_and_the_split_moves() -> None:
    going = start(size=100, until=1000)
    first = going.step()
    going.steer({"painted": ((0.1, 0.2, 1.0), (9.0, 9.0, 0.0))})
    painted = going.step()
    assert len(painted.x) == 102 and painted.split[-2:].tolist() == [0, 0] and painted.y[-2] == 1
    going.steer({"train_share": 0.8})
    moved = going.step()
    assert (moved.split == 0).sum() == 82 and (first.split == 0).sum() == 50
    assert "painted" in sentence(moved, Params(), Look())


def test_steering_is_replayed_exactly() -> None:
    state = State("playground", Params().patched(until=200), Look())
    going = start(until=200)
    seen = [going.step() for _ in range(4)]
    going.steer({"hidden": (3, 3), "lr": 0.05, "optimizer": "adam", "dropout": 0.2, "norm": "batch"})
    seen += [going.step() for _ in range(4)]
    from courseai_lab.contract import Steer

    changed = {"hidden": (3, 3), "lr": 0.05, "optimizer": "adam", "dropout": 0.2, "norm": "batch"}
    again = State("playground", state.params, Look(), steering=(Steer(3, changed),))
    replayed = []
    for frame in run_frames(PANEL, again):
        replayed.append(frame)
        if len(replayed) == 8:
            break
    for a, b in zip(seen, replayed, strict=True):
        np.testing.assert_array_equal(a.weights, b.weights)


def test_seeds_and_streams() -> None:
    def weights(**seeds: int) -> np.ndarray:
        state = State("playground", Params().patched(until=4, per_frame=4), Look(), Seeds(**seeds))
        return list(run_frames(PANEL, state))[-1].weights

    same = weights()
    assert (weights() == same).all()
    for stream in ("data", "init", "sample"):
        assert (weights(**{stream: 1}) != same).any()


def test_no_line_beats_three_of_four_corners_and_four_units_do() -> None:
    game = {"dataset": "corners", "noise": 0.0, "batch": 4, "game": True}
    line = last(1, **game, line=((-1.5, -0.5), (0.5, 1.5)))
    assert (line.line_right, line.best_right) == (3, 3)
    assert "as many as any straight line can" in sentence(line, Params().patched(**game), Look())
    middle = last(1, **game, line=((-1.5, 0.0), (1.5, 0.0)))
    assert middle.line_right == 2 and "no straight line can sort more than 3" in sentence(middle, Params(), Look())
    solved = last(**game, hidden=(4,), lr=0.5, until=1500, per_frame=500)
    assert solved.line_right <= 3 and solved.accuracy[0, 0] == 1.0
    assert last(**game, hidden=(), lr=0.5, until=1500, per_frame=500).accuracy[0, 0] <= 0.75
    assert not last(**{**game, "dataset": "xor", "game": False, "hidden": (4,)}, lr=0.3, until=300).wrong[0][:250].any()


def test_own_points_are_read_scaled_and_said(tmp_path: Path) -> None:
    file = tmp_path / "own.csv"
    rng = np.random.default_rng(0)
    rows = [f"{a:.3f},{b:.3f},{'cat' if a > 100 else 'dog'}" for a, b in rng.uniform(50, 150, (40, 2))]
    file.write_text("width,height,animal\n" + "\n".join(rows), encoding="utf-8")
    frame = last(1, dataset="own", table=str(file))
    assert frame.classes == 2 and set(frame.class_names) == {"cat", "dog"}
    assert np.abs(frame.x).max(axis=0) == pytest.approx(1.5) and "height has 9" in frame.notes[0]
    wide = last(1, dataset="own", table=str(file), columns="height,width,animal")
    assert wide.notes[0].startswith("own.csv, 40 rows of height, width, animal; scaled to fit: height has")
    with pytest.raises(BadValue, match="no column 'size'") as caught:
        last(1, dataset="own", table=str(file), columns="size,width,animal")
    assert caught.value.field == "columns"
    file.write_text("\n".join(f"{a},{b},{a * 2.5}" for a, b in rng.uniform(-1, 1, (20, 2))), encoding="utf-8")
    assert last(1, dataset="own", table=str(file)).classes == 0
    file.write_text("1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(BadValue, match=r"own\.csv"):
        last(1, dataset="own", table=str(file))


def test_bad_input_gets_one_sentence() -> None:
    for field, value, said in (
        ("own_feature", "x +", "missing"),
        ("hidden", (0,), "1 to 64"),
        ("edits", ((0.0, 0.0, 0.0),), "five numbers"),
        ("off", ((0.5, 0.0, 0.0),), "whole numbers"),
        ("line", ((0.0, 0.0), (0.0, 0.0)), "two different points"),
        ("painted", ((0.0, 0.0),), "three numbers"),
    ):
        with pytest.raises(BadValue, match=said):
            Params().patched(**{field: value})
    with pytest.raises(BadValue, match="own feature"):
        last(1, features=("x", "own"), own_feature="log(x)")


def test_divergence_is_said_and_drawn_not_hidden() -> None:
    frame = last(lr=10.0, loss="squared", activation="relu", hidden=(16, 16), until=50, dataset="bumps")
    assert frame.diverged == (True,)
    assert "no longer numbers" in sentence(frame, Params(), Look())


def test_the_record_stays_even_and_small() -> None:
    frame = last(until=900, per_frame=1, size=20, hidden=())
    steps = np.diff(frame.record_epoch)
    assert len(frame.record_epoch) <= 601 and frame.record_epoch[0] == 0 and frame.record_epoch[-1] == 900
    assert len(set(steps[:-1])) == 1 and math.isnan(frame.record_gradient[0, 0, 0])


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"l1": 0.004, "l2": 0.002, "optimizer": "adam", "lr": 0.01, "features": ("x", "y", "own", "sin_x")},
        {"dataset": "rings", "classes": 3, "norm": "layer", "optimizer": "lion", "lr": 0.002, "activation": "gelu"},
        {"dataset": "bumps", "norm": "batch", "batch": 25, "optimizer": "nesterov", "lr": 0.02, "schedule": "cosine"},
        {"loss": "hinge", "schedule": "warmup_cosine", "period": 30, "layer_activations": ("relu", "mish")},
        {"early_stop": True, "patience": 5, "dataset": "moons", "noise": 0.3, "size": 60, "hidden": (16,), "lr": 0.5},
    ],
    ids=["plain", "penalties", "lion", "batch-norm", "hinge", "early-stopping"],
)
def test_the_pytorch_program_runs_alone_and_gives_the_same(settings: dict[str, Any], tmp_path: Path) -> None:
    settings = {"size": 100, "until": 40, **settings}
    frame = last(**settings)
    file = tmp_path / "playground_network.py"
    file.write_text(frame.code, encoding="utf-8")
    script = (
        f"import json, runpy, torch; torch.set_num_threads(1); made = runpy.run_path({str(file)!r});"
        "net = made['main'](); net.eval(); x, t = made['data'](made['TRAINING']);"
        "weights = [v.tolist() for m in net for v in m.parameters()];"
        "print(json.dumps([weights, made['loss_of'](net(x), t).item()]))"
    )
    said = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    weights, loss = json.loads(said.stdout.strip().splitlines()[-1])
    np.testing.assert_allclose(np.concatenate([np.ravel(w) for w in weights]), frame.weights, atol=2e-4)
    assert loss == pytest.approx(float(frame.loss[0, 0]), abs=2e-4)


def test_presets_that_fail_fail_and_those_that_work_work() -> None:
    wanted = {"start": 0.95, "features-instead": 0.95, "six-classes": 0.85}
    for preset in PANEL.presets():
        params = preset.state.get("params", {})
        if preset.id in wanted:
            assert last(**{**params, "until": 400, "per_frame": 400}).accuracy[0, 2] > wanted[preset.id], preset.id
        elif preset.id in ("fails-linear", "fails-sigmoid-deep"):
            assert last(**{**params, "until": 200, "per_frame": 200}).accuracy[0, 0] < 0.75, preset.id
    settings = {p.id: p.state.get("params", {}) for p in PANEL.presets()}
    assert last(**{**settings["spiral"], "until": 500, "per_frame": 500}).accuracy[0, 2] > 0.93
    held = last(**{**settings["l2"], "until": 1000, "per_frame": 500})
    assert held.loss[1, 2] < 0.6 * held.loss[0, 2], "L2 helps where points are few"
    deep = {**settings["fails-sigmoid-deep"], "until": 200, "per_frame": 200}
    norms = last(**deep).record_gradient[0, :, -1]
    assert norms[8] > 1e6 * norms[0], "the gradient vanishes on its way back"
    woken = last(**{**deep, "norm": "batch", "batch": 30, "until": 1000})
    assert woken.accuracy[0, 2] > 0.9
    assert last(**{**settings["fails-imbalance"], "until": 50, "per_frame": 50}).confusion[0, 2, :, 1].sum() == 0


def test_the_generator_is_the_contracts() -> None:
    frames = run(Params(), Ctx())
    assert isinstance(next(frames), Frame)
    frames.close()
