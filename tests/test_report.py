"""Reports of synthetic run directories: healthy, collapsed, failed, empty, damaged, resumed, and with hostile names."""

import base64
import io
import json
import math
import re
import shlex
import sys
from contextlib import nullcontext
from html.parser import HTMLParser

import numpy
import pytest
import soundfile
import tomli_w

from multigan import modality
from multigan.errors import UsageError
from multigan.metrics.curves import Draw
from multigan.modalities.audio import players as audio_players
from multigan.modalities.audio.files import read_sequence, sound_files
from multigan.modalities.files import write_in_order, write_samples
from multigan.modalities.images.files import image_files
from multigan.modality import Modality
from multigan.report.page import write_report

PLAYERS = ("discriminator", "generator")


def facts(**changes):
    return {
        "multigan": "0.1.0", "plugin": "dcgan", "recipe": "dcgan", "modality": "images",
        "started": "2026-01-01T10:00:00Z",
        "settings": {
            "data": {"value": "digits", "origin": "recipe"}, "steps": {"value": 2000, "origin": "flag"},
            "batch_size": {"value": 64, "origin": "recipe"}, "seed": {"value": 7, "origin": "environment"},
            "backend": {"value": "tensorflow", "origin": "default"}, "device": {"value": "", "origin": "default"},
            "log_every": {"value": 50, "origin": "default"}, "sample_every": {"value": 250, "origin": "default"},
        },
        "options": {
            "latent_dim": {"value": 100, "origin": "default"}, "learning_rate": {"value": 0.0002, "origin": "default"},
            "width": {"value": 32, "origin": "config"}, "flip": {"value": False, "origin": "default"},
        },
        "data": {
            "name": "digits", "count": 1797, "shape": [32, 32, 1], "classes": list("0123456789"),
            "fingerprint": "5f2c" * 16, "skipped": 0,
        },
        "versions": {"python": "3.12.1", "keras": "3.15.1", "tensorflow": "2.21.0", "numpy": "2.4.6"},
        "machine": {"backend": "tensorflow", "device": "cpu", "system": "Linux", "processor": "x86_64", "cpus": 2},
    } | changes  # fmt: skip


def clock(seconds):
    return f"2026-01-01T10:{10 + int(seconds) // 60:02}:{int(seconds) % 60:02}Z"


def log_line(step, **changes):
    wobble = math.sin(step / 70) * 0.08
    line = {
        "kind": "log", "step": step,
        "losses": {"discriminator/adversarial": 0.9 + wobble + 60 / (step + 50), "generator/adversarial": 1.4 - wobble},
        "health": {
            "discriminator/gradient_norm": 2.0 + 40 / step, "discriminator/accuracy_real": 0.82 + wobble,
            "discriminator/accuracy_generated": 0.86 - wobble, "generator/gradient_norm": 0.7 + wobble,
        },
        "time": clock(step / 5), "seconds": step / 5, "steps_per_second": 5.0 + wobble, "samples_per_second": 320.0,
    }  # fmt: skip
    if step % 250 == 0:
        line["health"]["diversity"] = 0.95 - 40 / step
    return line | changes


def write_run(directory, lines=(), run=None, scores=(), samples=()):
    directory.mkdir(exist_ok=True)
    if run is not None:
        (directory / "run.toml").write_text(tomli_w.dumps(run), encoding="utf-8")
    for name, objects in (("log.jsonl", lines), ("scores.jsonl", scores)):
        if objects:
            (directory / name).write_text("".join(json.dumps(line) + "\n" for line in objects), encoding="utf-8")
    for step in samples:
        images = numpy.random.default_rng(step).uniform(-1, 1, (4, 8, 8, 1))
        write_samples(directory / "samples" / f"step-{step:08d}.png", images, image_files())
        (directory / "checkpoints" / f"step-{step:08d}").mkdir(parents=True)
    return directory


def score(metric, value, deviation=0.01, step=2000):
    return {
        "step": step, "metric": metric, "value": value, "deviation": deviation, "better": "higher", "real": 1797,
        "generated": 1797, "seeds": [0, 1, 2], "protocol": "nearest neighbours (arXiv 1904.06991) with k = 3",
        "references": ["1904.06991"], "data": "digits", "split": "training data",
    }  # fmt: skip


END = {"kind": "end", "step": 2000, "outcome": "done", "message": "", "time": clock(400)}


