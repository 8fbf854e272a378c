"""The line panel's numbers against NumPy, scikit-learn and scipy, its data, its words and its failures."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from sklearn.linear_model import LinearRegression
from sklearn.metrics import mean_absolute_error, mean_squared_error, r2_score

from courseai_lab.contract import BadValue, State, default_state, find, run_frames
from courseai_lab.contract.state import state_from_json
from courseai_lab.kernels.regression import from_model, to_model
from courseai_lab.panels.line_fit.compute import round_range, sentence
from courseai_lab.panels.line_fit.frame import Frame
from courseai_lab.panels.line_fit.params import LineLook, LineParams
from courseai_lab.panels.line_fit.points import outlier
from courseai_lab.panels.line_fit.words import chosen, formula, marks, number, readings, worked

PANEL = find("line-fit")
LOOK = LineLook()


def state(**params: Any) -> State:
    made = default_state(PANEL)
    return replace(made, params=made.params.patched(**params))


def frames(**params: Any) -> list[Frame]:
    return list(run_frames(PANEL, state(**params)))


def test_the_three_lines_are_sklearns_torchs_and_the_ones_set() -> None:
    made = frames(w=0.3, b=2.0, lr=0.01, steps=50)
    first, last = made[0], made[-1]
    assert len(made) == 51 and last.step == 50
    model = LinearRegression().fit(first.x[:, None], first.y)
    np.testing.assert_allclose(first.fit, (model.coef_[0], model.intercept_), rtol=1e-12)
    assert first.line == (0.3, 2.0) and tuple(first.path[0]) == (0.3, 2.0)
    w, b = 0.3, 2.0
    for _ in range(50):
        e = first.y - (w * first.x + b)
        w, b = w + 0.01 * 2 * (e * first.x).mean(), b + 0.01 * 2 * e.mean()
    np.testing.assert_allclose(last.path[last.step], (w, b), rtol=1e-12)


def test_the_numbers_of_every_line_are_sklearns() -> None:
    frame = frames(data="wave", count=30, degree=4, held_out=0.3, steps=20, huber=2.0)[-1]
    x, y, held = frame.x, frame.y, frame.held
    curve = np.polynomial.Polynomial.fit(x[~held], y[~held], 4)
    guesses = [w * x + b for w, b in (frame.line, frame.fit)] + [curve(x)]
    guesses.append(frame.path[frame.step, 0] * x + frame.path[frame.step, 1])
    rows = [*frame.metrics, frame.descent]
    assert 6 <= held.sum() <= 12
    for row, guess in zip(rows, guesses, strict=True):
        assert row[0] == pytest.approx(mean_squared_error(y[~held], guess[~held]), rel=1e-9)
        assert row[1] == pytest.approx(mean_absolute_error(y[~held], guess[~held]), rel=1e-9)
        assert row[3] == pytest.approx(r2_score(y[~held], guess[~held]), rel=1e-9)
        assert row[4] == pytest.approx(mean_squared_error(y[held], guess[held]), rel=1e-9)
    assert frame.degree_train is not None and frame.degree_held is not None
    assert frame.degree_train[3] == pytest.approx(rows[2][0]) and frame.degree_held[3] == pytest.approx(rows[2][4])
    assert (np.diff(frame.degree_train) <= 1e-9).all()


@pytest.mark.parametrize("loss", ["mae", "huber"])
def test_descent_ends_near_scipys_minimum(loss: str) -> None:
    frame = frames(loss=loss, outlier=True, standardised=True, lr=0.05, steps=1000)[-1]

    def value(line: np.ndarray) -> float:
        e = np.abs(frame.y - (line[0] * frame.x + line[1]))
        return float((e if loss == "mae" else np.where(e <= 1, e * e / 2, e - 0.5)).mean())

    best = minimize(value, frame.fit, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 4000})
    assert value(frame.path[-1]) == pytest.approx(best.fun, rel=2e-2)
    assert value(frame.path[-1]) == pytest.approx(frame.path_loss[-1], rel=1e-12)
    assert value(frame.path[-1]) < value(np.array(frame.fit))


@pytest.mark.parametrize("name", ["anscombe_1", "anscombe_2", "anscombe_3", "anscombe_4"])
def test_anscombes_sets_have_the_published_line(name: str) -> None:
    frame = frames(data=name, steps=1)[0]
    assert frame.fit == (pytest.approx(0.5, abs=1e-3), pytest.approx(3.0, abs=3e-3))
    assert frame.metrics[1, 3] == pytest.approx(0.67, abs=5e-3)
    assert (frame.x.mean(), frame.y.mean()) == (pytest.approx(9.0), pytest.approx(7.50, abs=5e-3))


def test_standardising_moves_the_coordinates_and_not_the_lines() -> None:
    raw, scaled = frames(steps=40)[0], frames(steps=40, standardised=True, lr=0.4)[-1]
    assert scaled.line == raw.line and scaled.fit == raw.fit
    assert (scaled.shift, scaled.spread) == (pytest.approx(raw.x.mean()), pytest.approx(raw.x.std()))
    assert from_model(scaled.model_line, scaled.shift, scaled.spread) == pytest.approx(raw.line)
    assert to_model(raw.fit, scaled.shift, scaled.spread) == pytest.approx(scaled.model_fit)
    np.testing.assert_allclose(scaled.path[-1], raw.fit, rtol=1e-6)
    u = (scaled.x - scaled.shift) / scaled.spread
    np.testing.assert_allclose(
        scaled.model_path[:, :1] * u + scaled.model_path[:, 1:], scaled.path[:, :1] * scaled.x + scaled.path[:, 1:]
    )
    p = state(standardised=True).params
    assert "u = (x − " in sentence(scaled, p, LOOK) and "x is used as it is." in sentence(raw, state().params, LOOK)
    assert "u_i" in formula(p, LOOK).plain()


def test_the_map_holds_both_lines_and_its_values_are_the_loss() -> None:
    for params in ({}, {"w": 300.0, "b": -4e4}, {"standardised": True, "loss": "mae"}):
        frame = frames(steps=1, **params)[0]
        for w, b in (frame.model_line, frame.model_fit):
            assert frame.map_w[0] <= w <= frame.map_w[-1] and frame.map_b[0] <= b <= frame.map_b[-1]
        u = (frame.x - frame.shift) / frame.spread
        e = frame.y - (frame.map_w[3] * u + frame.map_b[40])
        wanted = np.abs(e).mean() if "loss" in params else (e**2).mean()
        assert frame.map_loss[40, 3] == pytest.approx(wanted)


def test_too_large_a_rate_is_marked_and_said() -> None:
    frame = frames(lr=0.04)[-1]
    assert frame.largest_rate is not None and frame.largest_rate < 0.04
    p = state(lr=0.04).params
    assert "Descent diverges: its rate 0.0400 is above 2/L" in sentence(frame, p, LOOK)
    assert marks(frame, p)["lr"][0].value == frame.largest_rate
    assert np.isfinite(frame.path).all()
    assert marks(frames(loss="mae", steps=1)[0], p) == {}


def test_the_point_worked_out_has_every_term() -> None:
    p = state(data="own", points=[(1.0, 5.0), (2.0, 3.0)], w=2.0, b=1.0).params
    frame = frames(data="own", points=[(1.0, 5.0), (2.0, 3.0)], w=2.0, b=1.0)[0]
    assert chosen(frame, LOOK) == 0
    text = "Point 1: e = 5.00 − (2.00 · 1.00 + 1.00) = 2.00, e² = 4.00.  MSE = 8.00 / 2 = 4.00"
    assert worked(frame, p, LOOK) == text
    assert readings(frame, p, LOOK)["loss"] == 4.0 and readings(frame, p, LOOK)["mean"] == "over 2 points"
    second = LOOK.patched(point=1)
    assert worked(frame, p, second).startswith("Point 2: e = 3.00 − (2.00 · 2.00 + 1.00) = −2.00")
    assert "R² = 1 − 8.00 / 2.00 = −3.00" in worked(frame, p.patched(loss="r2"), second)
    huber = frames(data="own", points=[(1.0, 5.0), (2.0, 3.0)], w=2.0, b=1.0, loss="huber")[0]
    assert "h(e) = 1.50.  Huber = 3.00 / 2 = 1.50" in worked(huber, p.patched(loss="huber"), LOOK)


@pytest.mark.parametrize("loss", ["mse", "mae", "huber", "r2"])
def test_every_loss_has_a_formula_with_live_terms(loss: str) -> None:
    made = state(loss=loss)
    frame = frames(loss=loss, steps=1)[0]
    wanted = {term.id for term in formula(made.params, LOOK).terms}
    assert set(readings(frame, made.params, LOOK)) == wanted and {"loss", "w", "b"} <= wanted


def test_points_on_one_spot_or_above_each_other_are_said() -> None:
    frame = frames(data="own", points=[(2.0, 1.0), (2.0, 5.0)])[-1]
    assert "undetermined" in sentence(frame, state().params, LOOK) and frame.fit == (0.0, 3.0)
    flat = frames(data="own", points=[(1.0, 3.0), (2.0, 3.0)], degree=15, held_out=0.5)[-1]
    assert np.isnan(flat.metrics[1, 3]) and np.isnan(flat.descent[3])
    p = state(loss="r2").params
    assert "least squares undefined" in sentence(flat, p, LOOK)


def test_own_files_and_what_is_wrong_with_them(tmp_path: Path) -> None:
    good = tmp_path / "good.csv"
    good.write_text("size,age,price\n1,9,2\n2,8,4.5\n3,7,6\n", encoding="utf-8")
    frame = frames(data="file", file=str(good), columns="size,3")[0]
    assert frame.x.tolist() == [1.0, 2.0, 3.0] and frame.y.tolist() == [2.0, 4.5, 6.0]
    assert (frame.x_name, frame.y_name) == ("size", "price")
    assert "good.csv, 3 rows" in sentence(frame, state().params, LOOK)
    with pytest.raises(BadValue, match="has 3 columns, so column 4 is not there") as caught:
        frames(data="file", file=str(good), columns="1,4")
    assert caught.value.field == "columns"
    for text, said in (("x,y\n1,2\n3,a\n", "line 3, y: 'a' is not"), ("x,y\n1,2\n", "1 rows of numbers; at least 2")):
        good.write_text(text, encoding="utf-8")
        with pytest.raises(BadValue, match=said):
            frames(data="file", file=str(good))
    good.write_text("1,2\n3,1e10\n", encoding="utf-8")
    with pytest.raises(BadValue, match="line 2: numbers go up to 1e9"):
        frames(data="file", file=str(good))
    with pytest.raises(BadValue, match="There is no table file"):
        frames(data="file", file="~nobody-of-this-name/x.csv")
    assert "No file is chosen yet" in sentence(frames(data="file")[0], state().params, LOOK)


def test_columns_of_older_states_are_kept() -> None:
    old = {"data": "file", "file": "a.csv", "x_column": 3, "y_column": 1}
    assert state_from_json(PANEL, {"version": 1, "params": old}).params.columns == "3,1"
    assert state_from_json(PANEL, {"version": 1, "params": {"y_column": 2}}).params == LineParams()


def test_the_outlier_is_one_point_far_off_and_rules_the_mse() -> None:
    without, with_it = frames(steps=1)[0], frames(steps=1, outlier=True)[0]
    assert len(with_it.x) == len(without.x) + 1
    assert (with_it.x[:-1] == without.x).all()
    share = (with_it.y - (without.fit[0] * with_it.x + without.fit[1])) ** 2
    assert share[-1] > share[:-1].sum()
    assert outlier(np.array([0.0, 1.0]), np.array([1.0, 0.0]))[1] > 1.0


def test_points_held_out_are_never_silent() -> None:
    made = state(held_out=0.4)
    frame = frames(held_out=0.4)[0]
    held = int(frame.held.sum())
    assert held >= 3 and f"{held} points (diamonds) are held out" in sentence(frame, made.params, LOOK)
    assert not frames(held_out=0.5, data="own", points=[(0.0, 1.0), (1.0, 2.0)])[0].held.any()


def test_points_beyond_any_use_are_refused() -> None:
    with pytest.raises(BadValue, match="1e9"):
        state(points=[(0.0, 0.0), (1.0, 2e9)])
    with pytest.raises(BadValue):
        state(points=[(0.0, 0.0)])


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 7.2), (1e-6, 2e-6), (1e8, 1e8 + 3), (5.0, 5.0)])
def test_ranges_hold_their_values_with_room_to_grab(low: float, high: float) -> None:
    left, right = round_range(np.array([low, high]))
    assert left < low <= high < right and (low == high or right - left < 2.5 * (high - low))


def test_numbers_as_people_write_them() -> None:
    assert [number(v) for v in (-7.946, 0.0, 12345.6, 1.3e7, -2e-5, np.nan)] == [
        "−7.95",
        "0",
        "12346",
        "1.30×10⁷",
        "−2.00×10⁻⁵",
        "undefined",
    ]
