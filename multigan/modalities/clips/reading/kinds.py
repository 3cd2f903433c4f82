"""Which files hold clips, by their names and heads."""

from __future__ import annotations

from multigan.data.signatures import png_moves

__all__ = ["ADVICE", "FILMS", "FORMATS", "HEAD", "STILLS", "SUFFIXES", "film_format", "moves"]

FILMS = frozenset((".mp4", ".m4v", ".mov", ".webm", ".mkv", ".avi"))
# Kinds of pictures that may move; and those that are frames, or sheets.
_MOVING = frozenset((".gif", ".apng", ".png", ".webp"))
STILLS = frozenset((".png", ".webp", ".jpg", ".jpeg", ".bmp", ".tif", ".tiff", ".ppm", ".pgm"))
SUFFIXES = FILMS | _MOVING | STILLS
# Pillow's words for these. Its EPS, for one, starts another program.
FORMATS = ("PNG", "JPEG", "GIF", "BMP", "WEBP", "TIFF", "PPM")
# Bytes that are looked at: what says that a PNG moves comes before its pixels, and after a colour profile.
HEAD = 1 << 16

_ADVICE = "films of other kinds: ffmpeg -i FILE FILE.mp4 makes them readable"
ADVICE = dict.fromkeys((".mpg", ".mpeg", ".wmv", ".flv", ".3gp", ".ogv", ".ts", ".m2ts", ".vob", ".rm"), _ADVICE)
_ATOMS = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot")


def moves(suffix: str, head: bytes) -> bool:
    """Says whether a picture is an animation, by its suffix and its first `HEAD` bytes."""
    if suffix in (".gif", ".apng"):
        return True
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return png_moves(head)
    webp = head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X"
    return webp and len(head) > 20 and bool(head[20] & 2)


def film_format(head: bytes) -> str:
    """Returns what FFmpeg calls the container that a film's first bytes begin; "" for anything else.

    FFmpeg reads playlists, too, which name other files; so the container is told to it.
    """
    if head[4:8] in _ATOMS:
        return "mov"
    if head.startswith(b"\x1a\x45\xdf\xa3"):
        return "matroska"
    return "avi" if head[:4] == b"RIFF" and head[8:12] == b"AVI " else ""
