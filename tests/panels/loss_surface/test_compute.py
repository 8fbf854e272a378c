"""The panel's numbers: paths against torch, finish and divergence by hand, words that agree with the arrays."""

from __future__ import annotations

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from courseai_lab.contract import BadValue, Cancelled, Ctx, Seeds, check_frame, find, state
from courseai_lab.contract.ctx import Memo
from courseai_lab.kernels.momentum_rate import convergence_rate
from courseai_lab.panels.loss_surface import compute as c
from courseai_lab.panels.loss_surface.params_rules import Rule
from courseai_lab.panels.loss_surface.params_surface import SurfaceName
from courseai_lab.ui.formula import check_tex


def frames(ctx: Ctx | None = None, **params: Any) -> list[c.Frame]:
    return [check_frame(frame) for frame in c.run(c.Params().patched(**params), ctx or Ctx())]


def first(**params: Any) -> c.Frame:
    return check_frame(next(c.run(c.Params().patched(**params), Ctx())))


def torch_path(make: Any, loss: Any, start: tuple[float, float], steps: int) -> np.ndarray:
    theta = torch.tensor(start, dtype=torch.float64, requires_grad=True)
    optimizer, out = make([theta]), []
    for _ in range(steps + 1):
        out.append(theta.detach().numpy().copy())
        optimizer.zero_grad()
        loss(theta[0], theta[1]).backward()
        optimizer.step()
    return np.array(out)


NUMBERS: dict[str, float] = {"lr_rmsprop": 0.02, "alpha_rmsprop": 0.95, "mu_rmsprop": 0.2, "eps_rmsprop": 1e-6}
NUMBERS |= {"lr_sgd": 0.001, "decay_sgd": 0.1, "lr_momentum": 0.0005, "mu_momentum": 0.8, "decay_momentum": 0.2}
NUMBERS |= {"lr_nesterov": 0.0004, "mu_nesterov": 0.7, "decay_nesterov": 0.1, "lr_adagrad": 0.3, "eps_adagrad": 1e-7}
NUMBERS |= {"decay_adagrad": 0.1, "decay_rmsprop": 0.1}
for name in ("adam", "adamw", "amsgrad"):
    NUMBERS |= {f"lr_{name}": 0.04, f"beta1_{name}": 0.85, f"beta2_{name}": 0.97, f"eps_{name}": 1e-5}
    NUMBERS |= {f"decay_{name}": 0.3}
ADAM = {"lr": 0.04, "betas": (0.85, 0.97), "eps": 1e-5, "weight_decay": 0.3}
TORCH = {
    Rule.SGD: lambda p: torch.optim.SGD(p, lr=0.001, weight_decay=0.1),
    Rule.MOMENTUM: lambda p: torch.optim.SGD(p, lr=0.0005, momentum=0.8, weight_decay=0.2),
    Rule.NESTEROV: lambda p: torch.optim.SGD(p, lr=0.0004, momentum=0.7, nesterov=True, weight_decay=0.1),
    Rule.ADAGRAD: lambda p: torch.optim.Adagrad(p, lr=0.3, eps=1e-7, weight_decay=0.1),
    Rule.RMSPROP: lambda p: torch.optim.RMSprop(p, 0.02, 0.95, 1e-6, 0.1, 0.2),
    Rule.ADAM: lambda p: torch.optim.Adam(p, **ADAM),
    Rule.ADAMW: lambda p: torch.optim.AdamW(p, **ADAM),
    Rule.AMSGRAD: lambda p: torch.optim.Adam(p, amsgrad=True, **ADAM),
}


def test_every_optimiser_takes_its_own_numbers_as_torch_does() -> None:
    frame = first(surface="rosenbrock", optimizers=list(TORCH), steps=60, **NUMBERS)
    for k, make in enumerate(TORCH.values()):
        expected = torch_path(make, lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2, (-1.2, 1.0), 60)
        np.testing.assert_allclose(frame.path[k], expected, atol=1e-10, err_msg=frame.labels[k])


def test_lion_steps_by_its_rate_in_both_coordinates() -> None:
    frame = first(surface="booth", optimizers=["lion"], lr_lion=0.25, steps=5, beta1_lion=0.0)
    np.testing.assert_allclose(np.abs(np.diff(frame.path[0], axis=0)), 0.25, atol=1e-12)


