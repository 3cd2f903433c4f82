"""The page in a real browser: what a person does with it, and what comes of it."""

import contextlib
import io
import json
import subprocess
import sys
import zipfile

import numpy as np
import pytest
from PIL import Image

pytestmark = pytest.mark.extra
with contextlib.suppress(ImportError):
    from playwright.sync_api import TimeoutError as TooLateError
PLACE = {name: number for number, name in enumerate(
    ("digits", "classes", "points", "sounds", "texts", "grey", "maps", "holes", "larger", "styled", "both")
)}  # fmt: skip


def key(name, side=0):
    return f"{PLACE[name]}-{side}"


def fetch(page, address):
    """The content of a file that the page shows."""
    answer = page.request.get(f"{page.url.rstrip('/')}/{address}" if "://" not in address else address)
    assert answer.ok, answer.status
    return answer.body()


def pictures(page, place):
    """What a place of the page shows, by address."""
    return page.eval_on_selector_all(f"{place} img", "all => all.map(each => each.getAttribute('src'))")


def until(page, act, condition, arg=None):
    """Does something until a condition holds: what happens before a part of the page stands is lost, as on any page."""
    # A game's first sample waits for its framework, on a busy machine for many seconds.
    for seconds in (12, 24, 48, 96):
        act()
        with contextlib.suppress(TooLateError):
            page.wait_for_function(condition, arg=arg, timeout=1000 * seconds)
            return
    raise AssertionError(condition)


def press(page, act, spot):
    """Presses a button, or does something else, and waits until what stands in a place of the page was made anew."""
    mark = "spot => document.querySelector(spot + ' [data-made]')?.dataset.made ?? ''"
    before = page.evaluate(mark, spot)
    until(
        page,
        act if callable(act) else lambda: page.click(act),
        f"([spot, before]) => ![before, ''].includes(({mark})(spot))",
        arg=[spot, before],
    )


def made(page, name, side=0):
    """Presses the button and returns the addresses of what is new on the stage."""
    press(page, f"#make-{key(name, side)}", f"#stage-{key(name, side)}")
    return pictures(page, f"#stage-{key(name, side)}")


def slid(page, name, side=0):
    """Presses the button and returns the two pictures of the slider."""
    place = f"#slider-{key(name, side)}"
    before = (pictures(page, place) or [""])[-1]
    press(page, f"#make-{key(name, side)}", f"#stage-{key(name, side)}")
    page.wait_for_function(
        "([place, before]) => { const all = [...document.querySelectorAll(place + ' img')];"
        "return all.length >= 2 && all[1].getAttribute('src') && all[1].getAttribute('src') !== before; }",
        arg=[place, before],
    )
    return [np.asarray(Image.open(io.BytesIO(fetch(page, each)))) for each in pictures(page, place)[:2]]


def saved(page, name, side=0, place="save"):
    """The zip file behind the button."""
    with page.expect_download() as download:
        page.click(f"#{place}-{key(name, side)}")
    return zipfile.ZipFile(download.value.path())


def dropped(page, name, picture, side=0, field="source"):
    """Drops a picture on a field."""
    buffer = io.BytesIO()
    picture.save(buffer, format="PNG")
    place = f"#ask-{key(name, side)}-{field}"
    given = {"name": "a b.png", "mimeType": "image/png", "buffer": buffer.getvalue()}
    until(
        page,
        lambda: page.set_input_files(f"{place} input[type=file]", given),
        "place => document.querySelector(place + ' img')",
        place,
    )


def paint(page, place, number, points, tool="brush"):
    """Chooses a colour and draws through points, each a share of the canvas."""
    page.click(f"{place} [data-number='{number}']")
    page.click(f"{place} [data-tool={tool}]")
    canvas = page.locator(f"{place} canvas")
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    spots = [(box["x"] + x * box["width"], box["y"] + y * box["height"]) for x, y in points]
    page.mouse.move(*spots[0])
    page.mouse.down()
    for spot in spots[1:]:
        page.mouse.move(*spot, steps=4)
    page.mouse.up()


def apart(one, other):
    """How far two pictures are apart where they are farthest, of 255."""
    one, other = (np.asarray(Image.open(io.BytesIO(each)), int) for each in (one, other))
    return np.abs(one - other).max()


def colourful(size):
    draw = np.random.default_rng(5)
    return Image.fromarray(draw.integers(0, 256, (size[1], size[0], 3), dtype=np.uint8))


