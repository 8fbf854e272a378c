"""Formula, live values, marks and the sentence below the picture."""

from __future__ import annotations

from typing import TYPE_CHECKING

from courseai_lab.contract import Formula, Mark, Term
from courseai_lab.kernels.number_text import number, percent, plural
from courseai_lab.panels.cfg.params import CfgLook, CfgParams, Page

if TYPE_CHECKING:
    from courseai_lab.panels.cfg.frame import Frame


def formula(p: CfgParams, look: CfgLook) -> Formula:
    """Guidance of scores on the plane, of the network's prediction on pictures."""
    if p.page is Page.EXACT:
        tex = (
            r"\term{guided}{s_w} = \term{without}{s_u} + \term{scale}{w}\,(\term{with}{s_c} - s_u),\quad "
            r"s_c = \nabla \ln p(x \mid c),\; s_u = \nabla \ln p(x)"
        )
        what, other = "score", "of everything, or of the class to lead away from"
    else:
        tex = (
            r"\term{guided}{\hat v_w} = \term{without}{\hat v_u} + \term{scale}{w}\,(\term{with}{\hat v_c} - \hat v_u)"
        )
        what, other = "prediction", "without a prompt, or with the negative one"
    return Formula(
        tex,
        (
            Term("guided", f"The guided {what}: what the sampler follows.", "model"),
            Term("without", f"The {what} {other}.", "noise"),
            Term("scale", "The guidance scale: 1 is no guidance."),
            Term("with", f"The {what} with what was asked.", "data"),
        ),
    )


def readings(frame: Frame, p: CfgParams, look: CfgLook) -> dict[str, float | str]:
    """The scale, and on a step taken apart the lengths of its predictions."""
    if frame.scales is None or frame.norm_with is None or frame.norm_without is None or frame.norm_guided is None:
        return {"scale": p.scale}
    at = frame.at
    return {
        "scale": float(frame.scales[at]),
        "with": f"length {number(float(frame.norm_with[at]))}",
        "without": f"length {number(float(frame.norm_without[at]))}",
        "guided": f"length {number(float(frame.norm_guided[at]))}",
    }


def marks(frame: Frame, p: CfgParams) -> dict[str, tuple[Mark, ...]]:
    """Where guidance is none."""
    return {"scale": (Mark(1.0, "no guidance"),)}


def sentence(frame: Frame, p: CfgParams, look: CfgLook) -> str:
    """What is seen now."""
    if frame.page == "grid":
        assert frame.cell_done is not None
        rows, columns = frame.cell_done.shape
        done = int(frame.cell_done.sum())
        left = "" if done == rows * columns else f", {done} of them drawn so far"
        return f"{rows} rows of {plural(columns, 'scale')}{left}; click a picture to make its settings the state."
    if frame.page == "mechanism":
        return _of_step(frame)
    if frame.preview:
        return f"Scale {p.scale:g}: a preview in {plural(frame.steps_taken, 'step')}; the pictures follow."
    if frame.page == "exact":
        return _of_plane(frame, p)
    assert frame.agreement_now is not None and frame.diversity_now is not None and frame.excess_now is not None
    shown = 0 if frame.pictures is None else len(frame.pictures)
    apart = f", two of them differ by {number(frame.diversity_now)} in features" if shown > 1 else ""
    if not len(frame.agreement_now):
        return (
            f"Scale {p.scale:g}: nothing is asked that the judge could check{apart}; "
            f"{percent(frame.excess_now)} of the colour values are cut off."
        )
    colours, count, right = (percent(float(share)) for share in frame.agreement_now)
    return (
        f"Scale {p.scale:g}: of {plural(shown, 'picture')} {colours} have the colours asked, {count} the number, "
        f"{right} everything{apart}, and {percent(frame.excess_now)} of the colour values are cut off."
    )


def _of_plane(frame: Frame, p: CfgParams) -> str:
    assert frame.agreement_now is not None and frame.diversity_now is not None and frame.excess_now is not None
    if frame.away == f"class {frame.wanted}":
        return (
            f"Both branches are class {frame.wanted}: their difference is zero, and no scale changes anything "
            f"(spread {number(frame.diversity_now)} of the true one)."
        )
    judged = {True: "no guidance, the true class", False: ""}[p.scale == 1.0 and frame.away == "all classes"]
    if not judged:
        judged = "too much: they have left the class" if frame.excess_now > 0.25 else "guided"
        judged = "the class is ignored" if p.scale == 0 else judged
    return (
        f"Scale {p.scale:g}, {judged}: {percent(float(frame.agreement_now[0]))} of the samples are in class "
        f"{frame.wanted}, their spread is {number(frame.diversity_now)} of the true one, and "
        f"{percent(frame.excess_now)} lie where the class hardly ever is (1\u202f% would be right)."
    )


def _of_step(frame: Frame) -> str:
    assert frame.times is not None and frame.scales is not None and frame.angle is not None
    assert frame.norm_difference is not None and frame.norm_with is not None and frame.norm_guided is not None
    at = frame.at
    return (
        f"Step {at + 1} of {len(frame.times)}, t/T = {number(float(frame.times[at]))}: the prompt turns the "
        f"prediction by {number(float(frame.angle[at]))}°; the difference, "
        f"{number(float(frame.norm_difference[at]))} long, counts {number(float(frame.scales[at]))} times, and the "
        f"guided one is {number(float(frame.norm_guided[at]))} long instead of {number(float(frame.norm_with[at]))}."
    )