def test_frames_walk_along_one_race_and_share_it() -> None:
    run = frames(steps=20)
    assert [frame.step for frame in run] == list(range(21))
    for frame in run[1:]:
        for field in dataclasses.fields(frame):
            if isinstance(getattr(frame, field.name), np.ndarray):
                assert getattr(frame, field.name) is getattr(run[0], field.name), field.name


def test_each_surface_opens_with_finite_heights_and_a_start_inside() -> None:
    for surface in SurfaceName:
        frame = first(surface=surface, steps=5)
        assert np.isfinite(frame.height).all(), surface
        x, y = frame.path[0, 0]
        assert frame.x[0] < x < frame.x[-1] and frame.y[0] < y < frame.y[-1], surface


def test_own_parameters_reach_their_surface() -> None:
    changes = {
        "quadratic": {"steepest": 3.0, "condition": 4.0, "turn": -30.0},
        "rosenbrock": {"rosenbrock_k": 3.0},
        "saddle": {"saddle_q": 0.4},
        "rastrigin": {"rastrigin_a": 2.0},
        "ravine": {"ravine_k": 5.0},
        "cliff": {"cliff_h": 9.0, "cliff_s": 3.0},
        "custom": {"expression": "x*y", "reach": 1.0},
        "regression": {"points": 9, "slope": -1.0, "intercept": 2.0, "scatter": 0.1},
    }
    for surface, values in changes.items():
        before = first(surface=surface, steps=1)
        for name, value in values.items():
            assert not np.array_equal(first(surface=surface, steps=1, **{name: value}).height, before.height), name


def test_quadratic_has_the_curvatures_asked_for_and_its_mark() -> None:
    frame = first(steepest=8.0, condition=16.0, mu_momentum=0.5)
    assert frame.curvature == pytest.approx((0.5, 8.0))
    marks = c.marks(frame, c.Params().patched(mu_momentum=0.5))
    assert marks["lr_sgd"][0].value == 0.25 and marks["lr_momentum"][0].value == 0.375
    assert c.marks(first(surface="beale", steps=1), c.Params()) == {}


def test_regression_loss_is_the_mean_squared_error_of_the_data_shown() -> None:
    frame = first(surface="regression", optimizers=["sgd"], steps=10)
    assert frame.data is not None
    for step in (0, 7):
        w, b = frame.path[0, step]
        expected = ((w * frame.data[:, 0] + b - frame.data[:, 1]) ** 2).mean()
        assert frame.loss[0, step] == pytest.approx(expected, rel=1e-10)
    slope, intercept = np.polyfit(frame.data[:, 0], frame.data[:, 1], 1)
    np.testing.assert_allclose(frame.minima, [[slope, intercept]], atol=1e-9)


def test_convergence_map_has_the_closed_form_and_its_edge() -> None:
    frame = first(steepest=5.0, condition=10.0)
    assert frame.map_rate is not None and frame.map_memory is not None and frame.map_factor is not None
    a, m = frame.map_rate[33], frame.map_memory[50]
    assert frame.map_factor[50, 33] == pytest.approx(float(convergence_rate(a, m, 0.5, 5.0)))
    np.testing.assert_allclose(frame.map_edge, 2 * (1 + frame.map_memory) / 5.0)
    assert first(optimizers=["adam"]).map_factor is None


def test_finish_is_the_first_step_under_the_goal() -> None:
    frame = first(optimizers=["sgd", "momentum"], lr_sgd=0.01, goal=1.0, steps=300)
    assert frame.goal == pytest.approx(0.01 * frame.loss[0, 0])
    for k, reached in enumerate(frame.steps_to):
        under = np.flatnonzero(frame.loss[k] <= frame.goal)
        assert reached == (int(under[0]) if len(under) else None)
        assert frame.length[k] == pytest.approx(np.hypot(*np.diff(frame.path[k], axis=0).T).sum())
    assert first(lr_sgd=1e-5, optimizers=["sgd"], steps=5).steps_to == (None,)


