"""The fused kernel against a plain torch loop: weights after 50 epochs of the same order, outputs, gradients, maps."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from courseai_lab.kernels.activation_rows import ACTIVATIONS
from courseai_lab.kernels.activations import Name, evaluate
from courseai_lab.kernels.optimizers import hyper_row
from courseai_lab.kernels.playground_net import LOSSES, Net, Recipe, Shape, initial_weights, reshaped
from tests.kernels import playground_oracle as oracle

EPOCHS = 50
SGD = Recipe("sgd", hyper_row("sgd", lr=0.05))


def data(features: int, outputs: int, loss: str, n: int = 33) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(3)
    x = rng.uniform(-1.5, 1.5, (features, n)).astype(np.float32)
    label = ((x[0] * x[-1] > 0.2).astype(int) + (x[0] > 0.5) * (outputs > 1)) % max(outputs, 2)
    if outputs == 1:
        t = label[None].astype(np.float32)
    else:
        t = (label[None] == np.arange(outputs)[:, None]).astype(np.float32)
    if loss in ("squared", "absolute", "huber"):
        t = t * 2 - 1 + 0.3 * x[:1]
    elif loss == "hinge":
        t = t * 2 - 1
    return x, np.ascontiguousarray(t, dtype=np.float32)


def both(
    shape: Shape, recipe: Recipe, epochs: int = EPOCHS, factors: np.ndarray | None = None
) -> tuple[Net, oracle.TorchNet]:
    x, t = data(shape.inputs, shape.outputs, recipe.loss)
    ours, theirs = oracle.pair(shape, initial_weights(shape, (1, 7)))
    factors = np.ones(epochs) if factors is None else factors
    ours.train(x, t, recipe, factors, seed=5)
    oracle.train(theirs, x, t, recipe, factors, seed=5)
    np.testing.assert_allclose(ours.theta, theirs.vector(), atol=1e-4)
    return ours, theirs


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_every_activation_trains_as_in_torch(activation: str) -> None:
    both(Shape(2, (4, 3), 1, (activation, activation)), SGD)


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        ("momentum", {"lr": 0.02, "weight_decay": 0.01}),
        ("nesterov", {"lr": 0.02}),
        ("adagrad", {"lr": 0.05}),
        ("rmsprop", {"lr": 0.005}),
        ("adam", {"lr": 0.01, "weight_decay": 0.01}),
        ("adamw", {"lr": 0.01, "weight_decay": 0.1}),
        ("amsgrad", {"lr": 0.01}),
    ],
)
def test_every_optimiser_trains_as_in_torch(name: str, settings: dict[str, float]) -> None:
    both(Shape(3, (5,), 1, ("tanh",)), replace(SGD, optimizer=name, hyper=hyper_row(name, **settings)))


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("outputs", [1, 3])
def test_every_loss_trains_as_in_torch(loss: str, outputs: int) -> None:
    both(Shape(2, (4,), outputs, ("tanh",)), replace(SGD, loss=loss))


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_norms_train_and_are_used_as_in_torch(norm: str) -> None:
    shape = Shape(2, (5, 4), 1, ("tanh", "relu"), norm)
    ours, theirs = both(shape, replace(SGD, batch=11))
    x, _ = data(2, 1, "cross_entropy")
    theirs.eval()
    with torch.no_grad():
        wanted = theirs(torch.from_numpy(x.T.astype(np.float64))).numpy().T
    np.testing.assert_allclose(ours.outputs(x), wanted, atol=2e-4)


@pytest.mark.parametrize(
    "change",
    [{"dropout": 0.3}, {"l1": 0.02}, {"l1": 0.02, "cut": False}, {"batch": 1}, {"batch": 33}, {"shuffle": False}],
    ids=str,
)
def test_dropout_l1_and_batches_as_in_torch(change: dict[str, float]) -> None:
    ours, _ = both(Shape(2, (6, 4), 1, ("tanh", "tanh")), replace(SGD, **change), 20)
    if "l1" in change:
        assert (ours.alive == 0).any() == bool(change.get("cut", True))
        assert (ours.theta[ours.alive == 0] == 0).all()


def test_a_deep_net_without_hidden_layers_and_with_eight() -> None:
    both(Shape(7, (), 1, ()), SGD)
    both(Shape(1, (3,) * 8, 1, ("tanh",) * 8), SGD, 10)


def test_a_schedule_multiplies_the_rate() -> None:
    both(Shape(2, (3,), 1, ("tanh",)), SGD, factors=np.linspace(1.0, 0.0, 20))


def test_calls_can_be_cut_anywhere() -> None:
    shape = Shape(2, (4,), 1, ("relu",))
    x, t = data(2, 1, "cross_entropy")
    whole, parts = (Net(shape, initial_weights(shape, (1, 7))) for _ in range(2))
    recipe = replace(SGD, dropout=0.2, optimizer="adam", hyper=hyper_row("adam", lr=0.01))
    whole.train(x, t, recipe, np.ones(10), 5)
    for count in (1, 4, 5):
        parts.train(x, t, recipe, np.ones(count), 5)
    assert (whole.theta == parts.theta).all()


def test_units_switched_off_are_silent_and_stay_as_they_were() -> None:
    shape = Shape(2, (4, 3), 1, ("tanh", "tanh"))
    x, t = data(2, 1, "cross_entropy")
    ours, theirs = oracle.pair(shape, initial_weights(shape, (1, 7)))
    ours.gate[3] = 0.0
    theirs.gate[3] = 0.0
    before = ours.theta[2:4].copy()
    ours.train(x, t, SGD, np.ones(20), 5)
    oracle.train(theirs, x, t, SGD, np.ones(20), 5)
    np.testing.assert_allclose(ours.theta, theirs.vector(), atol=1e-4)
    assert (ours.theta[2:4] == before).all()
    places, scale, _ = ours.maps(x)
    assert scale[1] == 0.0 and (places[1] == 127).all()


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
def test_gradient_is_autograds(norm: str) -> None:
    shape = Shape(2, (5, 4), 3, ("tanh", "silu"), norm)
    x, t = data(2, 3, "cross_entropy", 300)
    ours, theirs = oracle.pair(shape, initial_weights(shape, (1, 7)))
    loss = oracle.loss_of("cross_entropy", theirs(torch.from_numpy(x.T.astype(float))), torch.from_numpy(t.T))
    wanted = torch.autograd.grad(loss, list(theirs.in_order()))
    got = ours.gradient(x, t, "cross_entropy")
    np.testing.assert_allclose(got, torch.cat([g.ravel() for g in wanted]).numpy(), atol=1e-5)


def test_response_maps_are_each_units_output() -> None:
    shape = Shape(2, (6, 5), 2, ("tanh", "gelu"))
    ours, theirs = oracle.pair(shape, initial_weights(shape, (1, 7)))
    side = np.linspace(-1.8, 1.8, 100, dtype=np.float32)
    x = np.stack([np.tile(side, 100), np.repeat(side, 100)])
    places, scale, outputs = ours.maps(x)
    a = torch.from_numpy(x.T.astype(np.float64))
    wanted = []
    for k, layer in enumerate(theirs.layers):
        a = layer(a)
        a = oracle.ACTIVATIONS[shape.activations[k]](a) if k < 2 else a
        wanted.append(a.detach().numpy().T)
    rows = np.concatenate(wanted)
    np.testing.assert_allclose(scale, abs(rows).max(axis=1), rtol=1e-5)
    shown = (places.astype(float) - 127) / 127 * scale[:, None]
    assert (abs(shown - rows) <= scale[:, None] * 0.51 / 127).all()
    np.testing.assert_allclose(outputs, rows[-2:], atol=1e-5)


def test_activation_rows_agree_with_their_exact_twins() -> None:
    from courseai_lab.kernels.activation_rows import activate

    z = np.linspace(-30, 30, 4096, dtype=np.float32)
    for name, code in ACTIVATIONS.items():
        value, slope = z.copy(), np.empty_like(z)
        activate(code, value, slope, z.size)
        exact, exact_slope = evaluate(Name(name), z.astype(np.float64))
        np.testing.assert_allclose(value, exact, atol=4e-6, rtol=4e-6, err_msg=name)
        np.testing.assert_allclose(slope, exact_slope, atol=1e-5, err_msg=name)


def test_layers_and_units_come_and_go_and_the_rest_keeps_its_weights() -> None:
    shape = Shape(2, (4, 3), 1, ("tanh", "tanh"))
    net = Net(shape, initial_weights(shape, (1, 7)))
    x, t = data(2, 1, "cross_entropy")
    net.train(x, t, replace(SGD, optimizer="momentum", hyper=hyper_row("momentum", lr=0.02)), np.ones(5), 5)
    wider = reshaped(net, Shape(2, (6, 3), 1, ("tanh", "tanh")), (1, 7))
    assert (wider.theta[:8] == net.theta[:8]).all() and (wider.state[0][:8] == net.state[0][:8]).all()
    assert (wider.theta[18:36].reshape(3, 6)[:, :4] == net.theta[12:24].reshape(3, 4)).all()
    back = reshaped(wider, shape, (1, 7))
    assert (back.theta == net.theta).all() and back.epoch == net.epoch == 5
    deeper = reshaped(net, Shape(2, (4, 3, 3), 1, ("tanh",) * 3), (1, 7))
    assert (deeper.theta[:27] == net.theta[:27]).all() and (deeper.theta[-4:] == net.theta[-4:]).all()


def test_shapes_that_cannot_be_are_refused() -> None:
    for hidden, activations in (((65,), ("tanh",)), ((0,), ("tanh",)), ((2,) * 9, ("tanh",) * 9), ((2,), ("step",))):
        with pytest.raises(ValueError, match=r"hidden layer"):
            Shape(2, hidden, 1, activations)
    with pytest.raises(ValueError, match="norm"):
        Shape(2, (2,), 1, ("tanh",), "group")
