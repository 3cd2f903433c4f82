"""Texts as files, in a run's report, and as `multigan sample` draws them."""

import json
import re
from types import SimpleNamespace

import numpy as np
import pytest

from multigan.errors import DataError, UsageError
from multigan.modalities.files import Context, files_for, write_each, write_samples
from multigan.modalities.text.files import text_files
from multigan.modalities.text.steer import read_prefix
from multigan.modalities.text.tokens import END, NumberTokenizer
from multigan.modalities.text.train import train_tokenizer
from multigan.modality import find_modality
from multigan.recipe import DataInfo
from multigan.report.gallery import gallery
from multigan.report.page import write_report
from multigan.runs import RunDirectory
from multigan.trained.sampling import draw
from multigan.training.session import _refuse_other_files

LINES = ["the cat sat", "一丈荒墳上 悠悠落日斜", "שלום <b>world</b> & co", "a naïve dog", ""]
TOKENIZER = train_tokenizer(LINES, "char")
TEXTS = text_files(TOKENIZER)
LENGTH = 30


def rows(lines=LINES):
    """Ids `(n, LENGTH)`, filled with ends."""
    ids = np.full((len(lines), LENGTH), END, np.int32)
    for row, line in zip(ids, lines, strict=True):
        row[: len(line)] = TOKENIZER.encode(line)
    return ids


def test_the_formats_of_texts():
    files = files_for("text")
    assert tuple(files.formats) == ("txt", "jsonl", "npy")
    assert (files.suffix, files.shown, files.in_order) == (".txt", 64, None)


def test_a_text_is_a_line_of_utf8_and_what_follows_its_end_is_not_written(tmp_path):
    ids = rows()
    ids[0, len(LINES[0]) + 1 :] = 5
    [path] = write_each(tmp_path, ids, TEXTS, "txt")
    assert path.name == "samples.txt"
    assert path.read_bytes().decode("utf-8") == "".join(f"{line}\n" for line in LINES)
    assert write_samples(tmp_path / "a.txt", ids, TEXTS).read_bytes() == path.read_bytes()


def test_a_line_break_of_anothers_tokenizer_stays_within_its_line(tmp_path):
    breaks = SimpleNamespace(vocabulary=9, decode_all=lambda rows: ["a\nb\r\nc\u2028d"] * len(rows))
    [path] = write_each(tmp_path, np.zeros((2, 3), np.int32), text_files(breaks), "txt")
    assert path.read_text(encoding="utf-8") == "a b c d\na b c d\n"


def test_json_lines_and_arrays_keep_the_tokens(tmp_path):
    [path] = write_each(tmp_path, rows(), TEXTS, "jsonl")
    found = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [line["text"] for line in found] == LINES
    np.testing.assert_array_equal([line["tokens"] for line in found], rows())
    [path] = write_each(tmp_path, rows(), TEXTS, "npy")
    np.testing.assert_array_equal(np.load(path), rows())
    assert np.load(path).dtype == np.int32


def test_without_a_tokenizer_texts_are_numbers(tmp_path):
    path = write_samples(tmp_path / "a.txt", np.array([[3, 0], [1, 2]], np.int32), text_files())
    assert path.read_text() == "3 0\n1 2\n"


