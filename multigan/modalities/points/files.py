"""Points as files: a scatter plot over the data and the opponent's scores, a table, an array."""

import csv
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import numpy

from multigan.data.wording import counted
from multigan.errors import UsageError
from multigan.modalities.files import Context, Files, check_values

__all__ = ["check_points", "files", "point_files", "write_scatter"]

SHOWN = 2500  # points in a preview

SIDE = 640  # pixels
MARGIN = 0.15  # of the data's range, on each side
CELLS = 100  # of the surface, along each side
LEVELS = 24
NAMED = 10  # classes whose colours have names
NAME_LENGTH = 24
STRETCH = 10  # an axis gets a scale of its own when the other's range is more than so many times as long
BEHIND, SAMPLES = "#8a8f98", "#5b0f6e"
PALE = ("#a9c1e0", "#f6f6f2", "#efbd9a")  # of scores, from low to high
TEXT = {"fontsize": 9, "color": "#333333"}


def files(context: Context) -> Files:
    """How a run's points are written: drawn over what it kept of its data and over its opponent's score."""
    return point_files(
        origin=context.fact("origin", ()),
        data=None if context.reference is None else context.reference.samples,
        score=None if context.game is None else context.game.score,
    )


def point_files(
    origin: Sequence[float] = (),
    data: numpy.ndarray | None = None,
    score: Callable[[numpy.ndarray], numpy.ndarray | None] | None = None,
) -> Files:
    """How points `(count, d)` are written, all in one file; a preview draws the first two columns.

    Args:
        origin: what each column of `samples` and `data` is measured from; empty for zero.
        data: points of the data `(n, d)`, drawn faint behind the samples; they choose what part of the plane is shown.
        score: maps points `(n, 2)` to `(n,)`; drawn behind two-dimensional points. It may return None.
    """

    def preview(path, points, labels, classes, numbers) -> None:
        write_scatter(path, points, labels, classes, data, score, origin)

    return Files(
        noun="points",
        suffix=".png",
        check=check_points,
        preview=preview,
        formats={"csv": partial(_write_csv, origin=origin), "npy": partial(_write_npy, origin=origin)},
        together=True,
        shown=SHOWN,
        units=partial(_whole, origin=origin),
    )


def check_points(points: numpy.ndarray, first: int = 0) -> None:
    """Raises `UsageError` or `RunFailedError` for what cannot be written; see `multigan.modalities.files`."""
    if points.ndim != 2 or points.shape[1] < 2:
        shape = "x".join(map(str, points.shape))
        raise UsageError(f"samples of shape {shape}: points are count x columns, with two columns or more")
    check_values(points, first)


def write_scatter(
    path: Path,
    samples: numpy.ndarray,
    labels: numpy.ndarray | None = None,
    classes: Sequence[str] = (),
    data: numpy.ndarray | None = None,
    score: Callable[[numpy.ndarray], numpy.ndarray | None] | None = None,
    origin: Sequence[float] = (),
) -> None:
    """Draws samples `(count, d)` over points of the data, and behind both what an opponent makes of each place.

    The data, or without them the samples, choose what is shown; samples outside are counted in the picture's text, and
    so is the origin that the axes begin at.
    """
    import matplotlib
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    centre, half = _window(samples if data is None or not len(data) else data)
    inside = (numpy.abs(samples[:, :2] - centre) <= half).all(axis=1)
    notes = [f"{counted(len(samples), 'sample')}, {len(samples) - inside.sum():,} outside"]
    if samples.shape[1] > 2:
        notes.append(f"the first two of {samples.shape[1]:,} columns")
    # The caller's own settings must neither change the picture nor be changed by it.
    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        figure = Figure(figsize=(SIDE / 100, SIDE / 100), dpi=100)
        FigureCanvasAgg(figure)
        axes = figure.add_axes((0.09, 0.06, 0.89, 0.89))
        if score is not None and samples.shape[1] == 2:
            notes += _draw_surface(axes, score, centre, half)
        if data is not None:
            axes.scatter(*data[:, :2].T, s=5, color=BEHIND, alpha=0.35, linewidths=0)
        colours = SAMPLES if labels is None else [_colour(label, len(classes)) for label in labels[inside]]
        axes.scatter(*samples[inside, :2].T, s=14, color=colours, edgecolors="white", linewidths=0.3)
        axes.set_xlim(centre[0] - half[0], centre[0] + half[0])
        axes.set_ylim(centre[1] - half[1], centre[1] + half[1])
        if half[0] == half[1]:
            axes.set_aspect("equal")
        axes.tick_params(labelsize=8, colors=TEXT["color"])
        if labels is not None and len(classes) <= NAMED:
            _name_colours(axes, numpy.unique(labels), classes)
        begin = f"axes from {' and '.join(f'{start:,.15g}' for start in origin[:2])}\n" if any(origin[:2]) else ""
        axes.set_title(begin + "; ".join(notes), loc="left", **TEXT)
        # Without the library's version in it, the same samples make the same file.
        figure.savefig(path, format="png", metadata={"Software": None})


