"""The miniature text-to-image system on one core: the guided grid, its preview, and the U-Net beside diffusers'."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterator
from typing import Any

import torch
from diffusers import DDIMScheduler, UNet2DConditionModel

from courseai_lab.kernels.gaussian_mixture import GaussianMixture, exact_epsilon
from courseai_lab.kernels.samplers import Grid, Sampler, Target, sample
from courseai_lab.networks.diffusion import load_system, noise_schedule, sampling_grid, starting_noise
from courseai_lab.paths import resource

PROMPT = "a red ball left of a blue cube"
SCALE = 4.0


def _best_ms(call: Callable[[], Any], repeats: int = 5) -> float:
    """The fastest of ``repeats`` calls, in milliseconds."""
    call()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        times.append(time.perf_counter() - start)
    return 1e3 * min(times)


def _peer(parameters: int) -> Any:
    """diffusers' conditional U-Net for the same latents, of the number of parameters nearest to ours."""
    found: list[Any] = [
        UNet2DConditionModel(
            sample_size=8,
            in_channels=4,
            out_channels=4,
            layers_per_block=1,
            block_out_channels=(width, width),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            cross_attention_dim=96,
            attention_head_dim=8,
            norm_num_groups=8,
        )
        for width in (32, 48, 64)
    ]
    return min(found, key=lambda net: abs(math.log(net.num_parameters() / parameters))).eval()


@torch.no_grad()
def _peer_grid(net: Any, steps: int = 50) -> None:
    """16 guided latents by diffusers' own DDIM, nothing precomputed."""
    scheduler: Any = DDIMScheduler(prediction_type="v_prediction", clip_sample=False, timestep_spacing="trailing")
    scheduler.set_timesteps(steps)
    x, words = starting_noise(range(16)), torch.randn(32, 10, 96)
    for t in scheduler.timesteps:
        text, empty = net(torch.cat((x, x)), t, words).sample.chunk(2)
        x = scheduler.step(empty + SCALE * (text - empty), t, x).prev_sample


def _distance(sampler: Sampler, points: Grid) -> float:
    """Root mean square distance to the exact end of the probability-flow ODE, on a mixture whose score is known."""
    f = torch.float64
    known = GaussianMixture(
        torch.tensor([0.6, 0.4], dtype=f),
        torch.tensor([[1.0, 0.5], [-1.0, -0.3]], dtype=f),
        0.1 * torch.eye(2, dtype=f).expand(2, 2, 2),
    )

    def end(name: Sampler, grid: Grid) -> torch.Tensor:
        at = {float(t): (float(a), float(s)) for t, a, s in zip(grid.t, grid.alpha, grid.sigma, strict=False)}
        x = torch.randn((256, 2), generator=torch.Generator().manual_seed(0), dtype=f)
        return sample(name, lambda x, t: exact_epsilon(known, x, *at[t]), x, grid, Target.EPSILON)

    return float((end(sampler, points) - end(Sampler.HEUN, sampling_grid(1000))).square().mean().sqrt())


def rows() -> Iterator[dict[str, Any]]:
    """One row a measurement, on one thread."""
    torch.set_num_threads(1)
    system = load_system(resource("models"))
    noise_schedule()
    grid = _best_ms(lambda: system.generate([PROMPT] * 16, range(16), steps=12, scale=SCALE))
    yield _row("guided 4 x 4 grid, 12 steps of DPM-Solver++(2M), decoded", grid, 500.0)
    yield _row(
        "guided 4 x 4 grid, 20 steps of DPM-Solver++(2M), decoded",
        _best_ms(lambda: system.generate([PROMPT] * 16, range(16), steps=20, scale=SCALE)),
        None,
    )
    yield _row(
        "preview: 4 guided images, 8 steps, decoded",
        _best_ms(lambda: system.generate([PROMPT] * 4, range(4), steps=8, scale=SCALE)),
        150.0,
    )
    net = _peer(sum(value.numel() for value in system.unet.parameters()))
    peer = _best_ms(lambda: _peer_grid(net), 2)
    yield _row("12 steps of ours against 50 DDIM steps of diffusers", grid, None, "diffusers", peer, 5.0)
    x, prompted = starting_noise(range(16)), system.prompted([PROMPT] * 16)
    mine = _best_ms(lambda: system.predict(x, 500.0, prompted, SCALE), 10)
    words = torch.randn(32, 10, 96)
    with torch.no_grad():
        theirs = _best_ms(lambda: net(torch.cat((x, x)), 500, words), 10)
    yield _row("U-Net, one guided step of 16", mine, None, "diffusers", theirs, 1.0)
    many = _distance(Sampler.DDIM, sampling_grid(50))
    for label, few in (
        ("12 steps of UniPC, even in lambda", _distance(Sampler.UNIPC, sampling_grid(12, None))),
        ("12 steps of DPM-Solver++(2M), even in lambda", _distance(Sampler.DPM_SOLVER, sampling_grid(12, None))),
        ("20 steps of DPM-Solver++(2M), trailing", _distance(Sampler.DPM_SOLVER, sampling_grid(20))),
    ):
        yield {
            "name": f"diffusion: distance to the exact solution, {label}",
            "value": few,
            "unit": "",
            "peer": "50 DDIM steps, trailing",
            "peer_value": many,
            "ratio": many / few,
            "target": 1.0,
            "ok": few <= many,
        }


def _row(
    name: str, value: float, target: float | None, peer: str = "", peer_value: float = 0.0, least: float = 0.0
) -> dict[str, Any]:
    row: dict[str, Any] = {"name": f"diffusion: {name}", "value": value, "unit": "ms"}
    if peer:
        ratio = peer_value / value
        return row | {"peer": peer, "peer_value": peer_value, "ratio": ratio, "target": least, "ok": ratio >= least}
    return row if target is None else row | {"target": target, "ok": value <= target}