def test_divergence_is_said_with_the_limit_and_leaves_a_trail() -> None:
    p = c.Params().patched(optimizers=["sgd"], lr_sgd=0.3, steps=200)
    run = [check_frame(frame) for frame in c.run(p, Ctx())]
    last = int(run[-1].last[0])
    assert run[-1].diverged[0] and 0 < last < 200 and np.isfinite(run[-1].path).all()
    said = c.sentence(run[-1], p, c.Look())
    assert f"SGD diverged at step {last + 1}: its rate 0.3 is above 2/L = 0.2." in said
    assert "no racer is left" in said
    assert "diverged" not in c.sentence(run[last], p, c.Look())
    assert np.hypot(*run[-1].path[0, last]) > 1e5


def test_a_start_without_a_loss_is_said() -> None:
    p = c.Params().patched(surface="custom", expression="log(x) + y^2", optimizers=["sgd"])
    frame = check_frame(next(c.run(p, Ctx())))
    assert frame.last[0] == 0 and frame.diverged[0] and np.isnan(frame.height[:, 0]).all()
    said = c.sentence(frame, p, c.Look())
    assert "drop the ball elsewhere" in said


def test_start_outside_the_surface_is_not_used_and_said() -> None:
    p = c.Params().patched(surface="rosenbrock", start=(7.0, 0.0), steps=3)
    frame = check_frame(next(c.run(p, Ctx())))
    assert tuple(frame.path[0, 0]) == (-1.2, 1.0)
    assert c.sentence(frame, p, c.Look()).startswith("The start (7, 0) lies outside this surface")
    assert tuple(first(start=(0.5, -0.25)).path[0, 0]) == (0.5, -0.25)


def test_rates_side_by_side() -> None:
    frame = first(optimizers=["sgd", "adam"], rate_factors=[0.5, 2.0], lr_sgd=0.02, lr_adam=0.1, steps=10)
    assert frame.labels == ("SGD ×0.5", "SGD ×2", "Adam ×0.5", "Adam ×2")
    np.testing.assert_allclose(frame.learning_rate, [0.01, 0.04, 0.05, 0.2])
    alone = first(optimizers=["sgd"], lr_sgd=0.04, steps=10)
    np.testing.assert_array_equal(frame.path[1], alone.path[0])
    assert len(set(frame.looks)) == 4


def test_minibatches_are_real_on_data() -> None:
    frame = first(surface="regression", optimizers=["sgd"], minibatch=True, batch=1, points=12, steps=30)
    assert frame.data is not None
    u, v = frame.data.T
    for step in range(12):
        w, b = frame.path[0, step]
        residual = w * u + b - v
        each = np.column_stack([2 * residual * u, 2 * residual])
        assert np.abs(each - frame.gradient[0, step]).sum(axis=1).min() < 1e-9
    whole = first(surface="regression", optimizers=["sgd"], minibatch=True, batch=1024, points=12, steps=5)
    plain = first(surface="regression", optimizers=["sgd"], points=12, steps=5)
    np.testing.assert_allclose(whole.path, plain.path, atol=1e-12)


def test_noise_without_data_has_the_standard_deviation_said() -> None:
    noisy = first(optimizers=["sgd"], lr_sgd=1e-6, minibatch=True, batch=4, sigma=3.0, steps=4000)
    plain = first(optimizers=["sgd"], lr_sgd=1e-6, steps=4000)
    added = (noisy.gradient - plain.gradient)[0, :-1]
    np.testing.assert_allclose(added.std(axis=0), 1.5, rtol=0.05)


def test_clipping_bounds_the_step() -> None:
    norm = first(surface="cliff", optimizers=["sgd"], lr_sgd=0.1, clipping="norm", clip_limit=0.5, steps=60)
    moves = np.hypot(*np.diff(norm.path[0], axis=0).T)
    assert moves.max() == pytest.approx(0.05, abs=1e-6) and np.hypot(*norm.gradient[0].T).max() > 5
    value = first(surface="cliff", optimizers=["sgd"], lr_sgd=0.1, clipping="value", clip_limit=0.5, steps=60)
    assert np.abs(np.diff(value.path[0], axis=0)).max() == pytest.approx(0.05)
    free = first(surface="cliff", optimizers=["sgd"], lr_sgd=0.1, steps=60)
    assert np.abs(np.diff(free.path[0], axis=0)).max() > 1.0


