"""The panel's formula as a program: every part on a line of its own, in the order of working out."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from courseai_lab.contract import Ctx, Seeds
from courseai_lab.kernels.expression import Call, Const, Expression, Node, Var
from courseai_lab.kernels.formula_typed import typed_formula
from courseai_lab.kernels.source_text import number, program, rows
from courseai_lab.panels.equation import script_text as text
from courseai_lab.panels.equation.params import EQUATION_NAMES, Equation, EquationParams, Stream
from courseai_lab.panels.equation.problems import PROBLEMS

_N = number
_PLAIN: Mapping[Equation, tuple[str, str]] = MappingProxyType(
    {
        Equation.UPDATE: (text.UPDATE, text.VALLEY),
        Equation.MOMENTUM: (text.MOMENTUM, text.VALLEY),
        Equation.ATTENTION: (text.ATTENTION, text.MATRIX),
        Equation.SOFTMAX: (text.SOFTMAX, text.BARS),
        Equation.CROSS_ENTROPY: (text.CROSS_ENTROPY, text.CURVE),
        Equation.LAYER_NORM: (text.LAYER_NORM, text.BARS),
        Equation.VAE: (text.VAE, text.LATENT),
        Equation.DPO: (text.DPO, text.CURVE),
    }
)
_NUMBERS: Mapping[Equation, Callable[[EquationParams], list[str]]] = MappingProxyType(
    {
        Equation.UPDATE: lambda p: [
            f"w = {_N(p.w)}  # where it starts",
            f"eta, k, best = {_N(p.lr)}, {_N(p.curvature)}, {_N(p.best)}  # learning rate, curvature, lowest point",
            f"taken = {p.taken}  # updates made before the one taken apart",
        ],
        Equation.MOMENTUM: lambda p: [
            f"w, v = {_N(p.w)}, 0.0  # where it starts, at rest",
            f"eta, beta = {_N(p.lr)}, {_N(p.momentum)}  # learning rate and momentum",
            f"k, best = {_N(p.curvature)}, {_N(p.best)}  # curvature and lowest point of the loss",
            f"taken = {p.taken}  # updates made before the one taken apart",
        ],
        Equation.ATTENTION: lambda p: [
            f"Q = np.array({_matrix(p.q)})  # queries, one in each row",
            f"K = np.array({_matrix(p.k)})  # keys",
            f"V = np.array({_matrix(p.v)})  # values",
            f"causal = {p.causal}",
        ],
        Equation.SOFTMAX: lambda p: [
            f"z = np.array({_vector(p.logits)})  # logits",
            f"T = {_N(p.temperature)}  # temperature",
        ],
        Equation.CROSS_ENTROPY: lambda p: [
            f"z = np.array({_vector(p.logits)})  # logits",
            f"true = {min(p.element, len(p.logits)) - 1}  # the true class, counted from 0",
        ],
        Equation.LAYER_NORM: lambda p: [
            f"x_in = np.array({_vector(p.features)})  # one token's features",
            f"gamma, beta, eps = {_N(p.scale)}, {_N(p.shift)}, {_N(p.ln_eps)}  # learned scale and shift",
        ],
        Equation.VAE: lambda p: [
            f"x_in = {_N(p.observed)}  # the observation",
            f"mu, sigma = {_N(p.latent_mean)}, {_N(p.latent_std)}  # the encoder: z is about here",
            f"a, s = {_N(p.decoder_gain)}, {_N(p.decoder_noise)}  # the decoder: x is about a z, with spread s",
            f"beta = {_N(p.kl_weight)}  # weight of the divergence",
        ],
        Equation.DPO: lambda p: [
            f"pi_w, ref_w = {_N(p.logp_w)}, {_N(p.logp_w_ref)}  # log-probabilities of the preferred answer",
            f"pi_l, ref_l = {_N(p.logp_l)}, {_N(p.logp_l_ref)}  # and of the rejected one: model, reference",
            f"beta = {_N(p.dpo_beta)}  # how strongly the reference holds the model back",
        ],
    }
)


def script(params: EquationParams, seeds: Seeds) -> str:
    """The program's text. Raises BadValue where the panel itself would."""
    p = params
    if p.equation in _PLAIN:
        body, picture = _PLAIN[p.equation]
        numbers = "\n".join(_NUMBERS[p.equation](p))
    else:
        numbers, body, picture = _WRITTEN[p.equation](p, seeds)
    return program(
        f"The formula '{EQUATION_NAMES[p.equation]}' taken apart, one part to a line.",
        f"# %% Parameters\nimport numpy as np\n\n{numbers}",
        body,
        _results(body),
        picture,
    )


