"""Pictures, sounds and films that are made on the spot, in folders and files of every kind."""

import io
import struct
import zlib
from fractions import Fraction

import numpy as np
import pytest
from PIL import Image

from multigan.data import open_source, remembered
from multigan.recipe import DataSource

# What label maps mean, where a test does not say it.
CLASSES = "# what there is\n0, ground, #808080\n1, box, red\n2, big bin\n"


@pytest.fixture
def datasets():
    load = "multigan.modalities.images.digits:load"
    return {"digits": DataSource(name="digits", summary="", modality="images", load=load)}


@pytest.fixture
def cache(tmp_path, monkeypatch):
    """The folder of remembered lists, and lists that are worth it from few samples on."""
    monkeypatch.setenv("MULTIGAN_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(remembered, "MANY", 5)
    return tmp_path / "cache" / "lists"


@pytest.fixture
def grey(encoded):
    """A PNG of one grey: `grey(number)`."""

    def make(number):
        shade = np.full((8, 8), number, np.uint8)
        shade[0, 0] = 255 - number  # not of one colour
        return encoded(shade)

    return make


@pytest.fixture
def opened(datasets):
    """Opens images: `opened(place, size="8", ...)`."""
    return lambda place, **options: open_source(str(place), "images", options, datasets)


@pytest.fixture
def noise():
    """Random pixels, others for every call: `noise(height, width, channels)`."""
    rng = np.random.default_rng(0)

    def make(height=8, width=8, channels=3):
        shape = (height, width) if channels == 1 else (height, width, channels)
        return rng.integers(0, 256, shape, dtype=np.uint8)

    return make


@pytest.fixture
def encoded():
    """An image file's bytes: `encoded(pixels, "PNG", ...)`; pixels may be a Pillow image."""

    def make(pixels, kind="PNG", **options):
        buffer = io.BytesIO()
        image = pixels if isinstance(pixels, Image.Image) else Image.fromarray(pixels)
        image.save(buffer, kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def folder(tmp_path, noise, encoded):
    """A folder of PNGs: `folder("a/1.png", "b/2.png")`, or of given bytes: `folder(**{"1.png": b""})`."""

    def make(*names, root="pictures", **contents):
        place = tmp_path / root
        place.mkdir(exist_ok=True)
        for name, content in {**dict.fromkeys(names), **contents}.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(encoded(noise()) if content is None else content)
        return place

    return make


@pytest.fixture
def mapped(opened, folder, encoded, tmp_path):
    """Opens label maps beside pictures: `mapped(maps, text, **options)`; maps are arrays, images or bytes."""

    def make(maps, text=CLASSES, **options):
        names = [f"{number}.png" for number in range(len(maps))]
        files = {n: each if isinstance(each, bytes) else encoded(each) for n, each in zip(names, maps, strict=True)}
        theirs, ours = folder(root="maps", **files), folder(*names, root="photos")
        (theirs / "classes.txt").unlink(missing_ok=True)
        if text:
            (theirs / "classes.txt").write_text(text, encoding="utf-8")
        return opened(theirs, **{"to": str(ours), "pairs": "names", "maps": True, "size": "8"} | options)

    return make


@pytest.fixture
def huge_png():
    """A PNG of a few bytes whose header promises so many pixels: `huge_png(width, height)`."""

    def make(width=40_000, height=40_000):
        header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
        return (
            b"\x89PNG\r\n\x1a\n"
            + png_chunk(b"IHDR", header)
            + png_chunk(b"IDAT", zlib.compress(bytes(1000)))
            + png_chunk(b"IEND", b"")
        )

    return make


def png_chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.fixture
def raw_png():
    """A PNG of kinds that Pillow does not write: `raw_png(uint16 pixels (h, w) or (h, w, bands), transparent=colour)`.

    With `bits` of 1, 2 or 4 the pixels are grey and fill whole bytes.
    """

    def make(pixels, transparent=None, bits=16):
        pixels = np.asarray(pixels, np.uint16)
        height, width, *bands = pixels.shape
        colour = {(): 0, (2,): 4, (3,): 2, (4,): 6}[tuple(bands)]
        if bits == 16:
            rows = [row.astype(">u2").tobytes() for row in pixels]
        else:
            single = (pixels[..., None] >> np.arange(bits)[::-1] & 1).reshape(height, -1).astype(np.uint8)
            rows = [row.tobytes() for row in np.packbits(single, axis=1)]
        key = b"" if transparent is None else png_chunk(b"tRNS", np.array(transparent, ">u2").tobytes())
        return (
            b"\x89PNG\r\n\x1a\n"
            + png_chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0))
            + key
            + png_chunk(b"IDAT", zlib.compress(b"".join(b"\0" + row for row in rows)))
            + png_chunk(b"IEND", b"")
        )

    return make


