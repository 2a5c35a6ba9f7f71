"""The pages as a person uses them, in a real browser: looked at, heard, put right."""

import re
import threading
from dataclasses import replace

import pytest
from browsing import serving
from talks_kept import hum, keep

from chromium import MARKS
from drawing import draw
from kitchen import kitchen, saying
from listenlive.conversation import Person
from listenlive.demo import keep_demo
from listenlive.events import PersonNamed
from listenlive.store import sessions

pytestmark = MARKS

EVIL = "<script>document.title='run'</script><img src=x onerror=\"document.title='run'\">"


@pytest.fixture
def pages(data):
    data.mkdir()
    with serving(data) as made:
        yield made


def drawn(page):
    page.locator("body[data-version]").wait_for()
    return page


def settled(page, version):
    """Wait until the page shows what `version` events say."""
    page.locator(f"body[data-version='{version}']").wait_for()
    return page


def clock(page):
    return page.locator("#clock").inner_text()


# --- the list


def test_somebody_finds_what_was_said_months_ago_and_is_led_to_it(data, pages, window):
    keep_demo(data)
    page = window(pages.home)
    assert page.locator(".session").count() == 6
    page.get_by_label("Said").fill("stairs")
    page.get_by_role("button", name="Find").click()
    hit = page.locator(".hits a").first
    told = hit.inner_text()
    hit.click()
    drawn(page)
    assert clock(page) == told
    assert "stairs" in page.locator(".line.now").inner_text()


def test_a_session_is_renamed_tagged_and_found_by_its_tag(data, pages, window):
    keep_demo(data)
    page = window(pages.home)
    first = page.locator(".session").first
    first.locator("summary").click()
    first.get_by_label("Title").fill("The letter")
    first.get_by_label("Tags, with commas").fill("family, Sunday")
    first.get_by_role("button", name="Keep").click()
    page.get_by_role("link", name="Sunday").click()
    page.wait_for_url("**tag=*")
    assert page.locator(".session .name").all_inner_texts() == ["The letter"]


def test_deleting_says_what_goes_first(data, pages, window):
    session = keep(data, kitchen())
    page = window(pages.home)
    page.locator(".session summary").click()
    page.get_by_role("link", name="Delete …").click()
    assert "events.jsonl" in page.locator(".going").inner_text()
    page.get_by_role("link", name="Keep it").click()
    assert session.folder.exists()
    page.locator(".session summary").click()
    page.get_by_role("link", name="Delete …").click()
    page.get_by_role("button", name="Delete it").click()
    page.get_by_text("No sessions yet").wait_for()
    assert not session.folder.exists()


# --- hearing


@pytest.fixture
def sounding(data, pages, tmp_path):
    return keep(data, kitchen(), recording=hum(tmp_path / "hum.wav"))


def sound(page):
    page.locator("body[data-sound='ready']").wait_for()
    return page


@pytest.mark.parametrize("width", [360, 1280])
def test_a_lane_without_energy_says_why_in_its_place(data, pages, window, width):
    quiet = tuple(replace(u, tone=None) for u in kitchen().utterances)
    page = drawn(window(pages.at(keep(data, replace(kitchen(), utterances=quiet))), width=width))
    said = page.locator("#no-energy")
    assert said.inner_text() == "Pitch, level and pace were not measured."
    lane = page.locator(".names .strip", has_text="energy").bounding_box()
    there = said.bounding_box()
    assert (there["y"], there["height"]) == pytest.approx((lane["y"], lane["height"]), abs=2)
    assert said.evaluate("each => each.scrollHeight <= each.clientHeight")
    page.goto(pages.at(keep(data, kitchen(), name="other.flac")))
    assert not drawn(page).locator("#no-energy").is_visible()


