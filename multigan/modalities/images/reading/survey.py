"""What all label maps of a place have in common: how their values are to be taken, before any of them is used."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from multigan.data.collection import Collection, UnreadableError
from multigan.data.threads import in_threads
from multigan.errors import DataError
from multigan.modalities.images.labelmaps import NAME, NONE, Classes
from multigan.modalities.images.reading.numbers import GREYS, Colour, Stored, palette_key, stored, stored_array

__all__ = ["survey"]

# Maps in one task.
_TASK = 16
# Colours that an error lists, and more than a folder of label maps can have.
_LISTED, _MANY = 3, 1000
_MASK = frozenset({(0, (0, 0, 0)), (NONE, (255, 255, 255))})


def survey(collection: Collection, classes: Classes, max_pixels: int) -> tuple[Classes, list[str]]:
    """Returns how the values of some label maps are to be taken, and notes.

    - Masks of black and white, 0 and 255, are two classes, where nobody names another number of classes.
    - Shades of grey are colours where all of them are colours of classes, and not the numbers of the same classes.
    - Where palettes have the same colours in another order, colours are numbered as in the first.

    Raises:
        DataError: all maps are in colours that nothing explains.
    """
    read, coloured, colours, greys, palettes = 0, 0, set(), _Greys(classes), []
    for look in _looks(collection, classes, max_pixels, greys):
        read += 1
        if look.colours:
            coloured += 1
            colours |= set(look.colours if len(colours) < _MANY else ())
        elif look.palette:
            palettes.append(look)
        else:
            greys.add(look.used)
    if coloured and coloured == read and not classes.colours:
        raise DataError(_unexplained(collection.title, classes, sorted(colours)))
    if greys.mask and not palettes:
        return _black_and_white(classes)
    found = replace(classes, greys=greys.colours)
    if greys.colours:
        return found, [f"shades of grey are the colours of classes in {NAME}, and read by colour"]
    return (found, []) if classes.colours or not palettes else _of_palettes(found, palettes)


@dataclass(frozen=True)
class _Look:
    """What was seen of one map: its name, the colours of a file in colours, or else the values with their colours."""

    name: str
    colours: tuple[Colour, ...] = ()
    used: frozenset[tuple[int, Colour | None]] = frozenset()
    shown: tuple[Colour, ...] = ()
    palette: bool = False

    @classmethod
    def at(cls, name: str, found: Stored) -> _Look:
        if found.values.ndim == 3 and not found.grey:
            return cls(name, colours=found.distinct)
        if found.values.ndim == 3:
            found = replace(found, values=found.values[..., 0], shown=GREYS)
        return cls(name, (), frozenset(found.used.items()), found.shown, found.palette)


class _Greys:
    """Values of maps without a palette of their own, until some tell that they are numbers.

    Args:
        classes: that somebody named.
    """

    def __init__(self, classes: Classes):
        self._classes = classes
        self._found: frozenset[tuple[int, Colour | None]] = frozenset()

    def add(self, used: frozenset[tuple[int, Colour | None]]) -> None:
        """Adds those of one map."""
        self._found = self._found | used  # a new set: other threads may be looking at this one

    @property
    def open(self) -> bool:
        """Whether further maps may tell more."""
        if self._classes.colours:
            return all(colour in self._classes.numbers for _, colour in self._found)
        # Before the first of them all maps may be in colours, which is to be found out.
        return not self._found or (len(self._classes.names) in (0, 2) and self._found <= _MASK)

    @property
    def mask(self) -> bool:
        """Whether they are black and white, and two classes at most are named."""
        return self.open and self._found == _MASK and not self._classes.colours

    @property
    def colours(self) -> bool:
        """Whether they are colours of classes, and as numbers they would be others."""
        shown = self._classes.shown
        differing = any(shown[value : value + 1] != (colour,) for value, colour in self._found)
        return bool(self._classes.colours) and self.open and differing


def _looks(collection: Collection, classes: Classes, max_pixels: int, greys: _Greys) -> Iterator[_Look]:
    """Looks at all maps that can be read, and decodes those that may tell something."""

    def key_of(content: object) -> object:
        return palette_key(content, max_pixels) if isinstance(content, bytes) else None

    def look(index: int) -> _Look | None:
        name = collection.names[index]
        try:
            content = collection.read(index)
            key = key_of(content)
            if (not greys.open) if key is None else (classes.colours or (index and key == first)):
                return _Look(name)
            return _Look.at(name, stored(content, max_pixels) if isinstance(content, bytes) else stored_array(content))
        except (UnreadableError, OSError):
            return None  # told when every file is looked at

    try:
        first = key_of(collection.read(0))
    except (UnreadableError, OSError):
        first = None
    return filter(None, in_threads(look, len(collection), _TASK))


def _black_and_white(classes: Classes) -> tuple[Classes, list[str]]:
    names = classes.names or ("0", "1")
    note = f"masks of 0 and {NONE} are two classes here: black is {names[0]}, white is {names[1]}"
    if not classes.names:
        note += f"; if white is to be no class, name the only one in {NAME}: 0, NAME"
    return Classes(names, ("#000000", "#ffffff"), greys=True), [note]


def _of_palettes(classes: Classes, palettes: Sequence[_Look]) -> tuple[Classes, list[str]]:
    """The classes with the colours of the first palette, where those of the others do not contradict them."""
    first, *others = palettes
    shown, differing = first.shown, []
    for look in others:
        if any(shown[value : value + 1] not in ((), (colour,)) for value, colour in look.used):
            differing.append(look)
        else:  # palettes may be cut to the colours that a file uses
            shown += look.shown[len(shown) :]
    coloured = replace(classes, colours=tuple(map(_written, shown)))
    if not differing:
        return coloured, []
    if all(colour in shown for look in differing for _, colour in look.used):
        return coloured, [f"colours are numbered as in the palette of {first.name}: others have another order"]
    count = f"{len(differing):,} ({'' if len(differing) == 1 else 'first '}{differing[0].name})"
    told = f"with a palette of other colours than that of {first.name}: {count}; values are taken as they are stored"
    return classes, [f"{told}; where colours are to tell the classes, write them in {NAME}: 0, NAME, #rrggbb"]


def _unexplained(title: str, classes: Classes, colours: Sequence[Colour]) -> str:
    if len(colours) >= NONE:
        return (
            f"{title}: its files have {len(colours):,} colours and more, which are pictures and no label maps; leave "
            "maps=true out, or give maps with a number a class"
        )
    named = ", ".join(map(_written, colours[:_LISTED])) + (", ..." if len(colours) > _LISTED else "")
    why = f"{NAME} has no colours" if classes.names else f"there is no {NAME}"
    return (
        f"{title}: its label maps are in colours ({named}), and {why}; write in it a line for each class, its number, "
        f"name and colour: 0, NAME, {_written(colours[0])}"
    )


def _written(colour: Colour) -> str:
    return "#{:02x}{:02x}{:02x}".format(*colour)