def test_a_seed_makes_pictures_and_another_makes_others(open_page):
    page = open_page("digits")
    first = [fetch(page, each) for each in made(page, "digits")]
    page.fill(f"#seed-{key('digits')} input", "7")
    second = [fetch(page, each) for each in made(page, "digits")]
    assert len(first) == len(second) == 8
    assert not {*first} & {*second}
    page.fill(f"#seed-{key('digits')} input", "0")
    assert [fetch(page, each) for each in made(page, "digits")] == first


def test_what_is_saved_tells_how_and_the_command_line_makes_the_same(open_page, runs, tmp_path):
    from multigan.cli import main

    page = open_page("digits")
    page.fill(f"#seed-{key('digits')} input", "3")
    made(page, "digits")
    archive = saved(page, "digits")
    how = json.loads(archive.read("how.json"))
    assert {name: how[name] for name in ("run", "recipe", "checkpoint", "seed", "count")} == {
        "run": "digits", "recipe": "dcgan", "checkpoint": 80, "seed": 3, "count": 8,
    }  # fmt: skip
    with pytest.raises(SystemExit):
        main(["sample", str(runs["digits"]), "-n", "8", "--seed", "3", "--out", str(tmp_path / "out"), "--quiet"])
    for number in range(8):
        name = f"{number:05d}.png"
        assert archive.read(f"samples/{name}") == (tmp_path / "out" / name).read_bytes()


def test_the_chosen_class_is_made(open_page):
    page = open_page("classes")
    page.click(f"#ask-{key('classes')}-label input")
    page.get_by_role("option", name="3", exact=True).click()
    made(page, "classes")
    titles = page.locator(f"#stage-{key('classes')} figcaption span:first-child").all_inner_texts()
    assert titles == [f"{number} 3" for number in range(8)]
    assert json.loads(saved(page, "classes").read("how.json"))["asked"] == {"label": ["3"]}


def test_two_samples_are_mixed_and_the_place_between_them_counts(open_page):
    page = open_page("digits")
    first = [fetch(page, each) for each in made(page, "digits")]
    for row in (0, 5):
        page.click(f"#stage-{key('digits')} [data-pick=mix][data-row='{row}']")
        page.wait_for_selector(f"#corners-{key('digits')} figure >> nth={0 if row == 0 else 1}")
    mixture = f"#mixture-{key('digits')}"
    page.wait_for_selector(f"{mixture} img")
    middle = fetch(page, pictures(page, mixture)[0])
    assert middle not in first
    number = page.locator(f"#across-{key('digits')} input[type=number]")
    number.fill("0")
    press(page, number.blur, mixture)
    # At the left end it is the left one, up to the rounding of a latent and of a pixel.
    assert apart(fetch(page, pictures(page, mixture)[0]), first[0]) <= 1
    assert apart(middle, first[0]) > 1


def test_more_like_one_begins_with_it(open_page):
    page = open_page("digits")
    first = [fetch(page, each) for each in made(page, "digits")]
    press(page, f"#stage-{key('digits')} [data-pick=like][data-row='4']", f"#stage-{key('digits')}")
    near = [fetch(page, each) for each in pictures(page, f"#stage-{key('digits')}")]
    assert apart(near[0], first[4]) <= 1
    assert all(apart(each, first[4]) > 1 for each in near[1:])
    how = json.loads(saved(page, "digits").read("how.json"))
    assert how["latents"]["of"] == {"seed": 0, "number": 4, "way": "seed"}


def test_a_walk_is_a_picture_that_moves(open_page):
    page = open_page("digits")
    page.click(f"#walk-{key('digits')} button")
    page.click(f"#walk-go-{key('digits')}")
    page.wait_for_selector(f"#walk-stage-{key('digits')} img")
    film = Image.open(io.BytesIO(fetch(page, pictures(page, f"#walk-stage-{key('digits')}")[0])))
    assert film.n_frames > 30


def test_points_are_shown_on_the_plane(open_page):
    page = open_page("points")
    (address,) = made(page, "points")
    assert min(Image.open(io.BytesIO(fetch(page, address))).size) > 300
    assert "samples/samples.csv" in saved(page, "points").namelist()


def test_a_sound_is_played(open_page):
    page = open_page("sounds")
    made(page, "sounds")
    # Nobody clicked on this very player, which browsers ask for unless it is mute.
    played = page.evaluate(
        "async place => { const sound = document.querySelector(place + ' audio'); sound.muted = true;"
        "await sound.play(); await new Promise(go => sound.addEventListener('ended', go));"
        "return [sound.duration, sound.currentTime]; }",
        f"#stage-{key('sounds')}",
    )
    assert played == pytest.approx([1.024, 1.024], abs=0.03)