def _window(points: numpy.ndarray) -> tuple[numpy.ndarray, numpy.ndarray]:
    """Returns the middle and half of the sides of what is shown, each float64 `(2,)`."""
    low = points[:, :2].min(axis=0).astype(numpy.float64)
    high = points[:, :2].max(axis=0).astype(numpy.float64)
    half = (high - low) / 2
    if half.max() <= STRETCH * half.min():
        half[:] = half.max()
    # A side without extent gets that of the other, or as much as the numbers' size asks for.
    half[half == 0] = half.max() or max(1.0, numpy.abs(high).max())
    return (low + high) / 2, half * (1 + 2 * MARGIN)


def _draw_surface(axes, score, centre, half) -> list[str]:
    from matplotlib.colors import LinearSegmentedColormap

    sides = [numpy.linspace(c - h, c + h, CELLS) for c, h in zip(centre, half, strict=True)]
    x, y = numpy.meshgrid(*sides)
    values = score(numpy.stack([x.ravel(), y.ravel()], axis=1).astype(numpy.float32))
    if values is None:
        return []
    values = numpy.asarray(values, numpy.float64).reshape(CELLS, CELLS)
    if not numpy.isfinite(values).all():
        return ["the opponent's score is not finite"]
    low, high = numpy.percentile(values, [1, 99])
    if high - low <= 1e-6 * max(abs(low), abs(high)):
        return [f"the opponent's score is {low:.3g} everywhere"]
    colours = LinearSegmentedColormap.from_list("pale", PALE)
    levels = numpy.linspace(low, high, LEVELS + 1)
    axes.contourf(x, y, values, levels=levels, cmap=colours, extend="both", zorder=0)
    return [f"the opponent's score: {low:.3g} (blue) to {high:.3g} (orange)"]


def _name_colours(axes, labels: numpy.ndarray, classes: Sequence[str]) -> None:
    from matplotlib.lines import Line2D

    dots = [Line2D([], [], marker="o", linestyle="", color=_colour(label, len(classes))) for label in labels]
    names = [classes[label][:NAME_LENGTH].replace("$", r"\$") for label in labels]
    axes.legend(dots, names, loc="upper right", fontsize=7, markerscale=0.6, framealpha=0.7, labelcolor=TEXT["color"])


def _colour(label: int, count: int):
    import matplotlib

    if count <= NAMED:
        return matplotlib.colormaps["tab10"](int(label) % 10)
    return matplotlib.colormaps["hsv"](int(label) / count)


def _whole(points: numpy.ndarray, origin: Sequence[float]) -> numpy.ndarray:
    """The points in the data's own units: float32, or float64 where that is too short for them."""
    return points.astype(numpy.float64) + numpy.array(origin) if origin else points


def _write_csv(
    path: Path,
    points: numpy.ndarray,
    labels: numpy.ndarray | None,
    classes: Sequence[str],
    origin: Sequence[float] = (),
) -> None:
    columns = points.shape[1]
    header = list("xyz"[:columns]) if columns <= 3 else [f"x{number}" for number in range(1, columns + 1)]
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(header + ["label"] * (labels is not None))
        precisions = [17 if start else 9 for start in origin or (0,) * columns]
        for index, point in enumerate(_whole(points, origin)):
            # Nine digits give a float32 back to the bit, and 17 a float64.
            values = [f"{value:.{digits}g}" for value, digits in zip(point, precisions, strict=True)]
            writer.writerow(values + ([] if labels is None else [classes[labels[index]]]))


def _write_npy(
    path: Path,
    points: numpy.ndarray,
    labels: numpy.ndarray | None,
    classes: Sequence[str],
    origin: Sequence[float] = (),
) -> None:
    with path.open("wb") as file:
        numpy.save(file, _whole(points, origin), allow_pickle=False)
