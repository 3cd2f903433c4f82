"""What is dropped on the page: looked at before anything opens it, and kept under a name of the studio's own."""

import hashlib
import shutil
import warnings
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from multigan import DataError

__all__ = ["BYTES", "PIXELS", "checked_picture", "digest", "kept_file", "kept_picture"]

# Of one file, and of one picture: a page is to answer soon, and `multigan sample --input` takes larger ones.
BYTES = 20_000_000
PIXELS = 4_200_000
SUFFIXES = {"PNG": ".png", "JPEG": ".jpg", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif"}


def checked_picture(path: Path) -> tuple[str, tuple[int, int]]:
    """Returns the suffix that a picture's format has, and its (width, height), by its header alone.

    Raises:
        DataError: it is too large, or no picture.
    """
    size = path.stat().st_size
    if size > BYTES:
        raise DataError(f"this file has {size / 1e6:.0f} MB, and the page takes {BYTES / 1e6:.0f} MB at most")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(path, formats=tuple(SUFFIXES)) as image:
                suffix, sides = SUFFIXES[image.format], image.size
    except Image.DecompressionBombError:
        raise DataError(f"this picture is too large; the page takes {PIXELS / 1e6:.0f} million pixels") from None
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError):
        raise DataError("this is no picture that can be read; drop a PNG, JPEG, WebP, GIF, BMP or TIFF") from None
    if sides[0] * sides[1] > PIXELS:
        told = f"{sides[0]:,} x {sides[1]:,} pixels are too many for the page"
        raise DataError(f"{told}, which takes {PIXELS / 1e6:.0f} million; `multigan sample --input` takes more")
    return suffix, sides


def kept_picture(path: Path, folder: Path, name: str) -> Path:
    """Copies a picture that was checked to `FOLDER/NAME` with the suffix of its format; raises as `checked_picture`."""
    suffix, _ = checked_picture(path)
    return _copied(path, folder / f"{name}{suffix}")


def kept_file(path: Path, folder: Path, name: str) -> Path:
    """Copies another file, whose own suffix it keeps.

    Raises:
        DataError: it is too large.
    """
    if path.stat().st_size > BYTES:
        raise DataError(f"this file is too large; the page takes {BYTES / 1e6:.0f} MB at most")
    suffix = path.suffix.lower() if path.suffix[1:].isalnum() else ""
    return _copied(path, folder / f"{name}{suffix}")


def digest(path: Path) -> str:
    """Returns the SHA-256 of a file."""
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _copied(path: Path, target: Path) -> Path:
    target.parent.mkdir(parents=True, exist_ok=True)
    shutil.copyfile(path, target)
    return target