def test_texts_begin_as_they_are_told_to_and_then_freely_again(open_page):
    page = open_page("texts")
    place = f"#stage-{key('texts')} li"
    made(page, "texts")
    free = page.locator(place).all_inner_texts()
    page.fill(f"#prefix-{key('texts')} textarea", "the cat")
    made(page, "texts")
    begun = page.locator(place).all_inner_texts()
    assert all(text.startswith("the cat") for text in begun)
    page.fill(f"#prefix-{key('texts')} textarea", "")
    made(page, "texts")
    assert page.locator(place).all_inner_texts() == free


def test_a_picture_is_translated_at_its_own_size_and_seen_beside_what_it_was_made_of(open_page):
    page = open_page("grey")
    picture = colourful((24, 16))
    dropped(page, "grey", picture)
    before, after = slid(page, "grey")
    assert before.shape[:2] == after.shape[:2] == (256, 384)
    grey = np.asarray(picture.convert("L"), int)
    # What went in is what training makes of a picture.
    assert np.abs(before[::16, ::16, 0].astype(int) - grey).max() <= 1
    assert (before[..., 0] == before[..., 1]).all()
    archive = saved(page, "grey")
    how = json.loads(archive.read("how.json"))
    assert how["inputs"]["source"][0]["file"] == "given/source.png"
    assert Image.open(io.BytesIO(archive.read("samples/source.png"))).size == (24, 16)


def test_a_run_that_goes_both_ways_has_a_tab_for_each(open_page):
    page = open_page("both")
    dropped(page, "both", colourful((16, 16)))
    _, there = slid(page, "both")
    page.get_by_role("tab", name="b2a", exact=True).click()
    dropped(page, "both", colourful((16, 16)), side=1)
    _, back = slid(page, "both", side=1)
    assert (there != back).any()
    assert json.loads(saved(page, "both", side=1).read("how.json"))["direction"] == "b2a"


def test_a_hole_is_brushed_and_nothing_else_changes(open_page):
    page = open_page("holes")
    picture = colourful((32, 24))
    dropped(page, "holes", picture)
    place = f"#ask-{key('holes')}-mask"
    page.wait_for_selector(f"{place} .under:not([hidden])")
    paint(page, place, 0, [(0.25, 0.5), (0.5, 0.5)])
    slid(page, "holes")
    archive = saved(page, "holes")
    hole = np.asarray(Image.open(io.BytesIO(archive.read("given/mask.png")))) == 255
    filled = np.asarray(Image.open(io.BytesIO(archive.read("samples/source.png"))))
    same = (filled == np.asarray(picture)).all(axis=-1)
    assert 0 < hole.mean() < 0.5
    assert same[~hole].all()
    assert not same[hole].all()


def test_a_loupe_shows_what_was_made_larger(open_page):
    page = open_page("larger")
    dropped(page, "larger", colourful((16, 12)))
    before, after = slid(page, "larger")
    assert before.shape == after.shape
    glasses = page.locator(f"#loupe-{key('larger')} .glass")
    assert glasses.count() == 2
    page.hover(f"#loupe-{key('larger')} img", position={"x": 5, "y": 5})
    corner = glasses.nth(1).evaluate("each => each.style.backgroundPosition")
    page.hover(f"#loupe-{key('larger')} img", position={"x": 200, "y": 150})
    assert glasses.nth(1).evaluate("each => each.style.backgroundPosition") != corner


def test_a_painted_map_makes_a_picture_and_another_map_another_one(open_page):
    page = open_page("maps")
    place = f"#ask-{key('maps')}-source"
    paint(page, place, 0, [(0.5, 0.5)], tool="bucket")
    sea = slid(page, "maps")
    paint(page, place, 1, [(0.1, 0.5), (0.9, 0.5)])
    land = slid(page, "maps")
    assert (sea[1] != land[1]).any()
    numbers = np.asarray(Image.open(io.BytesIO(saved(page, "maps").read("given/source.png"))))
    assert set(numbers.ravel().tolist()) == {0, 1}, "every pixel is one of the classes that were painted"
    # What went in is shown in the classes' colours.
    assert {tuple(colour) for colour in land[0].reshape(-1, land[0].shape[-1])[:, :3]} == {
        (0x1F, 0x4F, 0xA0), (0x5A, 0x9A, 0x3C)
    }  # fmt: skip
    page.click(f"{place} [data-tool=undo]")
    assert (slid(page, "maps")[1] == sea[1]).all()


