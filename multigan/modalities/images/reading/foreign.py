"""Pictures in formats that are not read, or only with a further package: what they are, and what to do."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from multigan.data.signatures import HEAD, looks_like

__all__ = ["HEIF", "advice", "has_heif", "instead_of_picture", "what_is"]

HEIF = frozenset({".heic", ".heif", ".hif", ".heics", ".heifs"})

_HEIF = 'HEIC: pip install "multigan[heif]" has pillow-heif read it'
_SAVE = "save as PNG or JPEG"
_SAVE_VALUES = "save as 8 or 16 bits, or as an array (.npy)"
_RAW = "camera raw: develop to PNG or JPEG, for instance with rawpy"

_BY_SUFFIX = {
    "3fr arw cr2 cr3 crw dcr dng erf fff gpr iiq k25 kdc mef mos mrw nef nrw orf pef raf rw2 rwl sr2 srf srw x3f": _RAW,
    "jxl": f"JPEG XL: {_SAVE}",
    "jxr wdp hdp": f"JPEG XR: {_SAVE}",
    "psd psb xcf kra ora": f"pictures in layers: {_SAVE}",
    "svg svgz eps ai pdf wmf emf": f"drawings or pages: {_SAVE}",
    "exr hdr pfm": f"floating-point pictures: {_SAVE_VALUES}",
    "dcm dicom nii fits fit": f"medical or scientific pictures: {_SAVE_VALUES}",
    "tga pcx ico cur icns dds sgi rgb ras xbm xpm": f"pictures of a format that is not read: {_SAVE}",
}
_OTHERS = {f".{suffix}": advice for suffixes, advice in _BY_SUFFIX.items() for suffix in suffixes.split()}

# By a file's first bytes, whatever it is called.
_SIGNATURES = {
    rb"....ftypcrx ": _RAW,
    rb"\xff\x0a|....JXL \r\n\x87\n": f"JPEG XL: {_SAVE}",
    rb"II\xbc": f"JPEG XR: {_SAVE}",
    rb"8BPS": f"a Photoshop file: {_SAVE}",
    rb"%PDF-": f"a PDF file: {_SAVE}",
    rb"\s*(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*(<!DOCTYPE svg[^>]*>\s*)?<svg": f"SVG, a drawing: {_SAVE}",
    rb"(?i:\s*<(!doctype )?html)": "a web page in a picture's place: get the picture anew",
    rb"version https://git-lfs": "a pointer of Git LFS in a picture's place: git lfs pull gets the picture",
    rb"\x76\x2f\x31\x01": f"OpenEXR: {_SAVE_VALUES}",
    rb"#\?RADIANCE": f"Radiance HDR: {_SAVE_VALUES}",
    rb".{128}DICM": f"DICOM: {_SAVE_VALUES}",
    rb"PK\x03\x04|7z\xbc\xaf\x27\x1c|Rar!|\x1f\x8b": "an archive: unpack it",
    rb"II[*+]\0|MM\0[*+]": f"a TIFF file of a kind that Pillow does not read: {_SAVE_VALUES}",
}
_BOX = re.compile(rb"....ftyp(?:heic|heix|heim|heis|hevc|hevx|hevm|hevs|mif1|mif2|msf1|avif|avis)", re.DOTALL)


@cache
def has_heif() -> bool:
    """Says whether HEIC is read here: pillow-heif is installed, and Pillow is told to use it."""
    try:
        import pillow_heif
    except ImportError:
        return False
    pillow_heif.register_heif_opener()
    return True


def advice() -> Mapping[str, str]:
    """Returns what files among pictures are that are not read here, and the mend, by their suffix."""
    return _OTHERS if has_heif() else {**_OTHERS, **dict.fromkeys(HEIF, _HEIF)}


def what_is(content: bytes) -> str:
    """Returns which kind of picture that is not read, or what instead, a file is, and the mend; or an empty text."""
    start = content[:1024].removeprefix(b"\xef\xbb\xbf")
    if _BOX.match(start):
        brands = start[8 : int.from_bytes(start[:4], "big")]
        if b"avif" in brands or b"avis" in brands:
            return f"AVIF that this Pillow cannot read: pip install --upgrade pillow, or {_SAVE}"
        return f"HEIC that pillow-heif cannot read: {_SAVE}" if has_heif() else _HEIF
    return next((kind for signature, kind in _SIGNATURES.items() if re.match(signature, start, re.DOTALL)), "")


def instead_of_picture(content: bytes) -> str:
    """Returns what a file among pictures holds that could not be read as one, and the mend, or an empty text."""
    if told := what_is(content):
        return told
    kind = looks_like(content[:HEAD])
    if kind.startswith("an image"):
        return f"damaged, {kind} by its first bytes: get it anew"
    if kind.startswith("a NumPy array"):
        return f"{kind} in a picture's place: rename it, and give it by itself"
    return f"{kind} in a picture's place: get the picture anew" if kind else ""