def test_a_click_anywhere_on_the_timeline_is_heard_and_the_transcript_follows(
    pages, sounding, window
):
    page = sound(window(pages.at(sounding)))
    lanes = page.locator("#lanes")
    lanes.click(position={"x": lanes.bounding_box()["width"] * 0.55, "y": 80})
    page.locator("#play.playing").wait_for()
    assert re.match(r"3:1[78]|3:1[89]", clock(page))
    line = page.locator(".line.now")
    assert line.locator("button.time").inner_text() <= clock(page)
    box, scroller = line.bounding_box(), page.locator("#lines").bounding_box()
    assert scroller["y"] <= box["y"] <= scroller["y"] + scroller["height"]


def test_words_in_the_transcript_lead_the_sound_to_them(pages, sounding, window):
    page = sound(window(pages.at(sounding)))
    words = page.locator(".said", has_text="marmalade").nth(1)
    words.click()
    page.locator("#play.playing").wait_for()
    assert page.evaluate("document.getElementById('audio').currentTime") >= 155.0
    assert clock(page).startswith("2:3")


def test_a_moment_plays_and_stops_and_keys_lead_to_the_next(pages, sounding, window):
    page = sound(window(pages.at(sounding)))
    page.keyboard.press(">")
    page.keyboard.press(">")
    page.keyboard.press(">")
    assert page.evaluate("document.getElementById('audio').playbackRate") == 2
    page.keyboard.press("n")
    first = page.locator(".entry.now")
    first.wait_for()
    told = first.inner_text()
    page.keyboard.press("n")
    assert page.locator(".entry.now").inner_text() != told
    page.keyboard.press("p")
    assert page.locator(".entry.now").inner_text() == told
    page.locator("#play.playing").wait_for()
    page.keyboard.press(" ")
    page.locator("#play:not(.playing)").wait_for()
    before = clock(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    assert clock(page) > before


def test_the_timeline_is_a_slider_for_those_who_do_not_see_it(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    lanes = page.get_by_role("slider")
    lanes.focus()
    page.keyboard.press("ArrowRight")
    assert lanes.get_attribute("aria-valuetext") == "0:05, Theo speaking"
    page.keyboard.press("End")
    assert lanes.get_attribute("aria-valuenow") == "360.0"
    page.keyboard.press("Home")
    assert lanes.get_attribute("aria-valuetext") == "0:00"


def test_single_keys_can_be_turned_off(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    page.get_by_role("button", name="Keys").click()
    page.get_by_label("Single keys work").uncheck()
    page.locator("#keys").get_by_role("button", name="Close").click()
    page.keyboard.press("n")
    assert page.locator(".entry.now").count() == 0


def test_a_finding_leads_to_its_moment_even_if_that_kind_is_hidden(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    link = page.locator("#figures .pointers a").first
    target = link.get_attribute("href")
    page.locator("#filters summary").click()
    page.get_by_role("button", name="None").click()
    assert page.locator("#moments .entry").count() == 0
    link.click()
    page.locator(f"{target}.now").wait_for()


def test_moments_are_filtered_by_kind_and_person(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    everything = page.locator("#moments .entry").count()
    page.locator("#filters summary").click()
    page.get_by_role("checkbox", name="closed question").uncheck()
    fewer = page.locator("#moments .entry").count()
    assert 0 < fewer < everything
    page.get_by_role("checkbox", name="Theo").uncheck()
    assert page.locator("#moments .entry.person-1").count() == 0
    assert f"{page.locator('#moments .entry').count()} of" in page.inner_text("#filter-said")


def test_zooming_shows_more_of_less(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    whole = page.locator("#lanes").screenshot()
    page.get_by_role("button", name="Zoom in").click()
    page.get_by_role("button", name="Zoom in").click()
    assert page.locator("#lanes").screenshot() != whole
    page.keyboard.press("0")
    assert page.locator("#lanes").screenshot() == whole


def test_without_sound_the_page_says_so_and_stays_readable(data, pages, tmp_path, window):
    session = keep(data, kitchen(), recording=hum(tmp_path / "hum.wav", 5.0))
    session.recording.unlink()
    page = drawn(window(pages.at(session)))
    page.get_by_text("the recording was deleted or moved").wait_for()
    assert page.locator("#play").is_disabled()
    page.locator(".said", has_text="galoshes").first.click()
    assert clock(page) == "1:05"
    assert "galoshes" in page.locator(".line.now").inner_text()


# --- putting right


@pytest.fixture
def corrected(data, pages, window):
    """A window on a session of three people, and what it says afterwards."""
    conversation = draw(
        """
        A  ======        ======        ======        ======        =====
        B          ====          ====          ====          ====
        C                                                           ======
        """,
        step=3.0,
        words={"A": ["How was it for you"] * 5, "B": ["It was long and wet"] * 4, "C": ["Hello"]},
        listener="A",
    )
    people = tuple(
        Person(p.id, n, p.role)
        for p, n in zip(conversation.people, ["Ann", "Ben", "Cy"], strict=True)
    )
    session = keep(data, replace(conversation, people=people))
    page = drawn(window(pages.at(session)))
    return page, session


def version(session):
    return len(list(session.events()))


def test_a_person_is_renamed_and_figures_follow(corrected):
    page, session = corrected
    before = version(session)
    card = page.locator("#people-list li").nth(1)
    card.get_by_label("Name").fill("Bea O’Neil")
    card.get_by_role("button", name="Rename").click()
    settled(page, before + 1)
    assert "Bea O’Neil" in page.inner_text("#names")
    assert "Bea O’Neil" in page.inner_text("#figures")
    assert "Ben is called Bea O’Neil" in page.inner_text("#history")
    page.get_by_role("button", name="Show as it was heard at first").click()
    page.get_by_text("without your corrections").wait_for()
    page.locator("#names", has_text="Ben").wait_for()
    page.get_by_role("button", name="Show it with your corrections").click()
    page.locator("#names", has_text="Bea").wait_for()
    page.get_by_role("button", name="Undo the latest").click()
    settled(page, before + 2)
    assert "Ben" in page.inner_text("#names")
    assert page.locator("#undo").is_hidden()


def test_somebody_says_who_they_are(corrected):
    page, session = corrected
    before = version(session)
    page.get_by_role("button", name="Ben: this is me").click()
    settled(page, before + 1)
    assert page.locator("#names li b").first.inner_text() == "You"
    pressed = page.locator("#people-list [aria-pressed='true']")
    assert pressed.get_attribute("aria-label") == "Ben: this is me"


def test_two_people_are_one_and_one_is_two(corrected):
    page, session = corrected
    before = version(session)
    page.get_by_label("Cy is the same person as").select_option("Ben")
    settled(page, before + 1)
    assert page.locator("#people-list li").count() == 2
    page.locator("[data-edit]").nth(3).click()
    page.get_by_label("on it is").fill("Dora")
    page.get_by_role("button", name="Tell apart").click()
    settled(page, before + 2)
    assert page.locator("#people-list li").count() == 3
    assert page.locator(".line b").nth(3).inner_text() == "Dora"
    assert page.locator(".line b").nth(1).inner_text() == "Ben"


def test_a_long_name_leaves_room_for_the_words(corrected):
    page, session = corrected
    before = version(session)
    page.get_by_label("Name").nth(1).fill("Bartholomew " * 6 + "Ferguson")
    page.get_by_role("button", name="Rename").nth(1).click()
    settled(page, before + 1)
    name = page.locator(".line b").nth(1)
    assert name.bounding_box()["height"] < 60
    page.locator("button.edit").nth(1).click()
    assert page.locator(".edit-row textarea").first.bounding_box()["width"] > 250


def test_words_are_corrected_and_given_to_somebody_else(corrected):
    page, session = corrected
    before = version(session)
    page.locator("#lines button.time").nth(3).focus()
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("e")
    page.get_by_label("Words at").fill("It was long and warm")
    page.get_by_label("Who said it").select_option("Cy")
    page.get_by_role("button", name="Save").click()
    settled(page, before + 2)
    line = page.locator(".line", has_text="It was long and warm")
    assert line.locator("b").inner_text() == "Cy"
    assert page.locator("#history li").count() == 2


def test_a_moment_is_judged_and_called_something_else(corrected):
    page, session = corrected
    before = version(session)
    item = page.locator("#moments .entry").first
    item.get_by_role("button", name="Wrong").click()
    settled(page, before + 1)
    assert "it is not counted" in item.inner_text()
    item.get_by_role("button", name="Something else").click()
    page.get_by_label("Kind").select_option("advice")
    page.get_by_role("button", name="Save").click()
    settled(page, before + 2)
    assert "You said what it is" in page.locator("#moments").inner_text()


def test_two_windows_agree(pages, corrected, window):
    page, session = corrected
    other = drawn(window(pages.at(session), quiet=False))
    before = version(session)
    card = other.locator("#people-list li").nth(1)
    card.get_by_label("Name").fill("Bea")
    card.get_by_role("button", name="Rename").click()
    settled(page, before + 1)
    assert "Bea" in page.inner_text("#names")


def test_a_window_that_is_behind_loses_nothing_that_was_typed(pages, corrected, window):
    page, session = corrected
    before = version(session)
    behind = drawn(window(pages.at(session), quiet=False))  # a refusal is told on the console, too
    behind.route_web_socket(re.compile("/changes"), lambda _: None)
    behind.reload()
    drawn(behind)
    page.get_by_role("button", name="Ben: this is me").click()
    settled(page, before + 1)
    behind.locator("[data-edit]").nth(1).click()
    behind.get_by_label("Words at").fill("Typed here")
    behind.get_by_role("button", name="Save").click()
    behind.locator("#edit-error", has_text="another window").wait_for()
    assert behind.get_by_label("Words at").input_value() == "Typed here"
    behind.get_by_role("button", name="Save").click()
    settled(behind, before + 2)
    assert behind.locator(".line", has_text="Typed here").count() == 1


def test_a_server_that_stops_loses_nothing(pages, corrected, window):
    _, session = corrected
    page = drawn(window(pages.at(session), quiet=False))
    before = version(session)
    page.locator("[data-edit]").nth(1).click()
    page.get_by_label("Words at").fill("Typed before it stopped")
    pages.stop()
    page.get_by_role("button", name="Save").click()
    page.locator("#edit-error", has_text="does not answer").wait_for()
    assert version(session) == before
    pages.start()
    page.get_by_role("button", name="Save").click()
    settled(page, before + 1)
    assert page.locator(".line", has_text="Typed before it stopped").count() == 1


# --- answering, and looking back


def test_the_other_person_answers_on_this_machine(data, pages, window):
    session = keep(data, kitchen())
    page = drawn(window(pages.at(session)))
    page.get_by_role("link", name="Their page").click()
    page.get_by_role("button", name="Keep these answers").wait_for()
    assert page.get_by_role("navigation").count() == 0
    for question in page.get_by_role("group").all():
        question.get_by_label("4").check()
    page.get_by_role("button", name="Keep these answers").click()
    page.get_by_text("Thank you, Theo").wait_for()
    assert page.get_by_role("link", name="Back to the session").count() == 0
    page.goto(pages.at(session))
    assert "4.0 of 5, average of 8 answers" in drawn(page).inner_text("#figures")


def test_figures_over_time_lead_to_their_conversations(data, pages, window):
    keep_demo(data)
    page = window(pages.home)
    page.get_by_role("link", name="Over time").click()
    dot = page.locator(".chart a").first
    assert "6 September 2026" in dot.get_attribute("aria-label")
    dot.focus()
    page.keyboard.press("Enter")
    drawn(page)
    page.get_by_role("link", name="Side by side").click()
    page.locator("select[name=one]").select_option(index=5)
    page.get_by_role("button", name="Compare").click()
    page.locator("thead", has_text="6 September 2026").wait_for()


# --- adding a recording


class Hearing:
    """Hears a recording as long as the test lets it."""

    def __init__(self, data):
        self.data = data
        self.go_on = threading.Event()
        self.began = threading.Event()

    def __call__(self, path, progress):
        for second in (60.0, 120.0):
            progress(second, 360.0)
            self.began.set()
            self.go_on.wait(20)
        return keep(self.data, kitchen(), name=path.name, recording=path)


@pytest.fixture
def hearing(data):
    data.mkdir()
    made = Hearing(data)
    with serving(data, analyse=made) as pages:
        yield made, pages
        made.go_on.set()


DROP = """(box) => {
  const transfer = new DataTransfer();
  transfer.items.add(new File([new Uint8Array(%s)], %r, { type: "audio/wav" }));
  const how = { dataTransfer: transfer, bubbles: true, cancelable: true };
  for (const name of ["dragover", "drop"]) box.dispatchEvent(new DragEvent(name, how));
}"""


def test_a_recording_is_dropped_heard_and_opened(data, hearing, tmp_path, window):
    made, pages = hearing
    page = window(pages.home)
    content = list(hum(tmp_path / "hum.wav", 0.5).read_bytes())
    page.locator("#import").evaluate(DROP % (content, "A <b>talk</b>.wav"))
    page.get_by_text("heard 1:00").wait_for()
    assert page.locator("#jobs progress").evaluate("bar => bar.value") == pytest.approx(1 / 6)
    assert page.locator("#jobs bdi").inner_text() == "A <b>talk</b>.wav"
    assert page.locator("#list .session").count() == 0
    made.go_on.set()
    page.locator("#list .session").wait_for()
    page.get_by_role("link", name="Open it").click()
    sound(drawn(page))
    (session,) = sessions(data)
    assert session.recording.parent == session.folder
    assert not list(data.glob(".importing-*/*"))


def test_a_recording_that_is_cancelled_while_it_comes_in_is_not_analysed(data, hearing, window):
    made, pages = hearing
    page = window(pages.home)
    late = []  # the answer to what has wholly arrived
    page.route("**/imports?name=*", lambda route: late.append((route, route.fetch())))
    page.locator("#file").set_input_files(
        {"name": "talk.m4a", "mimeType": "audio/mp4", "buffer": b"sound"}
    )
    page.get_by_role("button", name="Cancel talk.m4a").click()
    assert made.began.wait(10)
    page.get_by_text("cancelling").wait_for()
    with page.expect_response("**/cancel"):
        ((route, answer),) = late
        route.fulfill(response=answer)
    made.go_on.set()
    page.get_by_text("nothing of it was kept").wait_for()
    assert sessions(data) == ()


def test_a_recording_is_cancelled_and_nothing_of_it_is_kept(data, hearing, window):
    made, pages = hearing
    page = window(pages.home)
    page.locator("#file").set_input_files(
        {"name": "talk.m4a", "mimeType": "audio/mp4", "buffer": b"sound"}
    )
    made.began.wait(10)
    with page.expect_response("**/cancel"):  # heard to the end before, it would be kept
        page.get_by_role("button", name="Cancel talk.m4a").click()
    made.go_on.set()
    page.get_by_text("nothing of it was kept").wait_for()
    assert sessions(data) == ()
    assert not list(data.glob(".importing-*/*"))


# --- everybody, everywhere


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_serious(data, pages, sounding, window, scheme):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    keep_demo(data)
    for url in (
        pages.home,
        pages.at(sounding),
        pages.at(sounding, "delete"),
        pages.home + "?words=the",
    ):
        page = window(url, color_scheme=scheme, bypass_csp=True)  # axe is put into the page
        page.wait_for_load_state("networkidle")
        if url == pages.at(sounding):
            drawn(page)
            page.locator("#filters summary").click()
        found = axe.run(page).response["violations"]
        told = [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found]
        assert [t for t in told if t[1] in ("serious", "critical")] == [], url


def test_dialogs_are_accessible_too(corrected, chromium, pages, window):
    _, session = corrected
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    page = drawn(window(pages.at(session), bypass_csp=True))
    page.locator("[data-edit]").nth(1).click()
    found = axe.run(page).response["violations"]
    assert [v["id"] for v in found if v["impact"] in ("serious", "critical")] == []
    page.keyboard.press("Escape")
    assert page.evaluate("document.activeElement.dataset.edit") == "1"


@pytest.mark.parametrize("width", [360, 768])
def test_it_fits_a_phone(data, pages, window, width):
    long_name = "Bartholomew-Maximilian von und zu Hohenstauffen-Wittelsbach"
    session = keep(data, kitchen(names=("Nora", long_name)))
    urls = (pages.home, f"{pages.home}trends", f"{pages.home}compare", pages.at(session))
    for url in (*urls, pages.at(session, "answers/felt_heard/partner")):
        page = window(url, width=width, height=740)
        page.wait_for_load_state("networkidle")
        for fold in page.locator("details").all():
            fold.evaluate("fold => fold.open = true")
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def test_paper_shows_the_whole_transcript(pages, sounding, window):
    page = drawn(window(pages.at(sounding)))
    page.emulate_media(media="print")
    assert page.locator(".player").is_hidden()
    assert page.locator("#lines").evaluate("e => e.scrollHeight <= e.clientHeight")


def test_words_and_names_are_never_run(data, pages, window):
    session = keep(data, saying(kitchen(names=("Nora", EVIL)), "B", f"{EVIL} שלום"))
    page = drawn(window(pages.at(session)))
    assert page.title() != "run"
    assert page.locator("main img").count() == 0
    assert page.locator(".line.person-1 .said").first.text_content().startswith("<script>")
    page.goto(pages.home)
    assert page.title() != "run"
    assert page.locator(".session .name").inner_text().startswith("With <script>")


def test_right_to_left_words_stay_in_their_line(data, pages, window):
    session = keep(data, saying(kitchen(names=("Nora", "דוד")), "B", "שלום לכולם, מה שלומך היום?"))
    page = drawn(window(pages.at(session)))
    words = page.locator(".line.person-1 .words > span").first
    assert words.evaluate("e => getComputedStyle(e).direction") == "rtl"
    assert page.locator(".line.person-0 .words > span").first.evaluate(
        "e => getComputedStyle(e).direction"
    ) == "ltr"  # fmt: skip


def test_another_page_can_neither_read_nor_change_nor_listen(data, pages, chromium):
    session = keep(data, kitchen())
    before = version(session)
    context = chromium.new_context()
    page = context.new_page()
    page.route("http://evil.example/", lambda route: route.fulfill(body="<p>evil</p>"))
    page.goto("http://evil.example/")
    read = "url => fetch(url).then(() => 'read', () => 'refused')"
    assert page.evaluate(read, pages.at(session, "data")) == "refused"
    send = """(url) => fetch(url, { method: "POST", mode: "no-cors", body: '{"do":"me"}' })
      .then(() => 'sent', () => 'refused')"""
    page.evaluate(send, pages.at(session, "corrections"))
    page.evaluate(send, pages.at(session, "delete"))
    listen = """(url) => new Promise((done) => { const socket = new WebSocket(url);
      socket.onopen = () => done("open"); socket.onerror = () => done("refused"); })"""
    assert page.evaluate(listen, pages.at(session, "changes").replace("http", "ws")) == "refused"
    context.close()
    assert version(session) == before


def test_three_hours_are_drawn_walked_and_scrolled(data, pages, window):
    hour = kitchen()
    longer = tuple(
        replace(u, id=u.id + 1000 * n, span=u.span.shifted(n * hour.duration))
        for n in range(30)
        for u in hour.utterances
    )
    session = keep(data, replace(hour, utterances=longer, duration=30 * hour.duration))
    page = drawn(window(pages.at(session)))
    page.locator(".line").nth(1000).wait_for(state="attached")
    page.keyboard.press("End")
    page.get_by_role("slider").focus()
    page.keyboard.press("End")
    assert clock(page) == "3:00:00"
    assert page.locator(".line.now button.time").text_content().startswith("2:59")
    session.append(PersonNamed("B", "Bea"))
    page.locator("#names", has_text="Bea").wait_for()