def healthy_run(directory, steps=range(50, 2001, 50)):
    scores = [score("precision(pixels)", 0.71), score("recall(pixels)", 0.43), score("diversity", 0.93, None)]
    return write_run(directory, [*map(log_line, steps), END], facts(), scores, range(250, 2001, 250))


def collapsed_run(directory):
    lines = [log_line(step) for step in range(50, 2001, 50)]
    for line in lines:
        if "diversity" in line["health"] and line["step"] > 750:
            line["health"]["diversity"] = 0.08
    lines.insert(34, {"kind": "finding", "step": 1750, "name": "collapse", "message": "diversity was 0.08"})
    return write_run(directory, [*lines, END], facts(), samples=(250, 2000))


def failed_run(directory):
    lines = [log_line(step) for step in range(50, 501, 50)]
    lines[-2]["health"]["generator/gradient_norm"] = "inf"
    lines[-1]["losses"]["generator/adversarial"] = "nan"
    lines[-1]["losses"]["discriminator/adversarial"] = "-inf"
    end = END | {"step": 500, "outcome": "failed", "message": "the loss generator/adversarial is nan at step 500"}
    return write_run(directory, [*lines, end], facts(), samples=(250,))


def resumed_run(directory):
    lines = [log_line(step) for step in range(50, 501, 50)]
    taken_back = [log_line(step, abandoned=True, losses={"ghost/term": 12345.5}) for step in (550, 600)]
    resume = {"kind": "resume", "step": 500, "time": clock(200)}
    lines += [*taken_back, resume, *map(log_line, range(550, 751, 50))]
    stopped = END | {"step": 750, "outcome": "interrupted", "message": "SIGINT", "time": clock(250)}
    return write_run(directory, [*lines, stopped], facts(), samples=(250, 500, 750, 1000))


