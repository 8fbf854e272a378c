"""Network A's training as a program in sections: the panel's PyTorch text, with what it came to and a picture."""

from __future__ import annotations

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.source_text import program
from courseai_lab.panels.playground.params import PlaygroundParams
from courseai_lab.panels.playground.params_net import Compare, Loss
from courseai_lab.panels.playground.points import cloud, loss_name
from courseai_lab.panels.playground.torch_code import torch_parts
from courseai_lab.panels.playground.trial import SEED_BITS


def script(params: PlaygroundParams, seeds: Seeds) -> str:
    """The program's text, of network A where several are compared. Raises BadValue about the user's file."""
    p = params
    ctx = Ctx(seeds=seeds)
    points = cloud(p, ctx)
    seed = int(ctx.rng("sample").integers(0, SEED_BITS))
    parts = torch_parts(p, points, seeds.init, seed, every_split=True)
    loss = loss_name(p, points.classes)
    judged = _VALUES if points.classes == 0 else _CLASSES.format(answer=_answer(points.outputs, loss))
    return program(
        " ".join([parts["title"], *_left_out(p)]),
        f"# %% Parameters\n{parts['settings']}",
        f"# %% Data\n# Rows of x, y and class or value: training, validation and test.\n{parts['rows']}",
        f"# %% Network{parts['network']}",
        f"# %% Where it starts, and in which order it sees the points\n{parts['start'].strip()}",
        f"# %% Training\n{parts['loop'].strip()}",
        _RESULTS.replace("JUDGED", judged.strip("\n")),
        _PICTURE.replace("SHADE", "0.5 * (1 + np.tanh(z / 2))" if loss is Loss.CROSS_ENTROPY else "z")
        if points.outputs == 1
        else _REGIONS,
    )


def _left_out(p: PlaygroundParams) -> list[str]:
    """Sentences on what of the panel the program does not do."""
    out = []
    if p.compare is not Compare.ONE:
        out.append("Of the networks compared it is the first.")
    if p.off or p.edits:
        out.append("Units switched off and weights set by hand are not part of it.")
    return out


def _answer(outputs: int, loss: Loss) -> str:
    if outputs > 1:
        return "z.argmax(axis=1)"
    return "(z[:, 0] > 0).astype(int)"


_CLASSES = """
    said = {answer}
    return loss, (said == np.array(rows)[:, 2]).mean()
"""
_VALUES = """
    value = np.array(rows)[:, 2]
    spread = np.sum((value - value.mean()) ** 2)
    return loss, 1 - np.sum((z[:, 0] - value) ** 2) / spread if spread > 0 else np.nan
"""
_RESULTS = """
# %% Results
# Loss and score (share sorted rightly, or R squared) on training, validation and test points.
torch.set_num_threads(1)  # so small a network is faster on one
net = main()


def judge(rows):
    if not rows:
        return np.nan, np.nan
    x, t = data(rows)
    with torch.no_grad():
        z = net(x)
        loss = loss_of(z, t).item()
    z = z.numpy()
JUDGED


judged = np.array([judge(rows) for rows in (TRAINING, VALIDATION, TEST)])
for name, (loss, score) in zip(("training", "validation", "test"), judged):
    print(f"{name:<10} loss {loss:.6g}, score {score:.4g}")
results = {"loss": judged[None, :, 0], "accuracy": judged[None, :, 1]}
"""
_GRID = """
# %% Picture
import matplotlib.pyplot as plt

axis = np.linspace(-1.8, 1.8, 100)
places = np.stack([np.tile(axis, 100), np.repeat(axis, 100), np.zeros(10_000)], axis=1)
with torch.no_grad():
    z = net(data(places)[0]).numpy()
"""
_POINTS = """\
for rows, marker in ((TRAINING, "o"), (TEST, "x")):
    x, y, label = np.array(rows, dtype=float).T if rows else np.empty((3, 0))
    plt.scatter(x, y, c=label, marker=marker, s=14, cmap="coolwarm", linewidths=1)
plt.xlabel("x")
plt.ylabel("y")
plt.show()
"""
_PICTURE = (
    _GRID
    + 'plt.pcolormesh(axis, axis, (SHADE).reshape(100, 100), cmap="coolwarm", alpha=0.5)\n'
    + 'plt.colorbar(label="output")\n'
    + _POINTS
)
_REGIONS = (
    _GRID + 'plt.pcolormesh(axis, axis, z.argmax(axis=1).reshape(100, 100), cmap="coolwarm", alpha=0.4)\n' + _POINTS
)
