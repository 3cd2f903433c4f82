"""Line charts as inline SVG that takes its colours from the page, so that they suit light and dark alike."""

import html
import io
import math
import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy

__all__ = ["MAXIMUM", "Series", "draw_chart"]

MAXIMUM = 12  # series in one chart: six colours, each solid and dashed
POINTS = (
    600  # more than a screen shows; a longer series is drawn as the means of stretches, with a band to their extremes
)
WIDTH, HEIGHT = 400, 235  # of the drawing, in pixels; near the width of a phone, so that its text stays legible there
CROSSES = 50  # values that are not finite, marked in each series; all of them are counted in the text
FEW = 30  # points up to which each one is marked

# Colours that stand for CSS variables of the page, and are replaced by them.
_INK, _GRID = "#b10001", "#b10002"
_COLOURS = tuple(f"#c1000{number}" for number in range(1, 7))
_VARIABLES = {_INK: "var(--soft)", _GRID: "var(--line)"} | {c: f"var(--s{i})" for i, c in enumerate(_COLOURS, start=1)}

_STYLE = {
    "svg.fonttype": "none", "svg.hashsalt": "multigan", "figure.facecolor": "none", "font.sans-serif": ["DejaVu Sans"],
    "font.family": ["sans-serif"], "font.size": 11, "text.parse_math": False, "text.color": _INK,
    "axes.edgecolor": _INK, "axes.labelcolor": _INK, "axes.facecolor": "none", "axes.spines.top": False,
    "axes.spines.right": False, "axes.linewidth": 0.8, "axes.unicode_minus": False, "axes.axisbelow": True,
    "xtick.color": _INK, "ytick.color": _INK, "xtick.major.width": 0.8, "ytick.major.width": 0.8, "xtick.major.size": 3,
    "ytick.major.size": 3, "grid.color": _GRID, "grid.linewidth": 0.8, "lines.linewidth": 1.6, "figure.dpi": 72,
}  # fmt: skip


@dataclass(frozen=True)
class Series:
    """One line of a chart: values at steps, in the steps' order. Values that are not finite are marked at the top."""

    name: str
    steps: Sequence[int]
    values: Sequence[float]


def draw_chart(
    series: Sequence[Series],
    *,
    label: str,
    key: str,
    marks: Sequence[int] = (),
    reference: float | None = None,
    limits: tuple[float | None, float | None] = (None, None),
    logarithmic: bool = False,
) -> tuple[str, str]:
    """Draws up to twelve series over steps.

    Args:
        series: at least one; the n-th is drawn in the page's colour `--s(n mod 6)`, from the seventh on dashed.
        label: of the vertical axis, with the unit.
        key: unique on the page; it starts the ids in the drawing.
        marks: steps with a dotted vertical line.
        reference: value with a dotted horizontal line.
        limits: of the vertical axis; None leaves a side to the data.
        logarithmic: use a logarithmic axis when the values span more than a decade or so.

    Returns:
        The SVG element, and a note about the axis or the drawing that a reader needs, or "".
    """
    import matplotlib
    from matplotlib.backends.backend_svg import FigureCanvasSVG
    from matplotlib.figure import Figure

    # The caller's own settings must neither change the report nor be changed by it.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_STYLE)
        figure = Figure(figsize=(WIDTH / 72, HEIGHT / 72))
        axes = figure.add_axes((0.13, 0.16, 0.84, 0.73))
        notes = []
        for index, line in enumerate(series):
            notes.append(_draw_series(axes, index, line))
        _name_crosses(axes, series)
        notes.append(_scale(axes, series, logarithmic))
        _frame(axes, label, series, marks, reference, limits)
        buffer = io.StringIO()
        FigureCanvasSVG(figure).print_svg(buffer, metadata=dict.fromkeys(("Date", "Creator", "Format", "Type")))
    return _inline(buffer.getvalue(), label, key), " ".join(dict.fromkeys(filter(None, notes)))


