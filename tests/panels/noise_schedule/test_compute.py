"""The panel's frame: rows, images, steps taken, words."""

from pathlib import Path
from typing import Any

import diffusers
import numpy as np
import pytest
import torch
from PIL import Image

from courseai_lab.contract import BadValue, Ctx, Seeds, check_frame, find, state
from courseai_lab.kernels import schedules as ks
from courseai_lab.kernels.images import sample_image
from courseai_lab.kernels.schedules import Name
from courseai_lab.kernels.timesteps import Spacing, inference_timesteps
from courseai_lab.panels.noise_schedule import compute as c
from courseai_lab.panels.noise_schedule.params import Quantity
from courseai_lab.panels.noise_schedule.words import number
from courseai_lab.paths import resource

ALL = tuple(Name)
QUANTITIES = ("beta", "alpha_bar", "sqrt_alpha_bar", "sigma", "log_snr")


def frame_of(ctx: Ctx | None = None, **settings: Any) -> c.Frame:
    return check_frame(next(c.run(c.Params().patched(**settings), ctx or Ctx())))


def test_default_frame_equals_diffusers() -> None:
    frame = frame_of()
    assert frame.labels == ("linear", "scaled linear", "cosine") and frame.before == (False,) * 3
    for row, settings in enumerate(
        (
            {"beta_schedule": "linear"},
            {"beta_schedule": "scaled_linear", "beta_start": 0.00085, "beta_end": 0.012},
            {"beta_schedule": "squaredcos_cap_v2"},
        )
    ):
        theirs = diffusers.DDIMScheduler(1000, **settings)
        theirs.set_timesteps(20)
        np.testing.assert_allclose(frame.beta[row], theirs.betas.numpy(), atol=1e-6)
        np.testing.assert_allclose(frame.alpha_bar[row], theirs.alphas_cumprod.numpy(), atol=1e-6)
        np.testing.assert_array_equal(frame.taken[row], theirs.timesteps.numpy())
        np.testing.assert_allclose(
            frame.taken_values[0, row], theirs.alphas_cumprod[theirs.timesteps].numpy(), atol=1e-6
        )


def test_images_are_made_from_one_noise(device: str) -> None:
    ctx = Ctx(device, Seeds(sample=7))
    frame = frame_of(ctx, schedules=["linear", "karras", "flow"], size=32, cells=4, time=0.25)
    x0 = torch.from_numpy(sample_image("photograph", resource("images"), 32, value_range="signed").pixels)
    eps = torch.from_numpy(Ctx(seeds=Seeds(sample=7)).rng("sample").standard_normal(x0.shape, dtype=np.float32))
    assert frame.at == 250 and frame.cell_t.tolist() == [0, 333, 666, 999]
    for row in range(3):
        for images, t in ((frame.cells[row, 1], 333), (frame.now[row], 250)):
            a, b = (float(w[row, t]) for w in (frame.signal, frame.noise))
            scale = (1 + b * b) ** 0.5 if frame.labels[row] == "Karras / EDM" else 1.0
            x_t = (a * x0 + b * eps) / scale
            expected = ((x_t + 1) * 127.5).round().clamp(0, 255)
            assert (torch.from_numpy(images.copy()).float() - expected).abs().max() <= 1  # rounding of .5
    assert frame.cells.dtype == np.uint8 and frame.cells.shape == (3, 4, 32, 32, 3)


def test_before_and_after_zero_snr() -> None:
    frame = frame_of(schedules=["scaled_linear", "flow"], zero_snr=True)
    assert frame.labels == ("scaled linear, before", "scaled linear, zero SNR", "flow")
    assert frame.before == (True, False, False)
    assert frame.sqrt_alpha_bar[0, -1] == pytest.approx(0.0683, abs=5e-5) and frame.alpha_bar[1, -1] == 0
    assert "0.0683" in c.sentence(frame, c.Params(), c.Look())


