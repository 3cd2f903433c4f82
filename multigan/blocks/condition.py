"""What a conditional game is asked for, as networks see it."""

from dataclasses import dataclass

import keras
from keras import layers

from multigan.errors import UsageError
from multigan.recipe import DataInfo

__all__ = ["Condition", "condition_of"]


@dataclass(frozen=True)
class Condition:
    """A class or a vector.

    Args:
        kind: "label" or "condition", the batch's key.
        length: classes, or entries of the vector.
    """

    kind: str
    length: int

    def input(self) -> keras.KerasTensor:
        """Returns a network's input: labels `(batch,)`, or vectors `(batch, length)`."""
        if self.kind == "label":
            return keras.Input((), dtype="int32", name="label")
        return keras.Input((self.length,), name="condition")

    def encode(self, given: keras.KerasTensor) -> keras.KerasTensor:
        """Returns the input as vectors `(batch, length)`; a class is one-hot."""
        if self.kind == "condition":
            return given
        return layers.CategoryEncoding(self.length, output_mode="one_hot")(layers.Reshape((1,))(given))


def condition_of(data: DataInfo, by: str = "auto") -> Condition:
    """Returns what data can be asked for by: its classes, or else the vectors beside its samples.

    Args:
        data: what the game trains on.
        by: "label", "condition", or "auto": vectors where there are some.

    Raises:
        UsageError: the data has neither, or not the one that is asked for.
    """
    known = {"condition": data.condition, "label": len(data.classes) if len(data.classes) > 1 else 0}
    for kind, length in known.items():
        if length and by in ("auto", kind):
            return Condition(kind, length)
    if len(data.classes) == 1 and by != "condition":
        raise UsageError(f"{data.name}: all of it is of one class, {data.classes[0]}; give two classes or more")
    wanted = {"auto": "labels or conditions", "label": "labels of two classes or more", "condition": "conditions"}[by]
    raise UsageError(
        f"{data.name}: has no {wanted}; use a folder for each class, or -o labels=FILE.csv, or -o conditions=FILE.npy"
    )