@pytest.mark.parametrize(
    ("schedule", "expected"),
    [
        ({"schedule": "step", "drop_every": 3, "drop_factor": 0.5}, [1, 1, 1, 0.5, 0.5, 0.5, 0.25, 0.25]),
        ({"schedule": "exponential", "shrink": 0.9}, 0.9 ** np.arange(8)),
        ({"schedule": "cosine", "lowest_rate": 0.2}, 0.2 + 0.4 * (1 + np.cos(np.pi * np.arange(8) / 8))),
        ({"schedule": "warmup_cosine", "warmup": 4}, [0.25, 0.4375, 0.625, 0.8125, 1, 0.853553, 0.5, 0.146447]),
    ],
)
def test_schedules_scale_the_steps(schedule: dict[str, Any], expected: Any) -> None:
    frame = first(optimizers=["sgd"], lr_sgd=0.01, steps=8, **schedule)
    np.testing.assert_allclose(frame.factor, expected, atol=1e-6)
    moves, slopes = np.diff(frame.path[0], axis=0), frame.gradient[0, :-1]
    np.testing.assert_allclose(moves, -0.01 * frame.factor[:, None] * slopes, atol=1e-12)


def test_glyph_arrays_are_what_they_say() -> None:
    frame = first(optimizers=["momentum", "nesterov", "adagrad", "adam", "sgd"], steps=30)
    rows = dict(zip(frame.rules, range(5), strict=True))
    k = rows["adagrad"]
    np.testing.assert_allclose(frame.squares[k, 1:], np.cumsum(frame.gradient[k, :-1] ** 2, axis=0), rtol=1e-12)
    np.testing.assert_allclose(frame.rate[k, 1:], 0.8 / (np.sqrt(frame.squares[k, 1:]) + 1e-10), rtol=1e-12)
    k = rows["momentum"]
    np.testing.assert_allclose(np.diff(frame.path[k], axis=0), -0.03 * frame.velocity[k, 1:], atol=1e-12)
    k = rows["nesterov"]
    ahead = frame.base[k, 1:] - 0.03 * 0.85 * frame.velocity[k, 1:]
    np.testing.assert_allclose(ahead, frame.path[k, 1:], atol=1e-12)
    assert np.isnan(frame.velocity[rows["sgd"]]).all() and np.isnan(frame.base[rows["adam"]]).all()


NET = {"surface": "network", "samples": 60, "units": 4, "train_steps": 60, "steps": 12}


def test_network_comes_coarse_to_fine_and_shows_its_training() -> None:
    run = frames(**NET)
    assert [frame.height.shape for frame in run[:4]] == [(11, 11), (21, 21), (41, 41), (41, 41)]
    assert [frame.step for frame in run] == [0, 0, *range(13)] and run[0].lead == 2
    frame = run[-1]
    assert frame.trained_path is not None and frame.trained_loss is not None and frame.trained_height is not None
    assert len(frame.trained_loss) == 61 and frame.trained_loss[-1] < frame.trained_loss[0]
    np.testing.assert_allclose(frame.trained_path[-1], 0.0, atol=1e-9)
    assert frame.trained_height[-1] == pytest.approx(frame.trained_loss[-1], rel=1e-5)
    assert 0.8 < sum(frame.explained) <= 1.0
    np.testing.assert_allclose(frame.path[:, 0], np.broadcast_to(frame.trained_path[0], (3, 2)))
    assert frame.loss[0, 0] == pytest.approx(frame.trained_height[0], rel=1e-5)


@pytest.mark.parametrize("batch", [{}, {"minibatch": True, "batch": 8}])
def test_network_race_goes_down_in_the_plane(batch: dict[str, Any]) -> None:
    frame = frames(directions="random", layers=1, activation="relu", criterion="mse", **NET, **batch)[-1]
    assert (frame.loss[:, -1] < frame.loss[:, 0]).any()
    assert frame.x[0] == -1.0 and frame.y[-1] == 1.0


def test_memo_makes_the_second_run_equal_and_does_not_train_again() -> None:
    memo, notes = Memo(), []

    def report(_share: float | None, note: str) -> None:
        notes.append(note)

    one = frames(Ctx(report=report, memo=memo), **NET)
    assert "training the network" in notes and "loss over the plane" in notes
    notes.clear()
    two = frames(Ctx(report=report, memo=memo), **NET, lr_sgd=0.5)
    assert "training the network" not in notes and "loss over the plane" not in notes
    assert two[-1].height is one[-1].height
    again = frames(Ctx(), **NET)
    for field in dataclasses.fields(again[-1]):
        a, b = getattr(again[-1], field.name), getattr(one[-1], field.name)
        assert np.array_equal(a, b, equal_nan=True) if isinstance(a, np.ndarray) else a == b, field.name