def test_shifted_flow_is_shown_beside_plain_flow() -> None:
    frame = frame_of(schedules=["flow"], flow_shift=3.0)
    assert frame.labels == ("flow, no shift", "flow, shift 3") and frame.before == (True, False)
    half = 499  # s = 0.5 becomes 3 * 0.5 / (1 + 2 * 0.5) = 0.75
    assert frame.noise[:, half] == pytest.approx([0.5, 0.75])


def test_every_schedule_at_once_with_extremes() -> None:
    frame = frame_of(schedules=ALL, steps=10, count=1000, zero_snr=True, spacing="karras", size=32, cells=3)
    assert len(frame.labels) == 10 + 8
    assert frame.taken.shape == (18, 10)
    assert any("at most T = 10 steps" in note for note in frame.notes)
    assert any("no beta" in note for note in frame.notes)


def test_offset_past_the_end_is_used_as_far_as_it_goes() -> None:
    frame = frame_of(steps=20, count=20, steps_offset=3)
    assert frame.taken[0, 0] == 19 and any("past 19; 0 is used" in note for note in frame.notes)


def test_dragging_the_time_leaves_the_rows_of_images_alone() -> None:
    ctx = Ctx()
    first, second, third = (frame_of(ctx, time=0.2), frame_of(ctx, time=0.8), frame_of(ctx, time=0.8, linear_end=0.03))
    assert second.cells is first.cells and second.alpha_bar is first.alpha_bar and third.cells is not first.cells
    assert (second.now != first.now).any()
    np.testing.assert_array_equal(frame_of(Ctx(), time=0.8).cells, second.cells)


def test_digit_has_one_channel_and_seeds_decide_the_noise() -> None:
    frame = frame_of(image="digit", size=32)
    assert frame.cells.shape[-1] == 1
    other = frame_of(Ctx(seeds=Seeds(sample=1)), image="digit", size=32)
    assert (frame.cells != other.cells).any() and (frame.alpha_bar == other.alpha_bar).all()