def _results(body: str) -> str:
    """What the panel's frame holds of all this."""
    more = [f'    "{name}": np.array({name}),\n' for name in ("x", "curves", "visits") if f"\n{name} = " in body]
    return text.RESULTS.replace("MORE", "".join(more))


def _vector(values: tuple[float, ...]) -> str:
    return f"[{', '.join(map(number, values))}]"


def _matrix(values: tuple[tuple[float, ...], ...]) -> str:
    return f"[{', '.join(_vector(row) for row in values)}]"


def _adam(p: EquationParams, seeds: Seeds) -> tuple[str, str, str]:
    numbers = [
        f"eta, beta1, beta2 = {_N(p.adam_lr)}, {_N(p.beta1)}, {_N(p.beta2)}",
        f"eps = {_N(p.eps)}",
        f"t = {p.t}  # the step that is taken apart, counted from 1",
        "steps = 200",
    ]
    stream = text.STREAMS[p.stream.value]
    seed = (1, seeds.init) if p.stream is Stream.NETWORK else (0, seeds.data)
    generator = f"rng = np.random.default_rng(np.random.SeedSequence({seed}))\n" if "rng" in stream else ""
    body = text.ADAM.replace("STREAM", generator + stream.strip("\n"))
    return (
        "\n".join(numbers),
        body.replace("WEIGHT", "" if p.stream is Stream.NETWORK else text.WEIGHT),
        text.COMPONENTS,
    )


def _forward(p: EquationParams, seeds: Seeds) -> tuple[str, str, str]:
    sheet = PROBLEMS[p.equation](p, Ctx(seeds=seeds)).sheet
    image = np.asarray(sheet[0].value, dtype=np.float32)
    shortest = [float(np.format_float_positional(v, unique=True)) for v in image.ravel()]
    numbers = [
        f"time = {_N(p.time)}  # how far the noising has come, as a share of 1000 steps",
        f"row, column = {p.row}, {p.column}  # the pixel whose numbers are printed",
        "# the image, 16 by 16, from -1 (black) to 1 (white)",
        f"x_0 = np.array([\n{rows(shortest)},\n], dtype=np.float32).astype(float).reshape(16, 16)",
    ]
    body = text.FORWARD.replace("SCHEDULE", text.SCHEDULES[p.schedule]).replace("SEED", str(seeds.sample))
    return "\n".join(numbers), body, text.IMAGES


def _own(p: EquationParams, seeds: Seeds) -> tuple[str, str, str]:
    """The typed formula, written from its checked tree: one line for each operation."""
    expression = typed_formula(p.typed)
    # What is named as something of the program itself is gets another name.
    names = [name + "_" if name == "np" or name.startswith("part") else name for name in expression.variables]
    lines, last = _steps(expression, names)
    made = [line.partition(" = ")[0] for line in lines]
    over = min(p.sweep, len(names)) - 1
    body = text.OWN.replace("NAMES", ", ".join(names)).replace("STEPS", "\n    ".join(lines)).replace("OVER", str(over))
    body = body.replace("PARTS", ", ".join(f"{one}={one}" for one in [*names, *made])).replace("LAST", last)
    numbers = [f"    {_N(value)},  # {name}" for name, value in zip(names, p.numbers(), strict=False)]
    head = 'np.seterr(all="ignore")  # outside a function\'s domain the result is no number'
    return f"{head}\nvalues = np.array([\n" + "\n".join(numbers) + "\n])", body, text.OWN_CURVE


def _steps(expression: Expression, names: list[str]) -> tuple[list[str], str]:
    """A line for every operation, inside out, each different one once; and the name of the last."""
    known: dict[Node, Var] = {}
    lines: list[str] = []
    every = list(names)

    def visit(node: Node) -> Const | Var:
        if not isinstance(node, Call):
            return node
        if node not in known:
            flat = Call(node.name, tuple(visit(argument) for argument in node.args))
            source = Expression("", tuple(every), flat).numpy_source()
            every.append(f"part{len(known) + 1}")
            lines.append(f"{every[-1]} = {source}")
            known[node] = Var(len(every) - 1)
        return known[node]

    visit(expression.root)
    return lines, every[-1]


_WRITTEN: Mapping[Equation, Callable[[EquationParams, Seeds], tuple[str, str, str]]] = MappingProxyType(
    {Equation.ADAM: _adam, Equation.FORWARD: _forward, Equation.OWN: _own}
)