@pytest.fixture
def raw_tiff():
    """A TIFF of any numbers: `raw_tiff(array (h, w), (h, w, 3) or CMYK, inverted=False, bits=..., planes=False)`.

    The byte order is the array's; an array of 12 bits comes as the bytes of its rows, with a `size` (h, w). Given
    can be what the colours are, `photometric`, and the further bands, `extra`, and a `palette`; `packed` is compressed.
    """

    def make(
        pixels,
        inverted=False,
        bits=None,
        planes=False,
        size=None,
        extra=None,
        photometric=None,
        packed=False,
        palette=None,
    ):
        pixels = np.asarray(pixels)
        order = ">" if pixels.dtype.byteorder == ">" else "<"
        height, width = size or pixels.shape[:2]
        bands = pixels.shape[2] if pixels.ndim == 3 else 1
        parts = [pixels[..., band].tobytes() for band in range(bands)] if planes else [pixels.tobytes()]
        parts = [zlib.compress(part) for part in parts] if packed else parts
        usual = 0 if inverted else {3: 2, 4: 5}.get(bands, 1)
        kind = {"u": 1, "i": 2, "f": 3}[pixels.dtype.kind]
        tags = {
            256: ("I", [width]),
            257: ("I", [height]),
            258: ("H", [bits or 8 * pixels.dtype.itemsize] * bands),
            259: ("H", [8 if packed else 1]),
            262: ("H", [usual if photometric is None else photometric]),
            273: ("I", [0] * len(parts)),
            277: ("H", [bands]),
            278: ("I", [height]),
            279: ("I", [len(part) for part in parts]),
            284: ("H", [2 if planes else 1]),
            **({} if palette is None else {320: ("H", palette)}),
            **({} if extra is None else {338: ("H", extra)}),
            339: ("H", [kind] * bands),
        }
        sizes = [struct.calcsize(form) * len(values) for form, values in tags.values()]
        long = 10 + 12 * len(tags) + 4
        first = long + sum(size for size in sizes if size > 4)
        tags[273] = "I", [first + sum(map(len, parts[:number])) for number in range(len(parts))]
        entries, after = b"", b""
        for tag, (form, values) in tags.items():
            data = struct.pack(f"{order}{len(values)}{form}", *values)
            entries += struct.pack(f"{order}HHI", tag, {"H": 3, "I": 4}[form], len(values))
            entries += data.ljust(4, b"\0") if len(data) <= 4 else struct.pack(f"{order}I", long + len(after))
            after += data if len(data) > 4 else b""
        start = b"II*\0" if order == "<" else b"MM\0*"
        return start + struct.pack(f"{order}IH", 8, len(tags)) + entries + bytes(4) + after + b"".join(parts)

    return make


@pytest.fixture
def colour_profile():
    """An ICC profile: `colour_profile(primaries, curve)`; grey without primaries.

    Args:
        primaries: of red, green and blue, each X, Y and Z under D50.
        curve: 16-bit numbers from dark to light, or one exponent times 256.
    """

    def make(primaries, curve):
        def fixed(numbers):
            return b"".join(struct.pack(">i", round(number * 65_536)) for number in numbers)

        white = 0.9642, 1.0, 0.8249
        tone = b"curv\0\0\0\0" + struct.pack(f">I{len(curve)}H", len(curve), *curve)
        tags = {b"wtpt": b"XYZ \0\0\0\0" + fixed(white)}
        for letter, primary in zip(b"rgb", primaries or (), strict=False):
            tags[bytes([letter]) + b"XYZ"] = b"XYZ \0\0\0\0" + fixed(primary)
            tags[bytes([letter]) + b"TRC"] = tone
        if not primaries:
            tags[b"kTRC"] = tone
        table, body = struct.pack(">I", len(tags)), b""
        for name, data in tags.items():
            data += bytes(-len(data) % 4)
            table += name + struct.pack(">II", 132 + 12 * len(tags) + len(body), len(data))
            body += data
        space = b"RGB " if primaries else b"GRAY"
        head = b"test" + bytes.fromhex("02400000") + b"mntr" + space + b"XYZ " + struct.pack(">6H", 2000, 1, 1, 0, 0, 0)
        head += b"acsp" + bytes(28) + fixed(white) + bytes(48)
        return struct.pack(">I", 4 + len(head) + len(table) + len(body)) + head + table + body

    return make


@pytest.fixture
def cached(tmp_path, monkeypatch):
    """The folder that decoded sounds are kept in; not there until something is."""
    monkeypatch.setenv("MULTIGAN_CACHE", str(tmp_path / "cache"))
    return tmp_path / "cache" / "audio"