def test_own_picture(tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    Image.new("RGB", (50, 40), (255, 0, 0)).save(path)
    ctx = Ctx()
    frame = frame_of(ctx, image="own", file=str(path), size=32)
    assert "mine.png (50 x 40)" in frame.picture
    assert frame.cells[0, 0, ..., 0].mean() > 250
    Image.new("RGB", (60, 40), (0, 0, 255)).save(path)  # written anew: the old one is not kept
    assert frame_of(ctx, image="own", file=str(path), size=32).cells[0, 0, ..., 0].mean() < 5


def test_no_or_bad_picture_file(tmp_path: Path) -> None:
    assert "no picture file chosen yet" in frame_of(image="own").picture
    with pytest.raises(BadValue, match=r"There is no picture file nothing\.png") as caught:
        frame_of(image="own", file=str(tmp_path / "nothing.png"))
    assert caught.value.field == "file"


def test_curve_goes_through_the_knots() -> None:
    frame = frame_of(schedules=["drawn"], knots=[[0, 1], [0.5, 0.6], [1, 0.1]])
    assert frame.knots is not None
    np.testing.assert_allclose(frame.knots, [[0, 1], [0.5, 0.6], [1, 0.1]])
    assert frame.alpha_bar[0, [499, 999]] == pytest.approx([0.6, 0.1])
    assert frame_of().knots is None


def test_values_at_the_steps_taken() -> None:
    frame = frame_of(schedules=["linear", "flow"], spacing="karras", zero_snr=True)
    t = np.arange(1000)
    for k, quantity in enumerate(Quantity):
        curves = getattr(frame, quantity)
        for row in range(3):
            finite = np.isfinite(curves[row])
            inside = frame.taken[row] <= t[finite].max(initial=-1)
            expected = np.interp(frame.taken[row][inside], t[finite], curves[row][finite]) if inside.any() else []
            np.testing.assert_allclose(frame.taken_values[k, row][inside], expected, rtol=1e-9)
    assert np.isneginf(frame.taken_values[4, 1, 0])  # the rescaled row starts at no signal at all


@pytest.mark.parametrize(
    ("knots", "message"),
    [
        ([[0, 1], [0.5, 0.2], [1, 0.4]], "alpha-bar must fall from knot to knot"),
        ([[0, 1]], "knots cannot be"),
        ([[0, 1], [1, -0.5]], "cannot fall below 0"),
        ([[0, 0.8], [1, 0.5]], "start at 1"),
    ],
)
def test_bad_knots_are_one_sentence(knots: list[list[float]], message: str) -> None:
    with pytest.raises(BadValue, match=message):
        c.Params().patched(knots=knots)


def test_choices_are_kept_in_order_and_once() -> None:
    assert c.Params().patched(schedules=["cosine", "linear", "cosine"]).schedules == (Name.LINEAR, Name.COSINE)


def test_formula_follows_the_schedules_and_every_term_has_a_reading() -> None:
    for names in (["linear"], ["karras"], ["flow"], ["linear", "flow"], ["karras", "flow"]):
        p = c.Params().patched(schedules=names)
        formula = c.formula(p, c.Look())
        named = {name for name, _ in formula.pieces() if name}
        assert named == {term.id for term in formula.terms}
        readings = c.readings(frame_of(schedules=names), p, c.Look())
        assert named - {"eps"} <= set(readings)
        assert all(readings[name] != "" for name in named - {"eps"})


def test_sentence_says_what_a_hand_calculation_says() -> None:
    frame = frame_of(schedules=["linear"], time=0.5)
    share = float((np.cumprod(1 - np.linspace(1e-4, 0.02, 1000)) < 0.01).mean())
    text = c.sentence(frame, c.Params(), c.Look())
    assert "At t = 500 of 0 to 999" in text and "0.0778 (linear)" in text
    assert f"{100 * share:.0f}\u202f% of its steps" in text


def test_presets_open_and_say_what_to_notice() -> None:
    panel = find("noise-schedule")
    presets = panel.presets()
    assert len(presets) >= 5 and len({p.id for p in presets}) == len(presets)
    for preset in presets:
        opened = state.state_from_json(panel, preset.state)
        frame = frame_of(**opened.params.plain())
        assert c.sentence(frame, opened.params, opened.look).endswith(".")
        assert preset.note.endswith(".") and len(preset.note) > 40


def test_numbers_in_the_presets_notes() -> None:
    linear, sd = ks.linear(), ks.scaled_linear()
    rescaled = ks.zero_terminal_snr(sd)
    assert (linear.alpha_bar < 0.01).mean() == pytest.approx(1 / 3, abs=0.01)
    assert (ks.cosine().alpha_bar < 0.01).mean() < 0.07
    assert sd.sqrt_alpha_bar[-1] == pytest.approx(0.068, abs=5e-4)
    assert inference_timesteps(rescaled, 10)[0] == 900 and rescaled.sqrt_alpha_bar[900] == pytest.approx(
        0.05, abs=0.005
    )
    assert inference_timesteps(rescaled, 10, Spacing.TRAILING)[0] == 999
    shift = ks.flow().log_snr[:-1] - ks.flow(shift=4.0).log_snr[:-1]
    np.testing.assert_allclose(shift, 2.77, atol=0.005)
    assert ks.linear(100).sqrt_alpha_bar[-1] == pytest.approx(0.6, abs=0.005)
    for make, rate in ((ks.karras, 20), (ks.flow, 8), (ks.cosine, 6)):
        curve = make().log_snr
        k = int(np.argmin(abs(curve)))
        assert (curve[k - 1] - curve[k + 1]) * 500 == pytest.approx(rate, abs=0.6)


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.61, "0.610"), (157.4, "157"), (0, "0"), (-0.0309, "−0.0309"), (1.63e-9, "1.63×10⁻⁹"), (1, "1.00"),
     (np.inf, "∞"), (-np.inf, "−∞"), (np.nan, "undefined"), (20291.4, "2.03×10⁴")],
)  # fmt: skip
def test_numbers_in_words(value: float, text: str) -> None:
    assert number(value) == text