def audio_run(directory, length=4096, noise=0.0, steps=range(250, 2001, 250)):
    """Sixteen sounds a preview, hums with some noise, of four classes."""
    classes = ["kick", "snare", "<b>hat", "clap"]
    run = facts(recipe="wavegan", modality="audio", data=facts()["data"] | {"classes": classes, "sample_rate": 16000})
    write_run(directory, [*map(log_line, range(50, 2001, 50)), END], run)
    for step in steps:
        hum = 0.2 * numpy.sin(numpy.arange(length) * (0.01 + numpy.arange(16)[:, None] / 100))[..., None]
        sounds = hum + noise * numpy.random.default_rng(step).uniform(-1, 1, (16, length, 1))
        named = {"labels": numpy.arange(16) // 4, "classes": classes}
        stem = directory / "samples" / f"step-{step:08d}"
        write_in_order(stem, sounds, sound_files(16000), **named)
        write_samples(stem.with_suffix(".png"), sounds[:4], sound_files(16000))
    return directory


def report_of(directory):
    return write_report(directory).read_text(encoding="utf-8")


class Page(HTMLParser):
    """Collects elements with their attributes, and the text; a tag closed in the wrong place is an error."""

    VOID = frozenset({"meta", "br", "img", "link", "input", "hr"})

    def __init__(self, page):
        super().__init__()
        self.elements, self.open, self.words, self.styles = [], [], [], []
        self.feed(page)
        self.close()
        assert self.open == []
        self.text = re.sub(r"\s+", " ", "".join(self.words))

    def handle_starttag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attributes):
        self.elements.append((tag, dict(attributes)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        (self.styles if self.open and self.open[-1] == "style" else self.words).append(data)

    def named(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


RUNS = [healthy_run, collapsed_run, failed_run, resumed_run, audio_run]


@pytest.mark.parametrize("make", RUNS)
def test_the_report_refers_to_nothing_outside_itself(tmp_path, make):
    page = Page(report_of(make(tmp_path)))
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids)), "every id is unique on the page"
    for tag, attributes in page.elements:
        assert tag not in {"script", "link", "iframe", "object", "embed", "base", "form", "video", "source"}
        for name, value in attributes.items():
            assert not name.startswith("on")
            for target in re.findall(r"url\(([^)]*)\)", value or ""):
                assert target.strip("'\"").lstrip("#") in ids
            if tag == "a" and name == "href":
                assert value.lstrip("#") in ids or value.startswith("https://arxiv.org/abs/")
            elif name in {"src", "href", "xlink:href", "srcset", "action", "data", "poster", "background"}:
                media = {"img": "data:image/png;base64,", "audio": "data:audio/flac;base64,"}.get(tag, "no media")
                assert value.startswith(media) or (value.startswith("#") and value[1:] in ids)
            elif name != "rel":
                assert "//" not in (value or ""), "no other attribute holds an address"
    for style in page.styles:
        assert "url(" not in style
        assert "@import" not in style


def test_a_healthy_run_is_told_in_full(tmp_path):
    page = Page(report_of(healthy_run(tmp_path)))
    for told in (
        "dcgan on digits", "done", "2,000 of 2,000", "6 min 40 s", "None, in 40 log lines",
        "step 2,000, the last samples", "precision(pixels)", "0.7100", "higher is better", "k = 3", "training data",
        "learning_rate", "0.0002", "environment", "2026-01-01 10:00 UTC",
        "5f2c5f2c", "3.15.1", "(median; 4.92 to 5.08 between log lines)", "320", "discriminator/adversarial",
    ):  # fmt: skip
        assert told in page.text, told
    shown = [int(image["alt"].split()[3].rstrip(",")) for image in page.named("img")]
    assert shown == [250, 500, 1000, 1250, 1750, 2000], "the first, some between and the last"
    assert "40% of the 16 min 40 s that the run took" in page.text, (
        "400 s of training; the run began ten minutes before it"
    )


def test_every_chart_has_axis_labels_and_a_legend_with_the_last_values(tmp_path):
    page = report_of(healthy_run(tmp_path))
    charts = re.findall(r'<figure class="chart">.*?</figure>', page, flags=re.DOTALL)
    assert len(charts) == 5
    for chart in charts:
        assert ">step</text>" in chart
        assert re.search(r">(loss|share told right|norm|ratio to the data's|steps/s)</text>", chart)
        assert chart.count('class="key"') == chart.count("<li>") >= 1
    assert re.search(r"generator/adversarial <b>1\.4", charts[0])


@pytest.mark.parametrize("count", [2, 7, 12, 30])
def test_many_series_stay_apart_by_colour_and_dash(tmp_path, count):
    losses = {f"player/term_{n:02}": 0.1 * n + 0.5 for n in range(count)}
    lines = [log_line(step, losses=losses) for step in range(50, 1001, 50)]
    page = report_of(write_run(tmp_path, lines, facts()))
    section = page[page.index('<section id="curves">') : page.index("Gradient norm")]
    charts = re.findall(r'<figure class="chart">.*?</figure>', section, flags=re.DOTALL)
    assert len(charts) == math.ceil(count / 12)
    for chart in charts:
        looks = re.findall(r'class="key".*?style="([^"]*)"', chart)
        assert len(looks) == len(set(looks)) <= 12
        for look in looks:
            colour, dashed = re.search(r"var\(--s\d\)", look)[0], "dasharray" in look
            lines_drawn = re.findall(rf'style="fill: none;[^"]*stroke: {re.escape(colour)}[^"]*"', chart)
            assert any(("dasharray" in line) == dashed for line in lines_drawn), (
                "the drawing uses what the legend shows"
            )
    for name in losses:
        assert name in section


def test_a_collapsed_run_shows_the_finding_with_its_advice(tmp_path):
    page = Page(report_of(collapsed_run(tmp_path)))
    assert "collapse found at step 1,750" in page.text
    assert "it had been 0.90 at step 750" in page.text, "the message is that of the whole log"
    assert "Look at the samples; if they are one or a few pictures, start again" in page.text
    assert "no longer so" not in page.text


def test_a_finding_that_passed_is_told_as_that(tmp_path):
    lines = [log_line(step) for step in range(50, 2001, 50)]
    lines.insert(5, {"kind": "finding", "step": 250, "name": "discriminator-saturated", "message": "right on 99.5%"})
    page = Page(report_of(write_run(tmp_path, [*lines, END], facts())))
    assert "discriminator-saturated found at step 250; no longer so at the end" in page.text
    assert "right on 99.5%" in page.text
    links = [a["href"] for a in page.named("a") if not a["href"].startswith("#")]
    assert "https://arxiv.org/abs/1801.04406" in links


def test_values_that_are_not_finite_are_shown_as_what_they_are(tmp_path):
    source = report_of(failed_run(tmp_path))
    page = Page(source)
    assert "failed the loss generator/adversarial is nan at step 500" in page.text
    assert "not-finite" in page.text
    assert "generator/adversarial was not finite in 1 of 10 log lines (marked x): nan at step 500." in page.text
    assert "discriminator/adversarial was not finite in 1 of 10 log lines (marked x): -inf at step 500." in page.text
    assert "generator/gradient_norm was not finite in 1 of 10 log lines (marked x): inf at step 450." in page.text
    assert re.search(r"generator/adversarial <b>nan</b>", source), "the legend's last value"
    for word in ("-inf, nan", "inf"):
        assert f">{word}</text>" in source, "written in the chart, at its place"


def test_a_series_of_nothing_but_nan_is_still_drawn(tmp_path):
    lines = [log_line(step, losses={"a/loss": "nan", "b/loss": None}) for step in (50, 100)]
    page = Page(report_of(write_run(tmp_path, lines, facts())))
    assert "a/loss was not finite in 2 of 2 log lines (marked x): nan at step 50, nan at step 100." in page.text


def test_an_empty_run_says_so_and_how_to_go_on(tmp_path):
    page = Page(report_of(write_run(tmp_path, run=facts())))
    assert "multigan sample" not in page.text, "there is no checkpoint to sample from"
    for told in (
        "no checkpoint yet", "nothing logged yet", "0 of 2,000", "log.jsonl is missing", "None were drawn yet",
        "learning_rate", f"multigan run --resume {tmp_path}",
    ):  # fmt: skip
        assert told in page.text, told
    assert page.named("img") == []


def test_a_directory_without_anything_still_gives_a_report(tmp_path):
    page = Page(report_of(tmp_path))
    assert "run.toml is missing" in page.text
    (tmp_path / "run.toml").write_text("not = [toml")
    assert "run.toml is damaged" in Page(report_of(tmp_path)).text
    with pytest.raises(UsageError, match="no such run directory"):
        write_report(tmp_path / "nowhere")


def test_a_last_line_cut_short_by_a_kill_is_left_out_and_told(tmp_path):
    run = write_run(tmp_path, [log_line(step) for step in range(50, 501, 50)], facts(), samples=(250,))
    with (run / "log.jsonl").open("a") as file:
        file.write(json.dumps(log_line(550))[:80])
    page = Page(report_of(run))
    assert "log.jsonl: line 11 is cut short, as by a kill, and left out." in page.text
    assert "500 of 2,000" in page.text
    assert "the run goes on, or was killed" in page.text


def test_a_damaged_line_in_the_middle_is_left_out_and_told(tmp_path):
    run = write_run(tmp_path, map(log_line, (50, 100, 150)), facts())
    whole = (run / "log.jsonl").read_bytes().split(b"\n")
    (run / "log.jsonl").write_bytes(b"\n".join([whole[0], b'{"step": \xff\x00', b"[1, 2]", *whole[1:]]))
    page = Page(report_of(run))
    assert "line 2 is damaged" in page.text
    assert "line 3 is damaged" in page.text
    assert "150 of 2,000" in page.text


def test_abandoned_lines_are_not_drawn_and_restarts_are_marked(tmp_path):
    source = report_of(resumed_run(tmp_path))
    page = Page(source)
    assert "ghost/term" not in source
    assert "12,345" not in source
    assert "2 log lines were taken back by a resume" in page.text
    assert "Dotted upright lines: resumed at step 500." in page.text
    assert "samples/step-00001000.png is of a step that was taken back" in page.text
    assert "step 750, the last samples" in page.text
    assert "interrupted SIGINT" in page.text
    dotted = [style for style in re.findall(r'style="([^"]*)"', source) if "stroke-dasharray: 1,2" in style]
    undisturbed = report_of(healthy_run(tmp_path.parent / "undisturbed"))
    references = [style for style in re.findall(r'style="([^"]*)"', undisturbed) if "stroke-dasharray: 1,2" in style]
    assert len(dotted) == len(references) + 5, "one more in each chart"


def test_names_are_escaped_everywhere(tmp_path):
    evil = "<script>alert(1)</script>\"'&$x_"
    run = facts(plugin=evil, recipe=evil, started=evil, references=[evil])
    for table in ("settings", "options"):
        run[table] = {evil: {"value": evil, "origin": evil}}
    run["data"] = {"name": evil, evil: evil, "classes": [evil]}
    run["versions"] = run["machine"] = {evil: evil, "backend": evil, "device": evil}
    lines = [log_line(step, losses={evil: 1.0}, health={f"player/{evil}": 1.0, "x/<b>": 2.0}) for step in (50, 100)]
    lines += [
        {"kind": "finding", "step": 100, "name": evil, "message": evil, "advice": evil},
        {"kind": "end", "step": 100, "outcome": evil, "message": evil},
    ]
    scores = [score(evil, 1.0) | {"protocol": evil, "data": evil, "better": evil}]
    source = report_of(write_run(tmp_path, lines, run, scores, samples=(100,)))
    page = Page(source)
    assert not page.named("script")
    assert len(page.named("b")) == len(re.findall('class="key"', source)) == 4, "the last values, nothing else"
    assert "<script" not in source.lower()
    assert page.text.count(evil) >= 15, "it is shown, as text"


@pytest.mark.parametrize("name", ["my run", "it's; rm -rf ~", "-n", "$HOME `x`", "plain"])
def test_commands_can_be_pasted_whatever_the_directory_is_called(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    healthy_run(tmp_path / name)
    source = report_of((tmp_path / name).relative_to(tmp_path))
    page, commands = Page(source), []
    for command in re.findall(r"<pre><code>.*?</code></pre>", source, flags=re.DOTALL):
        commands.append(shlex.split(Page(command).text))
    given = f"./{name}" if name.startswith("-") else name
    assert commands == [
        ["multigan", "sample", given, "-n", "64", "--seed", "7"],
        ["multigan", "run", "--resume", given, "--steps", "4000"],
        ["multigan", "evaluate", given],
        ["multigan", "export", given, "--format", "keras"],
    ]
    assert str(tmp_path) not in page.text


def test_an_unfinished_run_is_resumed_to_its_own_total(tmp_path):
    assert "--steps" not in Page(report_of(resumed_run(tmp_path))).text


def test_the_same_files_give_the_same_report_and_nothing_is_left_beside_it(tmp_path):
    run = healthy_run(tmp_path)
    before = {path.name for path in run.iterdir()}
    assert report_of(run) == report_of(run)
    assert {path.name for path in run.iterdir()} - before == {"report.html"}


def test_the_callers_matplotlib_settings_neither_change_the_report_nor_are_changed(tmp_path):
    import matplotlib

    run = healthy_run(tmp_path)
    expected = report_of(run)
    with matplotlib.rc_context({"font.size": 33, "xtick.minor.visible": True, "svg.hashsalt": None}):
        assert report_of(run) == expected
        assert matplotlib.rcParams["font.size"] == 33
    assert "text.usetex" in matplotlib.rcParams


def test_a_long_log_is_drawn_as_means_and_says_so(tmp_path):
    lines = [log_line(step) for step in range(1, 3002)]
    lines[700]["losses"]["generator/adversarial"] = "nan"
    source = report_of(write_run(tmp_path, [*lines, END], facts()))
    assert "Each point is the mean of 6 log lines; the band spans their extremes." in source
    assert "generator/adversarial was not finite in 1 of 3,001 log lines (marked x): nan at step 701." in source
    assert len(source) < 1_000_000


def test_a_gradient_over_decades_gets_a_logarithmic_axis_that_keeps_zero(tmp_path):
    lines = [log_line(step, health={"generator/gradient_norm": 10.0 ** (-step / 50)}) for step in range(50, 501, 50)]
    assert "Logarithmic axis." in report_of(write_run(tmp_path / "a", lines, facts()))
    lines[-1]["health"]["generator/gradient_norm"] = 0.0
    assert "Logarithmic axis beyond 1e-09." in report_of(write_run(tmp_path / "b", lines, facts()))


def test_phases_and_a_plugins_own_observations_are_drawn(tmp_path):
    lines = [log_line(step, phase="likelihood" if step <= 300 else "game") for step in range(50, 1001, 50)]
    for line in lines:
        line["health"]["generator/token_entropy"] = 3.2
    page = Page(report_of(write_run(tmp_path, lines, facts())))
    assert "a phase of the training began at step 300" in page.text
    assert "token entropy" in page.text
    assert "generator/token_entropy 3.2" in page.text


def test_a_preview_that_cannot_be_read_is_told_and_the_one_before_shown(tmp_path):
    run = healthy_run(tmp_path)
    path = run / "samples" / "step-00002000.png"
    path.write_bytes(path.read_bytes()[:100])
    (run / "samples" / "step-00002000-seed-0").mkdir()
    page = Page(report_of(run))
    assert "samples/step-00002000.png could not be shown" in page.text
    assert "step 1,750, the last samples" in page.text


def test_a_wide_preview_is_made_smaller_before_it_is_embedded(tmp_path):
    images = numpy.random.default_rng(0).uniform(-1, 1, (4, 1000, 1000, 1)).astype("float32")
    for step in (250, 500):
        write_samples(tmp_path / "samples" / f"step-{step:08d}.png", images, image_files())
    page = Page(report_of(write_run(tmp_path, map(log_line, (250, 500)), facts())))
    assert [image["width"] for image in page.named("img")] == ["800", "1600"]


def test_a_newer_score_of_the_same_measurement_replaces_the_older(tmp_path):
    scores = [score("recall(pixels)", 0.11), score("recall(pixels)", "nan"), score("recall(pixels)", 0.33, step=500)]
    page = Page(report_of(write_run(tmp_path, [log_line(50)], facts(), scores)))
    assert "0.1100" not in page.text
    assert "nan" in page.text
    assert page.text.index("0.3300") < page.text.index("nan")


CURVE = tuple(Draw({"guidance": value, "solver": "heun"}, nullcontext) for value in (0.5, 2.0))


def test_scores_of_a_curve_stand_side_by_side_with_how_their_samples_were_drawn(tmp_path, monkeypatch):
    known = {
        "smells": Modality(name="smells", noun="s", summary="s", field="smell", open="g:f", curve=f"{__name__}:CURVE")
    }
    monkeypatch.setattr(modality, "_known", dict(modality.modalities()) | known)
    for name, drawn, told in (
        ("text", [{"temperature": 0.5}, {"temperature": 1.15}], ["temperature 0.5", "temperature 1.15"]),
        ("smells", [draw.facts for draw in CURVE], ["guidance 0.5, solver heun", "guidance 2, solver heun"]),
    ):
        scores = [score("recall", 0.1 + place) | dict(ways) for place, ways in enumerate(drawn)]
        page = Page(report_of(write_run(tmp_path, [log_line(50)], facts(modality=name), scores)))
        assert [words for words in told if f"recall at {words}" in page.text] == told


def test_missing_modes_are_named_and_every_mode_has_its_share(tmp_path):
    run = facts(recipe="gan-points", modality="points", data=facts()["data"] | {"classes": ["east", "north", "west"]})
    lines = [log_line(step) for step in range(50, 2001, 50)]
    for line in lines:
        if "diversity" in line["health"]:
            line["health"] |= {"recall": 0.61, "classes_covered": 2.0, "high_quality": 0.9}
            line |= {"shares": [0.6, 0.3, 0.0], "missing": [2]}
    page = Page(report_of(write_run(tmp_path, [*lines, END], run, samples=(2000,))))
    assert "1 of 3 modes are missing: west" in page.text
    assert "east60.0% north30.0% westmissing" in page.text
    assert "modes2 of 3" in page.text
    assert "high quality0.9" in page.text
    assert f"multigan doctor {tmp_path}" in page.text


def test_recoveries_are_counted_and_told(tmp_path):
    lines = [log_line(step) for step in (50, 100)]
    recovery = {"kind": "recovery", "step": 100, "failed": 120, "number": 1, "rates": 0.5, "message": "nan at step 120"}
    page = Page(report_of(write_run(tmp_path, [*lines, recovery, log_line(150)], facts())))
    assert "recoveries1" in page.text
    told = "Recovery 1: nan at step 120; the run went back to step 100, with learning rates times 0.5."
    assert told in page.text
    assert "to step 100." in page.text


def test_the_best_checkpoint_is_named_with_its_curve(tmp_path):
    scores = [score("recall", value, None, step) | {"by": "keep-best"} for step, value in ((250, 0.3), (500, 0.5))]
    scores += [score("recall", 0.9, None, 750) | {"by": "keep-best", "abandoned": True}]
    scores += [score("recall", 0.4, None, 750) | {"by": "keep-best"}, score("recall", 0.99, None, 750)]
    lines = [log_line(step) for step in range(50, 751, 50)]
    source = report_of(write_run(tmp_path, lines, facts(), scores, samples=(250, 500, 750)))
    assert "Best recall of 3 checkpoints: 0.5000 at step 500." in Page(source).text
    assert "the best.</p>" in source[source.index('id="scores"') :]
    assert "--checkpoint best" in source


def heard(source):
    """The sounds that a player's address holds, int16 `(samples, channels)`, and their rate."""
    content = base64.b64decode(source.removeprefix("data:audio/flac;base64,"))
    return soundfile.read(io.BytesIO(content), dtype="int16", always_2d=True)


def test_the_last_sounds_have_players_with_names_and_earlier_steps_one_for_all(tmp_path):
    source = report_of(audio_run(tmp_path))
    assert "media-src data:" in source
    page = Page(source)
    players = page.named("audio")
    assert all("controls" in player for player in players)
    strip, last = players[:5], players[5:]
    assert [player["aria-label"] for player in last[::5]] == [
        "Sound 0 kick",
        "Sound 5 snare",
        "Sound 10 <b>hat",
        "Sound 15 clap",
    ]
    assert "0 kick" in page.text
    assert "10 <b>hat" in page.text
    sequence = read_sequence(tmp_path / "samples" / "step-00002000.flac")
    for player, sound in zip(last, sequence.sounds, strict=True):
        samples, rate = heard(player["src"])
        numpy.testing.assert_array_equal(samples, sound)
        assert rate == 16000
    assert [player["aria-label"] for player in strip] == [
        f"Sounds of step {step}" for step in (250, 500, 1000, 1250, 1750)
    ]
    for player in strip:
        assert len(heard(player["src"])[0]) == 16 * 4096 + 15 * 4000
    assert len(page.named("img")) == 6, "the sheets are pictures"
    assert "Fewer sounds" not in page.text


def test_a_page_has_a_bounded_share_of_long_sounds_and_says_so(tmp_path, monkeypatch):
    monkeypatch.setattr(audio_players, "SOUND", 300_000)
    page = Page(report_of(audio_run(tmp_path, length=8192, noise=0.5)))
    players = page.named("audio")
    assert 150_000 < sum(len(player["src"]) for player in players) <= 300_000
    each = [player for player in players if player["aria-label"].startswith("Sound ")]
    assert 5 < len(each) < 16
    assert (each[0]["aria-label"], each[-1]["aria-label"]) == ("Sound 0 kick", "Sound 15 clap")
    assert f"{len(each)} of 16 sounds" in page.text
    assert "Fewer sounds keep this page small; samples/step-*.flac hold them all." in page.text


def test_sounds_that_do_not_fit_at_all_leave_the_picture_and_the_note(tmp_path, monkeypatch):
    monkeypatch.setattr(audio_players, "SOUND", 1000)
    page = Page(report_of(audio_run(tmp_path, noise=0.5, steps=(1000, 2000))))
    assert page.named("audio") == []
    assert page.text.count("0 of 16 sounds") == 2
    assert len(page.named("img")) == 2


def test_damaged_sounds_are_told_and_the_rest_is_shown(tmp_path, monkeypatch):
    run = audio_run(tmp_path, steps=(1000, 2000))
    path = run / "samples" / "step-00002000.flac"
    path.write_bytes(path.read_bytes()[:3000])
    page = Page(report_of(run))
    assert "samples/step-00002000.flac is damaged and cannot be played." in page.text
    assert [player["aria-label"] for player in page.named("audio")] == ["Sounds of step 1000"]
    assert len(page.named("img")) == 2
    monkeypatch.setitem(sys.modules, "soundfile", None)
    page = Page(report_of(run))
    assert "samples/step-00001000.flac is not played here: sounds need soundfile" in page.text
    assert len(page.named("img")) == 2


def test_sounds_of_a_step_that_was_taken_back_are_not_played(tmp_path):
    run = audio_run(tmp_path, steps=(1000, 2000, 2250))
    with (run / "log.jsonl").open("a") as file:
        file.write(json.dumps({"kind": "resume", "step": 2000, "time": clock(500)}) + "\n")
    page = Page(report_of(run))
    assert page.text.count("samples/step-00002250.png is of a step that was taken back, and not shown.") == 1
    assert "step 2,000, the last samples" in page.text
    assert page.named("audio")[0]["aria-label"] == "Sounds of step 1000"


def test_sounds_whose_sheet_was_not_written_any_more_are_left_out(tmp_path):
    run = audio_run(tmp_path, steps=(1000, 1750, 2000))
    (run / "samples" / "step-00002000.png").unlink()
    page = Page(report_of(run))
    assert "could not be shown" not in page.text
    assert "step 1,750, the last samples" in page.text


def test_a_run_without_sounds_has_no_players(tmp_path):
    assert "<audio" not in report_of(healthy_run(tmp_path))
