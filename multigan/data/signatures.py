"""What a file is by its first bytes, whatever it is called: for messages on files that are something else."""

from __future__ import annotations

import re
import struct

__all__ = ["HEAD", "looks_like", "png_moves"]

# Bytes that `looks_like` wants to see; those of a tar file are the furthest in.
HEAD = 512

_IMAGE = "an image ({})"
_SOUND = "a sound ({})"
# Signatures of few letters, which a text may begin with as well, are left out, or have more around them.
_SIGNATURES: tuple[tuple[bytes, str], ...] = (
    (rb"\x89PNG\r\n", _IMAGE.format("PNG")),
    (rb"\xff\xd8\xff", _IMAGE.format("JPEG")),
    (rb"GIF8[79]a", _IMAGE.format("GIF")),
    (rb"(?:II\x2a\0|MM\0\x2a|II\x2b\0|MM\0\x2b)", _IMAGE.format("TIFF")),
    (rb"RIFF.{4}WEBP", _IMAGE.format("WebP")),
    (rb"BM.{4}\0\0\0\0", _IMAGE.format("BMP")),
    (rb"\0.{3}ftyp(?:avif|avis|heic|heix|mif1)", _IMAGE.format("HEIF or AVIF")),
    (rb"\0.{3}ftypcrx ", _IMAGE.format("camera raw")),
    (rb"(?:RIFF|RF64|BW64|RIFX|FFIR).{4}WAVE", _SOUND.format("WAV")),
    (rb"riff\x2e\x91\xcf\x11", _SOUND.format("W64")),
    (rb"fLaC", _SOUND.format("FLAC")),
    (rb"OggS\0", _SOUND.format("Ogg")),
    (rb"FORM.{4}AIF[FC]", _SOUND.format("AIFF")),
    (rb"caff\0", _SOUND.format("CAF")),
    (rb"\.snd\0\0", _SOUND.format("AU")),
    (rb"ID3[\x02-\x04]", _SOUND.format("MP3")),
    (rb"\0.{3}ftyp(?:M4A|M4B)", _SOUND.format("MPEG-4, .m4a")),
    (rb"\0.{3}ftyp", "an MPEG-4 file (.mp4, .mov or .m4a)"),
    (rb"\x30\x26\xb2\x75\x8e\x66\xcf\x11", _SOUND.format("Windows Media, .wma")),
    (rb"\xff[\xf0\xf1\xf8\xf9]", _SOUND.format("AAC")),
    (rb"\xff[\xfa\xfb\xf2\xf3\xe2\xe3]", _SOUND.format("MP3")),
    (rb"\x1a\x45\xdf\xa3", "a Matroska or WebM file (.mka, .webm)"),
    (rb"#!AMR", _SOUND.format("AMR")),
    (rb"MAC .[\x0e-\x10]", _SOUND.format("Monkey's Audio, .ape")),
    (rb"wvpk", _SOUND.format("WavPack")),
    (rb"\x0b\x77", _SOUND.format("AC-3")),
    (rb"MThd\0\0\0\x06", "a MIDI file"),
    (rb"RIFF.{4}AVI ", "a film (AVI)"),
    (rb"PK(?:\x03\x04|\x05\x06)", "a zip file"),
    (rb"\x1f\x8b\x08", "a gzip file"),
    (rb"BZh[1-9]1AY", "a bzip2 file"),
    (rb"\xfd7zXZ\0", "an xz file"),
    (rb"\x28\xb5\x2f\xfd", "a zstd file"),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z file"),
    (rb"Rar!\x1a\x07", "a rar file"),
    (rb".{256}\0ustar", "a tar file"),
    (rb"%PDF-", "a PDF document"),
    (rb"\{\\rtf", "an RTF document"),
    (rb"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a document of an old office program (.doc, .xls)"),
    (rb"\x93NUMPY", "a NumPy array (.npy)"),
    (rb"\x80[\x02-\x05](?:\x95|\}|\]|c|K|X|\(|\x8c|q)", "a Python pickle"),
    (rb"\x89HDF\r\n", "an HDF5 file"),
    (rb"PAR1\x15", "a Parquet file"),
    (rb"ARROW1\0", "an Arrow file"),
    (rb"SQLite format 3\0", "an SQLite database"),
    (rb"\x7fELF", "a program (ELF)"),
    (rb"MZ.\0|MZ.{0,64}\0\0\0", "a Windows program (.exe, .dll)"),
    (rb"(?:\xcf\xfa\xed\xfe|\xfe\xed\xfa[\xce\xcf])", "a macOS program"),
    (rb"version https://git-lfs\.github\.com/spec/", "a pointer of Git LFS (git lfs pull gets the file)"),
    (rb"(?:\xef\xbb\xbf)?\s*<(?:!(?:DOCTYPE|doctype) (?:HTML|html)|HTML|html)", "a web page (HTML)"),
)
_KNOWN = tuple((re.compile(pattern, re.DOTALL), name) for pattern, name in _SIGNATURES)


def looks_like(head: bytes) -> str:
    """Returns what a file is, e.g. `"an image (PNG)"`, by its first `HEAD` bytes; empty for what is unknown."""
    return next((name for pattern, name in _KNOWN if pattern.match(head)), "")


def png_moves(head: bytes) -> bool:
    """Says whether a PNG file is an animation (an APNG), by its first bytes."""
    place = 8
    while place + 8 <= len(head):
        length, kind = struct.unpack_from(">I4s", head, place)
        if kind in (b"acTL", b"IDAT"):
            return kind == b"acTL"
        place += 12 + length
    return False