@pytest.mark.parametrize(
    ("samples", "format_", "said"),
    [
        (np.zeros((2, 3), "float32"), "txt", "samples of shape 2x3 and type float32"),
        (np.zeros(3, "int32"), "txt", "samples of shape 3 "),
        (np.zeros((0, 3), "int32"), "txt", "no samples to write"),
        (np.full((2, 3), 500, "int32"), "txt", "tokens from 500 to 500, where the tokenizer has 0 to"),
        (np.zeros((2, 3), "int32"), "png", "format png: texts are written as txt, jsonl, npy"),
    ],
)
def test_what_is_no_text_is_refused_and_nothing_is_written(tmp_path, samples, format_, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        write_each(tmp_path, samples, TEXTS, format_)
    assert not list(tmp_path.iterdir())


def report_of(tmp_path, **files):
    """The report of a run with these previews, and what was told of it."""
    (tmp_path / "run.toml").write_text('recipe = "seqgan"\nmodality = "text"\n')
    (tmp_path / "samples").mkdir()
    for name, content in files.items():
        (tmp_path / "samples" / name).write_bytes(content)
    return write_report(tmp_path).read_text(encoding="utf-8")


def test_the_report_shows_the_texts_of_some_steps_beside_each_other_as_text(tmp_path):
    lines = "<script>alert(1)</script>\n一丈 שָׁם\n\na & b\n"
    files = {f"step-{step:08d}.txt": f"step {step}\n{lines}".encode() for step in range(100, 1100, 100)}
    page = report_of(tmp_path, **files)
    table = page[page.index('<table class="texts">') : page.index("</table>")]
    assert re.findall(r"<th>step ([\d,]+)</th>", table) == ["100", "400", "700", "1,000"]
    assert table.count('<td dir="auto">') == 4 * 5
    assert '<td dir="auto">&lt;script&gt;alert(1)&lt;/script&gt;</td>' in table
    assert "<script>" not in page
    assert '<td dir="auto">一丈 שָׁם</td>' in table
    assert "None were drawn yet" not in page


def test_a_damaged_or_huge_preview_does_not_harm_the_report(tmp_path):
    paths = {}
    for step, content in ((1, b"caf\xe9\nb"), (2, b"x" * 3_000_000), (4, b"")):
        paths[step] = (tmp_path / f"step-{step}.txt",)
        paths[step][0].write_bytes(content)
    found = gallery(paths | {3: (tmp_path / "gone.txt",)}, "text")
    assert found["texts"]["steps"] == [1, 2, 4]
    assert found["texts"]["rows"] == [["caf\ufffd", "x" * 400 + "...", ""], ["b", "", ""]]
    assert found["notices"] == ["samples/gone.txt could not be shown (FileNotFoundError)."]
    assert found["last"] is None


class Writer:
    """A game that writes what it is steered to, then the first letters of its latents."""

    asks, fields, scale = (), (), 1

    def __init__(self):
        self.steered = []

    def steer(self, temperature=1.0, prefix=()):
        self.steered.append((temperature, list(prefix)))

    def latents(self, count, seed):
        return np.random.default_rng(seed).random((count, LENGTH), "float32")

    def sample_at(self, latents, condition=None):
        ids = (2 + latents * (TOKENIZER.vocabulary - 2)).astype(np.int32)
        prefix = self.steered[-1][1] if self.steered else []
        ids[:, : len(prefix)] = prefix
        return ids


def run_of(tmp_path, modality="text"):
    directory = RunDirectory(tmp_path / "run")
    directory.path.mkdir()
    TOKENIZER.save(directory.path / "tokenizer.model")
    return SimpleNamespace(
        recipe=SimpleNamespace(modality=modality, name="writer"),
        game=Writer(),
        data=DataInfo(name="toys", shape=(LENGTH,), facts={"vocabulary": TOKENIZER.vocabulary, "end": END}),
        directory=directory,
    )


def test_all_texts_are_in_one_file_and_the_first_are_the_preview(tmp_path):
    run = run_of(tmp_path)
    drawn = draw(run, tmp_path / "out", 150, 7)
    assert [path.name for path in drawn.files] == ["samples.txt"]
    found = drawn.files[0].read_text(encoding="utf-8").split("\n")[:-1]
    assert found == TOKENIZER.decode_all(run.game.sample_at(run.game.latents(150, 7)))
    assert drawn.preview.read_text(encoding="utf-8").split("\n")[:-1] == found[:64] == list(drawn.texts)
    assert run.game.steered == []


def test_temperature_and_prefix_reach_the_game_in_its_tokens(tmp_path):
    run = run_of(tmp_path)
    drawn = draw(run, tmp_path / "out", 3, 0, temperature=0.9, prefix="  the cat\t")
    assert run.game.steered == [(0.9, TOKENIZER.encode("the cat"))]
    assert all(text.startswith("the cat") for text in drawn.texts)
    draw(run, tmp_path / "out", 3, 0, temperature=0.0)
    assert run.game.steered[-1] == (0.0, [])


@pytest.mark.parametrize(
    ("modality", "wish", "said"),
    [
        (
            "text",
            {"prefix": "the 猫 ßZ cat"},
            "--prefix 'the 猫 ßZ cat': the run's texts have no token for '猫', 'ß', 'Z'",
        ),
        ("text", {"prefix": "the " * 9}, "35 tokens, where a text has at most 29; give at most 28"),
        ("images", {"prefix": "the"}, "--prefix: for texts, and writer makes images; leave it out"),
        ("points", {"temperature": 0.5}, "--temperature: for texts, and writer makes points"),
        ("text", {"keys": 2}, "--interpolate: texts have no order"),
    ],
)
def test_what_cannot_be_drawn_is_told_and_nothing_is_written(tmp_path, modality, wish, said):
    with pytest.raises(UsageError, match=re.escape(said)):
        draw(run_of(tmp_path, modality), tmp_path / "out", 8, 0, **wish)
    assert not (tmp_path / "out").exists()


def test_a_prefix_leaves_room_for_a_token():
    assert read_prefix("a" * 28, TOKENIZER, LENGTH, END) == TOKENIZER.encode("a" * 28)
    numbers = NumberTokenizer(9)
    assert read_prefix("8 0 1", numbers, 4, -1) == [8, 0, 1]
    with pytest.raises(UsageError, match=re.escape("no token for '9', 'x'")):
        read_prefix("8 9 x", numbers, 4, -1)
    with pytest.raises(UsageError, match=re.escape("at most 4; give at most 3")):
        read_prefix("8 0 1 1", numbers, 4, -1)


def test_a_run_keeps_its_tokenizer_and_goes_on_with_no_other(tmp_path):
    directory = RunDirectory(tmp_path)
    with pytest.raises(DataError, match=r"tokenizer\.model: no tokenizer there"):
        files_for("text", Context(directory=directory))
    TOKENIZER.save(directory.path / "tokenizer.model")
    assert files_for("text", Context(directory=directory)).lines(rows()) == LINES
    texts = find_modality("text")
    _refuse_other_files(directory, texts, SimpleNamespace(tokenizer=TOKENIZER))
    with pytest.raises(UsageError, match=r"its texts now give another tokenizer\.model .* version of sentencepiece"):
        _refuse_other_files(directory, texts, SimpleNamespace(tokenizer=train_tokenizer(LINES, "unigram")))
    _refuse_other_files(directory, find_modality("images"), SimpleNamespace())
    _refuse_other_files(RunDirectory(tmp_path / "new"), texts, SimpleNamespace(tokenizer=TOKENIZER))
