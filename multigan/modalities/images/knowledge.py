"""What metrics of images have to know of them."""

import importlib.util

from multigan.errors import UsageError
from multigan.metrics.knowledge import Knowledge as Plain
from multigan.metrics.ways import way_back
from multigan.modalities.images.paired import WINDOW

__all__ = ["Knowledge"]


class Knowledge(Plain):
    """Knows whether pictures have colour, a hole, and room for a window."""

    @property
    def colour(self) -> bool:
        """True; a UsageError where pictures are grey."""
        return self._there("colour")

    @property
    def window(self) -> bool:
        """True; a UsageError where pictures are smaller than the window of SSIM."""
        return self._there("window")

    @property
    def hole(self) -> str:
        """The name of the field that tells where pictures have a hole; a UsageError where none does."""
        self._there("hole")
        return self._masks()[0]

    @property
    def back(self) -> bool:
        """True: whether a game knows the way back is asked of the game."""
        return True

    @property
    def scikit_image(self) -> bool:
        """True; a UsageError where it is not installed."""
        return self._there("scikit_image")

    def lacks(self, need, game):
        """Not all pictures have colour, and not every game is asked by a mask or goes there and back."""
        source = self.material.reference
        height, width, channels = source.shape
        if need == "colour" and channels < 3:
            return f"{source.name} is grey"
        if need == "window" and min(height, width) < WINDOW:
            return f"{height} x {width} pixels are fewer than its window of {WINDOW} x {WINDOW}"
        if need == "hole" and not [name for name in self._masks() if game is None or name in game.asks]:
            return "there are no holes"
        if need == "scikit_image" and importlib.util.find_spec("skimage") is None:
            return 'it takes pip install "multigan[pairs]"'
        if need == "back" and way_back(game) is None:
            return "the game does not translate both ways"
        return ""

    def _masks(self):
        return [field.name for field in getattr(self.material.reference, "beside", ()) if field.kind == "mask"]

    def _there(self, need) -> bool:
        if why := self.lacks(need, None):
            raise UsageError(f"cannot be measured: {why}")
        return True