def _draw_series(axes, index: int, line: Series) -> str:
    colour, dashes = _COLOURS[index % 6], "-" if index < 6 else (0, (4, 2))
    steps, values = numpy.asarray(line.steps), numpy.asarray(line.values, dtype=float)
    finite = numpy.isfinite(values)
    for step in steps[~finite][:CROSSES]:
        axes.plot(step, 1, "x", color=colour, transform=axes.get_xaxis_transform(), clip_on=False)
    if not finite.any():
        return ""
    note = ""
    if len(steps) > POINTS:
        size = math.ceil(len(steps) / POINTS)
        starts = numpy.arange(0, len(steps), size)
        counts = numpy.add.reduceat(finite.astype(int), starts)
        low = numpy.minimum.reduceat(numpy.where(finite, values, numpy.inf), starts)
        high = numpy.maximum.reduceat(numpy.where(finite, values, -numpy.inf), starts)
        mean = numpy.add.reduceat(numpy.where(finite, values, 0.0), starts) / numpy.where(counts, counts, numpy.nan)
        steps = steps[numpy.minimum(starts + size // 2, len(steps) - 1)]
        axes.fill_between(steps, low, high, where=counts > 0, color=colour, alpha=0.18, linewidth=0)
        values, note = mean, f"Each point is the mean of {size} log lines; the band spans their extremes."
    # A value that is not finite interrupts the line: no line is drawn across it.
    values = numpy.where(numpy.isfinite(values), values, numpy.nan)
    marker = "." if len(steps) <= FEW else ""
    axes.plot(steps, values, linestyle=dashes, color=colour, marker=marker, markersize=5)
    return note


def _name_crosses(axes, series: Sequence[Series]) -> None:
    """Writes over the first cross of each series what it stands for; series that meet there share the words."""
    words: dict[int, list[str]] = {}
    for line in series:
        bad = [
            (step, str(value)) for step, value in zip(line.steps, line.values, strict=True) if not math.isfinite(value)
        ]
        for step, word in bad[:1]:
            words.setdefault(step, []).append(word)
    middle = numpy.mean([step for line in series for step in (line.steps[0], line.steps[-1])])
    for step, found in words.items():
        side = "right" if step > middle else "left"
        told = ", ".join(dict.fromkeys(found))
        axes.text(step, 1.03, told, ha=side, transform=axes.get_xaxis_transform())


def _scale(axes, series: Sequence[Series], logarithmic: bool) -> str:
    """Chooses the vertical axis; tells when it is not the ordinary one."""
    from matplotlib.ticker import LogLocator, MaxNLocator, SymmetricalLogLocator

    values = numpy.concatenate([numpy.asarray(line.values, dtype=float) for line in series])
    size = numpy.abs(values[numpy.isfinite(values)])
    positive = size[size > 0]
    axes.yaxis.set_major_locator(MaxNLocator(5))
    if not len(positive):
        return ""
    if logarithmic and positive.max() > 20 * positive.min():
        if len(positive) == len(size):
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(numticks=6))
            axes.yaxis.minorticks_off()
            return "Logarithmic axis."
        threshold = positive.min()
    elif positive.max() > 1000 * numpy.median(positive):
        threshold = numpy.median(positive)
    else:
        return ""
    axes.set_yscale("symlog", linthresh=threshold)
    locator = SymmetricalLogLocator(base=10, linthresh=threshold)
    locator.set_params(numticks=6)
    axes.yaxis.set_major_locator(locator)
    axes.yaxis.minorticks_off()
    return f"Logarithmic axis beyond {threshold:.2g}."


def _frame(axes, label, series, marks, reference, limits) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axes.grid(axis="y")
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, position: f"{value:.6g}"))
    axes.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, position: f"{value:,.0f}"))
    steps = [step for line in series for step in line.steps]
    if min(steps) < max(steps):
        margin = 0.02 * (max(steps) - min(steps))
        axes.set_xlim(min(steps) - margin, max(steps) + margin)
    if reference is not None:
        axes.axhline(reference, color=_INK, linewidth=1, linestyle=(0, (1, 2)))
    low, high = axes.get_ylim()
    axes.set_ylim(*(given if given is not None else own for given, own in zip(limits, (low, high), strict=True)))
    for step in marks:
        axes.axvline(step, color=_INK, linewidth=1, linestyle=(0, (1, 2)))
    axes.set_xlabel("step", loc="right", labelpad=1)
    # Above the axis and upright: it is read without turning the head, and takes no width from a phone.
    axes.text(-0.135, 1.07, label, transform=axes.transAxes, ha="left", va="bottom")


def _inline(document: str, label: str, key: str) -> str:
    """Makes a whole SVG document an element of an HTML page, with ids of its own and the page's colours."""
    svg = document[document.index("<svg") :]
    svg = re.sub(r"<!--.*?-->|<metadata>.*?</metadata>|<style.*?</style>", "", svg, flags=re.DOTALL)
    opening = f'<svg viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-label="{html.escape(label)} over steps">'
    svg = re.sub(r"<svg[^>]*>", lambda match: opening, svg, count=1)
    svg = svg.replace("xlink:href=", "href=")
    svg = re.sub(r" font-family: [^;]*;", "", svg)  # the page's own font
    used = set(re.findall(r'(?:href="|url\()#([^")]+)', svg))
    svg = re.sub(r' id="([^"]+)"', lambda m: f' id="{key}-{m[1]}"' if m[1] in used else "", svg)
    svg = re.sub(r'(href="|url\()#', rf"\g<1>#{key}-", svg)
    for colour, variable in _VARIABLES.items():
        svg = svg.replace(colour, variable)
    return re.sub(r"\n\s*", "\n", svg)
