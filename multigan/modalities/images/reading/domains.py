"""What goes in and what is made: from a place, or two, to lists of pictures that belong together."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from multigan.data.annotations import annotate
from multigan.data.arrays import read_npy
from multigan.data.collection import Collection, UnreadableError
from multigan.data.folders import suffix_of
from multigan.data.places import find_place
from multigan.data.zips import member_content
from multigan.errors import DataError, UsageError
from multigan.modalities.images.labelmaps import NAME, Classes, count_of, is_colour, parse_classes
from multigan.modalities.images.reading.arrays import array_collection
from multigan.modalities.images.reading.collect import collect_images
from multigan.modalities.images.reading.maps import array_maps
from multigan.modalities.images.reading.names import by_names
from multigan.modalities.images.reading.splits import left_out, parts_of, refuse_domains
from multigan.recipe import DataSource, load_object

__all__ = ["Domains", "collect_domains", "some_of"]


@dataclass(frozen=True)
class Domains:
    """The pictures of some data, none of them decoded yet.

    Args:
        images: those that are made.
        inputs: those that go in; None where there are none, or they are made of the images.
        aligned: whether picture n of one belongs to picture n of the other.
        sides: which half of a file is an image, and which one goes in: `"left"`, `"right"`; "": the whole.
        classes: of inputs that are label maps; None: they are pictures.
        named: whether partners are those of the same name.
        lone: (name, reason) of files without a partner.
        notes: for the report.
        test: pictures that training does not see, from folders of their own.
    """

    images: Collection
    inputs: Collection | None = None
    aligned: bool = True
    sides: tuple[str, str] = ("", "")
    classes: Classes | None = None
    named: bool = False
    lone: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    test: Domains | None = None


def collect_domains(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Domains:
    """Returns the pictures at a place, and at the one that the option `to` names.

    Args:
        spec: as for `collect_images`.
        options: of the data.
        datasets: the registered data sets by name.

    Raises:
        DataError: nothing there, nothing that holds images, or no two pictures that belong together.
        UsageError: options that do not fit one another.
    """
    parts = {} if options["to"] else parts_of(spec, options["pairs"], datasets)
    unlabelled = {**options, "labels": "", "conditions": ""}
    if parts and options["pairs"] == "sides":
        train, held = parts.values()
        found = _of_one(str(train), options, datasets)
        test = _of_one(str(held), unlabelled, datasets)
        return replace(found, test=test, notes=(*_said(held), *left_out(train.parent, (train, held)), *found.notes))
    if parts:
        found = _of_two(str(parts["traina"]), str(parts["trainb"]), options, datasets)
        test = None
        held = [parts[name] for name in ("testa", "testb") if name in parts]
        if len(held) == 2:
            paired = {"pairs": options["answers"] or options["pairs"]}
            test = _of_two(*map(str, held), {**unlabelled, **paired}, datasets)
        told = f"the folders {parts['traina'].name} and {parts['trainb'].name} are read: what goes in, what is made"
        held = held if test else ()
        beside = left_out(parts["traina"].parent, (parts["traina"], parts["trainb"], *held))
        return replace(found, test=test, notes=(told, *_said(*held), *beside, *found.notes))
    if options["to"]:
        if options["pairs"] == "sides":
            raise UsageError(f"pairs=sides and --to {options['to']} exclude each other: sides lie in one file")
        return _of_two(spec, options["to"], options, datasets)
    if options["maps"]:
        found = _of_one(spec, options, datasets) if spec in datasets else None
        if found is None or found.classes is None:
            raise UsageError("maps=true needs the pictures that belong to the maps: --data MAPS --to PICTURES")
        return found
    if options["pairs"] == "names" and not options["make"]:
        found = _of_one(spec, options, datasets)
        if found.inputs is None:
            raise UsageError(
                "pairs=names needs a second place: --data INPUTS --to IMAGES; or have inputs made of the images, such "
                "as by -o make=grey; or both lie in one file: -o pairs=sides"
            )
        return found
    return _of_one(spec, options, datasets)


def some_of(collection: Collection, rows: np.ndarray) -> Collection:
    """Returns some samples of a collection, in the order of `rows`, int64 `(count,)`."""
    read = collection.read
    return replace(
        collection,
        names=[collection.names[row] for row in rows],
        read=lambda index: read(int(rows[index])),
        labels=None if collection.labels is None else collection.labels[rows],
        conditions=None if collection.conditions is None else collection.conditions[rows],
        paths=[collection.paths[row] for row in rows] if len(collection.paths) else (),
    )


def _said(*held: Path) -> tuple[str, ...]:
    told = " and ".join(path.name for path in held)
    return (f"{told} {'is' if len(held) == 1 else 'are'} held out from training, to measure with",) if held else ()


def _of_one(spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Domains:
    """One place: images alone, with inputs beside them in their files, or a data set that has both."""
    loaded = _loaded(spec, datasets)
    found = _of_loaded(spec, options, datasets, loaded)
    if loaded is None or loaded.get("held_out") is None:
        return found
    kept = {key: value for key, value in loaded["held_out"].items() if key in ("image", "source", "aligned")}
    if ("source" in kept) != ("source" in loaded):
        raise DataError(f"{spec}: of its images and its held-out images only one have sources; give both or none")
    like = {key: loaded[key] for key in ("aligned", "source_classes", "source_colours") if key in loaded}
    test = _of_loaded(spec, {**options, "labels": "", "conditions": ""}, datasets, {**like, **kept})
    told = f"a part of its own is held out from training, to measure with: {len(test.images):,} images"
    return replace(found, test=test, notes=(told, *found.notes))


def _of_loaded(
    spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource], loaded: Mapping[str, Any] | None
) -> Domains:
    """One place, of whose data set `loaded` is what it gave."""
    if options["pairs"] == "sides":
        images = _images(spec, options, datasets, loaded)
        sides = ("right", "left") if options["order"] == "ab" else ("left", "right")
        inputs = replace(images, notes=(), labels=None, classes=(), conditions=None)
        told = f"the {sides[1]} half of each file goes in, and the {sides[0]} half is made (option order)"
        return Domains(images, inputs, sides=sides, notes=(told,))
    if loaded is None or "source" not in loaded:
        found = _images(spec, options, datasets, loaded)
        refuse_domains(found)
        return Domains(found)
    images, given = _images(spec, options, datasets, loaded), np.asarray(loaded["source"])
    aligned, classes = bool(loaded.get("aligned", True)), _classes_of(spec, loaded)
    title = f"{spec}: source"
    inputs = array_maps(title, given) if classes is not None else array_collection(title, given)
    if aligned and len(inputs) != len(images):
        raise DataError(f"{spec}: {len(inputs):,} sources of {len(images):,} images; give one each, or aligned=False")
    return Domains(images, inputs, aligned, classes=classes)


def _classes_of(spec: str, loaded: Mapping[str, Any]) -> Classes | None:
    """What a data set says that the values of its label maps mean; None where it has pictures."""
    names, colours = loaded.get("source_classes"), tuple(loaded.get("source_colours", ()))
    if names is None:
        return None
    names = tuple(map(str, names))
    if colours and (len(colours) != len(names) or not all(is_colour(each) for each in colours)):
        raise DataError(
            f"{spec}: source_colours are one '#rrggbb' for each of the {len(names):,} source_classes, or none"
        )
    return Classes(names, colours)


def _of_two(spec: str, to: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]) -> Domains:
    """Two places: inputs and images, that belong together by their names or not at all."""
    images, classes, notes = _images(to, options, datasets), None, []
    if options["maps"]:
        inputs, classes, notes = _maps(spec, options, datasets)
    else:
        inputs = collect_images(spec, {**options, "labels": "", "conditions": ""}, datasets)
        if (Path(os.path.expanduser(spec)) / NAME).is_file():
            notes.append(
                f"{inputs.title} is read as pictures, and {NAME} lies among them: -o maps=true reads label maps"
            )
    inputs = replace(inputs, labels=None, classes=(), conditions=None)
    if options["make"]:
        notes.append(f"what goes in lies in {inputs.title}; nothing is made by make={options['make']}")
    if _same(spec, to):
        what = "each picture is its own answer" if options["pairs"] == "names" else "there is nothing to translate"
        notes.append(f"what goes in and what is made are the same pictures, so that {what}: {to} is given for both")
    if options["pairs"] != "names":
        return Domains(images, inputs, False, classes=classes, notes=tuple(notes))
    ours, theirs, lone = by_names(images, inputs)
    if lone:
        places = Counter(title for title, _, _ in lone)
        first = {title: name for title, name, _ in reversed(lone)}
        told = ", ".join(f"{places[title]:,} of {title} (first {first[title]})" for title in places)
        notes.append(f"files without a partner of the same name, left out: {told}")
    named = tuple((f"{title}: {name}", reason) for title, name, reason in lone)
    images, inputs = some_of(images, ours), some_of(inputs, theirs)
    return Domains(images, inputs, classes=classes, named=True, lone=named, notes=tuple(notes))


def _same(spec: str, to: str) -> bool:
    """Whether both are one place."""
    return os.path.realpath(os.path.expanduser(spec)) == os.path.realpath(os.path.expanduser(to))


def _images(
    spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource], loaded: Mapping[str, Any] | None = None
) -> Collection:
    """The samples at a place, with the labels and conditions that options name."""
    found = collect_images(spec, options, datasets, loaded=loaded)
    return annotate(found, options["labels"], options["conditions"])


def _loaded(spec: str, datasets: Mapping[str, DataSource]) -> Mapping[str, Any] | None:
    """Returns what a registered data set gives, which is asked once, by name; None for all else."""
    if spec not in datasets:
        return None
    place = find_place(spec, "images", datasets)
    loaded = load_object(place.load)()
    return loaded if isinstance(loaded, Mapping) else dict(zip(("image", "label", "classes"), loaded, strict=True))


def _maps(
    spec: str, options: Mapping[str, Any], datasets: Mapping[str, DataSource]
) -> tuple[Collection, Classes, list[str]]:
    """Label maps at a place, what their values mean, and notes."""
    path = Path(os.path.expanduser(spec))
    beside = [folder / NAME for folder in ((path, path.parent) if path.is_dir() else (path.parent,))]
    if suffix_of(path.name) == ".npy" and path.is_file():
        found = array_maps(str(path), read_npy(path))
    else:
        plain = {**options, "labels": "", "conditions": ""}
        found = collect_images(spec, plain, datasets, beside=beside)
        if suffix_of(path.name) == ".npz" or not isinstance(_first(found), bytes | None):
            raise DataError(f"{spec}: label maps are read from a folder or zip of PNG files, or from a .npy; save one")
    content, title = None, ""
    if suffix_of(path.name) == ".zip" and path.is_file():
        content, title = member_content(path, NAME), f"{path}: {NAME}"
    for place in () if content else beside:
        if content is None and place.is_file():
            content, title = place.read_bytes(), str(place)
    if content is None:
        return found, Classes(), []
    classes = parse_classes(content, title)
    return found, classes, [f"the label maps' classes are from {NAME}: {count_of(classes.names)}"]


def _first(collection: Collection) -> bytes | np.ndarray | None:
    try:
        return collection.read(0)
    except (UnreadableError, OSError):  # told when every file is looked at
        return None