@pytest.fixture
def heard(cached):
    """Opens sounds: `heard(place, length=100, ...)`."""
    from multigan.builtin import DATASETS

    datasets = {dataset.name: dataset for dataset in DATASETS}
    return lambda place, **options: open_source(str(place), "audio", options, datasets)


@pytest.fixture
def tone():
    """A sine and its overtone, float64 `(length, channels)`: `tone(seconds, rate, frequency, channels)`."""

    def make(seconds=0.1, rate=16_000, frequency=440.0, channels=1, level=0.5):
        time = np.arange(round(seconds * rate)) / rate
        wave = level * (0.8 * np.sin(2 * np.pi * frequency * time) + 0.2 * np.sin(6 * np.pi * frequency * time))
        return np.repeat(wave[:, None], channels, axis=1)

    return make


@pytest.fixture
def recorded():
    """A sound file's bytes: `recorded(samples, rate, "WAV", subtype="PCM_16")`."""
    import soundfile

    def make(samples, rate=16_000, kind="WAV", **options):
        buffer = io.BytesIO()
        soundfile.write(buffer, samples, rate, format=kind, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def sounds(tmp_path, tone, recorded):
    """A folder of sound files, each of another pitch: `sounds("a/1.wav", **{"2.wav": samples or bytes})`."""

    def make(*names, root="recordings", rate=16_000, **contents):
        place = tmp_path / root
        place.mkdir(exist_ok=True)
        for number, (name, content) in enumerate({**dict.fromkeys(names), **contents}.items()):
            if content is None:
                content = tone(rate=rate, frequency=200.0 + 40 * number)
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else recorded(content, rate))
        return place

    return make


@pytest.fixture
def watched():
    """Opens clips: `watched(place, frames=4, ...)`."""
    return lambda place, **options: open_source(str(place), "clips", options, {})


@pytest.fixture
def moving():
    """Frames of a bright square that moves to the right, uint8 `(count, height, width, 3)`: `moving(count, seed=0)`.

    Colours stay apart under every codec: a frame can be told by where the square is, and a film by its level.
    """

    def make(count=8, height=16, width=16, seed=0):
        frames = np.full((count, height, width, 3), 20 + 10 * seed, np.uint8)
        for number, frame in enumerate(frames):
            left = number % (width - 3)
            frame[4:8, left : left + 4] = 230, 200, 120
        return frames

    return make


@pytest.fixture
def animated():
    """An animation's bytes: `animated(frames, "GIF", duration=100)`, its time in milliseconds."""

    def make(frames, kind="GIF", duration=100, **options):
        buffer = io.BytesIO()
        first, *others = (frame if isinstance(frame, Image.Image) else Image.fromarray(frame) for frame in frames)
        options |= {"lossless": True} if kind == "WEBP" else {}
        first.save(buffer, kind, save_all=True, append_images=others, duration=duration, **options)
        return buffer.getvalue()

    return make


@pytest.fixture
def filmed(tmp_path):
    """A film's bytes: `filmed(frames, ".mp4", rate=10, times=None)`, the times in milliseconds."""
    import av

    codecs = {".mp4": "libx264", ".mov": "libx264", ".webm": "libvpx-vp9", ".mkv": "ffv1", ".avi": "ffv1"}

    def make(frames, suffix=".mp4", rate=10, times=None, options=None, codec="", pixels=None, turned=0, stretched=0):
        path = tmp_path / f"made-{len(frames)}{suffix}"
        with av.open(str(path), "w", options=options or {}) as container:
            stream = container.add_stream(codec or codecs[suffix], rate=rate)
            stream.height, stream.width = frames[0].shape[:2]
            stream.pix_fmt = pixels or ("bgr0" if suffix in (".mkv", ".avi") else "yuv420p")
            if stretched:
                stream.codec_context.sample_aspect_ratio = Fraction(stretched)
            if turned:
                stream.set_display_rotation(turned)
            if times:
                stream.codec_context.time_base = Fraction(1, 1000)
            for number, frame in enumerate(frames):
                picture = av.VideoFrame.from_ndarray(np.ascontiguousarray(frame), format="rgb24")
                if times:
                    picture.pts, picture.time_base = times[number], Fraction(1, 1000)
                container.mux(stream.encode(picture))
            container.mux(stream.encode())
        content = path.read_bytes()
        path.unlink()
        return content

    return make


@pytest.fixture
def shelf(tmp_path):
    """A folder of files: `shelf({"a/1.gif": bytes})`."""

    def make(contents, root="shelf"):
        place = tmp_path / root
        for name, content in contents.items():
            path = place / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        return place

    return make