def test_seeds_decide_data_and_noise() -> None:
    params = {"surface": "regression", "minibatch": True, "batch": 4, "steps": 20}
    one, same = frames(Ctx(), **params)[-1], frames(Ctx(), **params)[-1]
    other_noise = frames(Ctx(seeds=Seeds(sample=5)), **params)[-1]
    other_data = frames(Ctx(seeds=Seeds(data=5)), **params)[-1]
    np.testing.assert_array_equal(one.path, same.path)
    assert one.data is not None and other_noise.data is not None and other_data.data is not None
    np.testing.assert_array_equal(one.data, other_noise.data)
    assert not np.array_equal(one.path, other_noise.path)
    assert not np.array_equal(one.data, other_data.data)


def test_training_can_be_cancelled() -> None:
    def stop(_share: float | None, note: str) -> None:
        if note == "training the network":
            raise Cancelled

    with pytest.raises(Cancelled):
        next(c.run(c.Params().patched(**NET), Ctx(report=stop)))


@pytest.mark.parametrize(
    ("wish", "sentence"),
    [
        ({"expression": "x + foo"}, "Column 5: 'foo' is not known"),
        ({"expression": "9**9**9"}, "larger than 1e100"),
        ({"rate_factors": [0.0]}, "0.001 to 1000"),
        ({"optimizers": list(Rule), "rate_factors": [1, 2]}, "18 racers"),
        ({"start": (1e9, 0)}, "within a million"),
        ({"optimizers": []}, "optimizers"),
        ({"lr_sgd": 0}, "lr_sgd cannot be 0"),
    ],
)
def test_bad_values_are_refused_in_one_sentence(wish: dict[str, Any], sentence: str) -> None:
    with pytest.raises(BadValue, match=sentence):
        c.Params().patched(**wish)


@pytest.mark.parametrize("rule", Rule)
def test_formula_and_readings_of_every_optimiser(rule: Rule) -> None:
    p = c.Params().patched(optimizers=[rule], steps=8)
    frame = [check_frame(f) for f in c.run(p, Ctx())][5]
    formula = c.formula(p, c.Look())
    assert check_tex(formula.plain()) == []
    said = c.readings(frame, p, c.Look())
    assert set(said) <= {term.id for term in formula.terms}
    assert said[f"lr_{rule.value}"] == pytest.approx(float(frame.learning_rate[0]))
    assert said["loss"] == f"{frame.labels[0]} {frame.loss[0, 5]:.3g}".replace("-", "−")


@pytest.mark.parametrize("surface", SurfaceName)
def test_formula_of_every_surface_can_be_set(surface: SurfaceName) -> None:
    assert check_tex(c.formula(c.Params().patched(surface=surface), c.Look()).plain()) == []


def test_presets_show_what_their_notes_say() -> None:
    panel = find("loss-surface")
    ends = {}
    for preset in panel.presets():
        opened = state.state_from_json(panel, preset.state)
        ends[preset.id] = list(c.run(opened.params, Ctx(seeds=opened.seeds)))[-1]
    assert ends["too-fast"].diverged.tolist() == [False, False, True]
    valley = ends["momentum-in-a-valley"]
    assert valley.final[1] < valley.final[0]
    tired = ends["adagrad-tires"]
    assert (np.diff(tired.rate[0, 1:], axis=0) <= 1e-12).all()
    assert (np.diff(tired.rate[1, 1:], axis=0) > 0).any()
    decay = ends["decay-two-ways"]
    assert np.hypot(*decay.path[1, -1]) < np.hypot(*decay.path[0, -1])
    nesterov = ends["nesterov-looks-ahead"]
    assert nesterov.length[1] < nesterov.length[0]
    cliff = ends["clipping-on-a-cliff"]
    assert not cliff.diverged.any() and cliff.x[0] < cliff.path[..., 0].min()
    saddle = dict(zip(ends["saddle"].rules, ends["saddle"].steps_to, strict=True))
    assert saddle["sgd"] > saddle["adam"] and saddle["sgd"] > saddle["momentum"]
    noisy = ends["minibatch-noise"]
    assert noisy.loss[1, -50:].std() > noisy.loss[0, -50:].std()
