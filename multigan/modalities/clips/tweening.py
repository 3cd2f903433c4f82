"""Clips that are made of key frames somebody gave: one for each animation, with all that comes between its frames."""

from __future__ import annotations

import numpy as np

from multigan.data.collection import UnreadableError
from multigan.errors import DataError, UsageError
from multigan.modalities.clips.files import SHOWN, ClipFiles, clip_files
from multigan.modalities.clips.keyframes import Keys, draw_keys
from multigan.modalities.files import write_each, write_samples
from multigan.modalities.inputs import write_inputs
from multigan.modalities.translation import Translated, Translation

__all__ = ["joined", "translate"]


def translate(task: Translation) -> Translated:
    """Makes a clip of each entry's key frames and writes it; see `multigan.modality.Modality.translate`.

    An animation whose frames follow one another in time plays as long as before, with more frames a second.

    Raises:
        UsageError: something that is for pictures alone.
        DataError: not one entry can be read.
        RunFailedError: a sample that is not finite.
    """
    for flag, value in (("--compare", task.compare), ("--tile", task.tile)):
        if value is not None:
            raise UsageError(f"{flag}: for pictures that are made of pictures; leave it out")
    field = next(name for name, values in task.asked.items() if isinstance(getattr(values, "values", None), Keys))
    others = [name for name in task.asked if name != field]
    keys, order = task.asked[field].values, task.asked[field].order
    files, done, skipped, shown, inputs = [], [], [], [], {}
    count = len(task.names)
    task.progress.part("samples", 0, count)
    for row, number in enumerate(map(int, order)):
        try:
            frames, rate = keys.read(number)
        except (UnreadableError, OSError) as error:
            skipped.append((keys.name(number), str(error)))
            continue
        pairs = keys.pairs(frames)
        asked = {name: np.repeat(task.asked[name][row : row + 1], len(pairs), axis=0) for name in others}
        clips = task.game.sample_at(_repeated(task.latents, row, len(pairs)), {**asked, field: pairs})
        clip, own = joined(clips), task.files
        if keys.in_time(number) and keys.field.shape[0] > 1:
            own = _faster(own, rate, clips.shape[1] - 1)
        files += write_each(task.out, clip[None], own, task.format, names=[task.names[row]])
        if task.inputs is not None:
            drawn = {field: draw_keys(frames[None], keys.field)}
            for name, paths in write_inputs(task.inputs, [task.names[row]], drawn).items():
                inputs.setdefault(name, []).extend(paths)
        shown += [clip] * (len(shown) < SHOWN)
        done.append(row)
        task.progress.part("samples", row + 1, count)
    if not done:
        raise DataError(f"no key frames can be read ({skipped[0][0]}: {skipped[0][1]}); mend the files")
    longest = max(map(len, shown))
    shown = [np.concatenate([clip, np.repeat(clip[-1:], longest - len(clip), axis=0)]) for clip in shown]
    preview = write_samples(task.out / f"preview{task.files.suffix}", np.stack(shown), task.files)
    return Translated(files, done, preview, tuple(skipped), (), (), inputs)


def joined(clips: np.ndarray) -> np.ndarray:
    """Returns clips `(count, frames, ...)`, each of which begins as the one before ends, as one."""
    return np.concatenate([clips[:, :-1].reshape(-1, *clips.shape[2:]), clips[-1:, -1]])


def _repeated(latents, row: int, times: int):
    if isinstance(latents, dict):
        return {name: np.repeat(values[row : row + 1], times, axis=0) for name, values in latents.items()}
    return np.repeat(latents[row : row + 1], times, axis=0)


def _faster(files: ClipFiles, rate: float, times: int) -> ClipFiles:
    """How clips of so many times as many frames a second are written."""
    return clip_files((rate or files.rate) * times)
