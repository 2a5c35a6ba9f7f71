"""The page in a real browser: it opens, plays, stays at home and fits a phone."""

from dataclasses import replace

import numpy as np
import pytest

from chromium import MARKS, launched
from kitchen import kitchen, saying
from listenlive.analysis import analyse
from listenlive.report.clips import encode
from listenlive.report.html import render
from listenlive.report.page import page_of

pytestmark = MARKS


@pytest.fixture(scope="module")
def browser():
    with launched() as found:
        yield found


def hum(span):
    at = np.arange(int(16_000 * span.duration)) / 16_000
    return encode((0.2 * np.sin(2 * np.pi * 220 * at)).astype(np.float32)[:, None])


@pytest.fixture
def opened(browser, tmp_path):
    """Opens the page of a conversation; asserts at the end that nothing left it or went wrong."""
    asked, complaints = [], []
    context = browser.new_context()

    def on(page):
        page.on("request", lambda request: asked.append(request.url))
        page.on("console", lambda message: complaints.append(message.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))

    def open_page(conversation, *, width=1200, height=900):
        path = tmp_path / "report.html"
        made = page_of(conversation, analyse(conversation), clip=hum)
        path.write_text(render(made), encoding="utf-8")
        page = context.new_page()
        page.set_viewport_size({"width": width, "height": height})
        on(page)
        page.goto(path.as_uri())
        return page

    yield open_page
    context.close()
    assert complaints == []
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []


def test_it_renders_without_a_complaint_or_a_request(opened):
    page = opened(kitchen())
    assert page.locator("h2").first.inner_text() == "At a glance"
    assert page.locator(".timeline a").count() > 5
    assert page.evaluate("getComputedStyle(document.querySelector('.cards')).display") == "grid"


PLAY = """(audio) => new Promise((resolve) => {
  audio.addEventListener("timeupdate", () => audio.currentTime > 0.1 && resolve(audio.duration));
  audio.play();
})"""


def test_a_clip_plays_in_place_and_alone(opened):
    page = opened(kitchen())
    first, second = page.locator("audio").nth(0), page.locator("audio").nth(1)
    assert first.evaluate(PLAY) > 4
    assert second.evaluate(PLAY) > 4
    assert first.evaluate("audio => audio.paused")


def folds_around(place):
    return place.locator("xpath=ancestor-or-self::details").all()


def test_a_mark_leads_to_its_moment_and_opens_the_fold(opened):
    page = opened(kitchen())
    mark = page.locator(".timeline a[href]").last
    mark.focus()
    page.keyboard.press("Enter")
    moment = page.locator(f"{mark.get_attribute('href')}:focus")
    moment.wait_for(state="visible")
    assert all(fold.get_attribute("open") is not None for fold in folds_around(moment))


def test_words_are_never_run(opened):
    bad = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"
    page = opened(saying(kitchen(names=("Nora", bad)), "B", f"{bad} שלום"))
    assert "run" not in page.title()
    assert page.locator("img").count() == 0
    line = page.locator(".line.person-1 span[dir=auto]").first
    assert line.text_content().startswith("<script>")


def test_the_policy_blocks_the_network_and_foreign_scripts(browser, tmp_path):
    path = tmp_path / "report.html"
    html = render(page_of(kitchen(), analyse(kitchen())))
    path.write_text(html.replace("</body>", "<script>document.title = 'run'</script></body>"))
    page = browser.new_page()
    left = []
    page.on("requestfinished", lambda request: left.append(request.url))
    page.goto(path.as_uri())
    assert page.title() != "run"
    assert (
        page.evaluate("fetch('https://example.org/').then(() => 'left', () => 'stayed')")
        == "stayed"
    )
    assert page.evaluate(
        """() => new Promise((resolve) => {
          addEventListener("securitypolicyviolation", (e) => resolve(e.effectiveDirective));
          const image = new Image(); image.src = "https://example.org/x.png";
        })"""
    ) == "img-src"  # fmt: skip
    assert [url for url in left if not url.startswith("file:")] == []
    page.close()


@pytest.mark.parametrize("width", [360, 768])
def test_it_fits_a_phone(opened, width):
    long_name = "Bartholomew-Maximilian von und zu Hohenstauffen-Wittelsbach"
    page = opened(kitchen(names=("Nora", long_name)), width=width)
    for fold in page.locator("details").all():
        fold.evaluate("fold => fold.open = true")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_shows_what_is_folded(opened):
    page = opened(kitchen())
    assert page.locator("details:not([open])").count() > 0
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert page.locator("details:not([open])").count() == 0
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("details:not([open])").count() > 0


def test_three_hours_open_and_answer(opened):
    hour = kitchen()
    rounds = 30
    utterances = tuple(
        replace(u, id=u.id + 1000 * n, span=u.span.shifted(n * hour.duration))
        for n in range(rounds)
        for u in hour.utterances
    )
    page = opened(replace(hour, utterances=utterances, duration=rounds * hour.duration))
    page.locator("#closer > summary").click()
    assert page.locator("#closer svg.timeline").count() == 18
    page.locator("#closer svg.timeline a").last.click()
    page.locator(".entry:focus").wait_for(state="visible")