def test_a_painted_map_is_given_a_style_by_a_seed_and_by_a_picture(open_page):
    page = open_page("styled")
    paint(page, f"#ask-{key('styled')}-source", 1, [(0.5, 0.5)], tool="bucket")
    one = slid(page, "styled")[1]
    page.fill(f"#seed-{key('styled')} input", "9")
    assert (slid(page, "styled")[1] != one).any()
    dropped(page, "styled", Image.new("RGB", (16, 16), "red"), field="style")
    red = slid(page, "styled")[1]
    assert (red != one).any()
    page.fill(f"#seed-{key('styled')} input", "10")
    made(page, "styled")
    shown = fetch(page, pictures(page, f"#slider-{key('styled')}")[1])
    assert (np.asarray(Image.open(io.BytesIO(shown))) == red).all(), "a picture's style stands above the seed's"
    kept = saved(page, "styled")
    assert {"given/source.png", "given/style.png"} <= {*kept.namelist()}


def test_an_empty_canvas_is_told_in_a_sentence(open_page):
    page = open_page("maps")
    page.click(f"#make-{key('maps')}")
    told = page.locator(".toast-body").first.inner_text()
    assert "The canvas is empty" in told
    assert "Traceback" not in told


def test_the_same_latents_are_seen_in_several_runs(open_page):
    page = open_page("side by side")
    page.click("#together-make")
    for name in ("digits", "grey", "texts"):
        page.wait_for_selector(f"#together-{PLACE[name]} :is(img, li)")
    assert "classes" not in page.inner_text("#together-note"), "its latents are of the first run's form"


def test_a_run_is_seen_to_grow_and_is_asked_for_a_checkpoint_and_to_stop(open_page, growing):
    page = open_page("growing")
    number = len(PLACE)

    def watch():
        for tab in ("make", "training"):
            page.get_by_role("tab", name=tab, exact=True).click()

    until(page, watch, f"document.querySelector('#status-{number}')?.innerText.includes('step 80 of 80')")
    assert page.locator(f"#curves-{number} svg").count() > 1
    assert not page.is_visible(f"#wish-stop-{number}")
    words = ["run", "--resume", growing, "--steps", 1_000_000, "--sample-every", 50, "--checkpoint-every", 1_000_000]
    run = subprocess.Popen([sys.executable, "-m", "multigan", *map(str, words), "--quiet"])
    try:
        page.wait_for_selector(f"#status-{number} >> text=it trains", timeout=90_000)
        step = "place => Number(/step ([0-9,]+)/.exec(document.querySelector(place).innerText)[1].replaceAll(',', ''))"
        seen = page.evaluate(step, f"#status-{number}")
        page.wait_for_function(f"([place, seen]) => ({step})(place) > seen", arg=[f"#status-{number}", seen])
        before = {path.name for path in (growing / "checkpoints").iterdir()}
        page.click(f"#wish-checkpoint-{number}")
        page.wait_for_function(
            "([place, count]) => !document.querySelector(place).innerText.includes(count)",
            arg=[f"#status-{number}", f"{len(before)} checkpoint"],
        )
        assert {path.name for path in (growing / "checkpoints").iterdir()} - before
        page.click(f"#wish-stop-{number}")
        assert run.wait(60) == 130
    finally:
        run.kill()
    page.wait_for_selector(f"#status-{number} >> text=stopped by a request")
    slider = page.locator(f"#previews-{number} input[type=range]")
    newest = fetch(page, pictures(page, f"#preview-{number}")[0])
    slider.press("Home")
    page.wait_for_selector(f"#preview-{number} >> text=step 40")
    assert fetch(page, pictures(page, f"#preview-{number}")[0]) != newest


@pytest.mark.parametrize("name", [*PLACE, "side by side"])
def test_nothing_is_wider_than_a_phone(open_page, name):
    page = open_page(width=390)
    tab = page.get_by_role("tab", name=name, exact=True)
    if not tab.is_visible():
        page.locator(".overflow-menu button").first.click()
        page.locator(".overflow-dropdown button", has_text=name).first.click()
    else:
        tab.click()
    button = f"#make-{key(name)}" if name in PLACE else "#together-make"
    page.wait_for_selector(button)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    box = page.locator(button).bounding_box()
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= 390
