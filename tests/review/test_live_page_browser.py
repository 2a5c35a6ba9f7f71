"""A live session on its page, as two people go through it; the browser's own microphone."""

import re
import wave

import numpy as np
import pytest
import soundfile as sf
from browsing import Listening

from chromium import MARKS, launched
from drawing import spread
from listenlive import profiles, store
from listenlive.audio import AudioChunk, seconds
from listenlive.conversation import Goal, Person, Role, Utterance
from listenlive.events import (
    Activity,
    Diarized,
    Ended,
    LanguageDetected,
    Started,
    TalkOverHeard,
    UtteranceHeard,
)
from listenlive.recorder import KeptAudio
from listenlive.span import Span

pytestmark = MARKS

EVIL = "<script>document.title='run'</script>"
HEBREW = "שלום"
PLAYED = 12  # seconds
REMEMBER = """() => {
  const send = WebSocket.prototype.send;
  window.given = [];
  WebSocket.prototype.send = function (data) {
    if (data instanceof ArrayBuffer) window.given.push(new Int16Array(data.slice(0)));
    return send.call(this, data);
  };
}"""
MICROPHONE = (
    "--use-fake-ui-for-media-stream --use-fake-device-for-media-stream "
    "--use-file-for-fake-audio-capture={path}%noloop"
)


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """What people say before the browser's microphone: noise as loud as speech, 48 kHz."""
    loud = np.repeat(np.random.default_rng(3).uniform(0.05, 0.3, PLAYED * 10), 4800)
    samples = np.random.default_rng(4).normal(0, 1, PLAYED * 48_000) * loud
    smooth = np.convolve(samples, np.ones(12) / 12, mode="same")  # nothing above what 16 kHz holds
    path = tmp_path_factory.mktemp("played") / "talk.wav"
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 48_000, 0, "NONE", ""))
        file.writeframes((np.clip(smooth, -1, 1) * 32_767).astype("<i2").tobytes())
    return path, smooth


@pytest.fixture(scope="module")
def chromium(played):
    with launched(MICROPHONE.format(path=played[0])) as found:
        yield found


def heard_live(sounds, _settings, *, name, channels, **_how):
    """Hears the same three things, whatever is said; tells what happens to the sound."""
    yield Started("2026-05-03T19:04:00+02:00", "live", name, channels)
    end = 0.0
    for sound in sounds:
        if not isinstance(sound, AudioChunk):
            yield sound
        elif end == 0.0:
            yield from scripted()
            end = seconds(sound.end)
        else:
            end = seconds(sound.end)
    yield LanguageDetected("en", 0.9)
    yield Diarized(
        (Person("A", "Me", Role.LISTENER), Person("B", "Partner", Role.PARTNER)), sees_overlap=True
    )
    yield Ended(end)


def scripted():
    for number, (who, text) in enumerate((("A", "How was it"), ("B", f"{EVIL} {HEBREW}"))):
        span = Span(number * 0.4, number * 0.4 + 0.4)
        yield UtteranceHeard(Utterance(number, who, span, spread(text, span)))
    yield TalkOverHeard(0.4, "B", "A")
    yield Activity(0.8, ("B",))


@pytest.fixture
def listening(data, monkeypatch):
    """`listenlive listen --web`, to be given arguments; left at the end."""
    monkeypatch.setenv("LISTENLIVE_DATA", str(data))
    running = []

    def started(*arguments):
        running.append(Listening(monkeypatch, *arguments))
        return running[-1]

    yield started
    assert [each.leave() for each in running] == [0] * len(running)


@pytest.fixture
def scripted_hearing(monkeypatch):
    monkeypatch.setattr("listenlive.hearing.heard_live", heard_live)


def axe_finds_nothing_serious(page):
    axe = pytest.importorskip("axe_playwright_python.sync_playwright").Axe()
    found = [v for v in axe.run(page).response["violations"] if v["impact"] != "minor"]
    told = [(v["id"], v["impact"], v["nodes"][0]["html"]) for v in found]
    assert [t for t in told if t[1] in ("serious", "critical")] == []


def until(page, clock):
    page.locator("#time", has_text=re.compile(clock)).wait_for()


def start(page):
    page.get_by_label("Everybody here knows that this is recorded").check()
    page.get_by_role("button", name="Start").click()


# --- the browser's microphone


def test_what_the_browser_hears_is_kept_and_becomes_a_report(
    data, listening, scripted_hearing, window, played
):
    page = window(listening("--browser-mic", "--me", "1").address, bypass_csp=True)
    axe_finds_nothing_serious(page)
    page.get_by_role("button", name="Start").click()
    assert store.sessions(data) == ()  # nobody said yet that everybody knows
    page.get_by_role("textbox", name="With").fill(EVIL)
    page.get_by_label("Sound kept until you delete it").check()
    page.get_by_text("If you like: goal and mood").click()
    page.get_by_label("Goal").select_option(label="I am here to listen")
    page.evaluate(REMEMBER)
    start(page)
    until(page, "0:(07|1.)")
    given = np.array(page.evaluate("given.flatMap((block) => [...block])")) / 32_768
    page.get_by_role("button", name="End").click()
    page.wait_for_url("**/sessions/**")
    page.locator("body[data-version]").wait_for()
    assert page.title() != "run"
    (session,) = store.sessions(data)
    talk = session.conversation()
    assert (talk.consent.who, talk.consent.how, talk.goal) == (EVIL, "page", Goal.LISTENING)
    assert session.settings().live.keep_audio == "always"
    assert profiles.preferences(data).keep_audio == "always"
    assert (session.folder / store.EXPORT).is_file()
    kept = sound_of(session)
    whole = lags_of(kept[: len(given)], given, without=talk.lost)
    assert len(whole) >= 3, talk.lost  # a machine that is busy may lose sound, and says so
    assert min(like for _, like in whole) > 0.999
    assert talk.lost or {lag for lag, _ in whole} == {whole[0][0]}
    # What a browser on a busy machine itself leaves out between its microphone and its page is not
    # ours to keep; what it gave is what was played.
    heard = [like for _, like in lags_of(kept, played[1][::3], without=talk.lost)]
    assert np.median(heard) > 0.9


def sound_of(session):
    chunks = [sound for sound in KeptAudio(session.folder) if isinstance(sound, AudioChunk)]
    return np.concatenate([chunk.samples[:, 0] for chunk in chunks])


def lags_of(kept, played, *, without):
    """Of every whole second of `kept` in which nothing was lost: how late it is, and how alike."""
    rate, found = 16_000, []
    power = np.concatenate([[0], np.cumsum(played**2)])
    size = 1 << int(np.ceil(np.log2(len(played) + rate)))
    spectrum = np.fft.rfft(played, size)
    for at in range(rate, len(kept) - rate, rate):
        if any(span & Span(at / rate, at / rate + 1) for span in without):
            continue
        second = kept[at : at + rate].astype(float)
        products = np.fft.irfft(spectrum * np.conj(np.fft.rfft(second, size)), size)
        scale = np.sqrt((power[rate:-1] - power[: -rate - 1]) * (second @ second))
        like = products[: len(played) - rate] / scale
        found.append(((int(like.argmax()) - at) / rate, float(like.max())))
    return found


def test_a_page_that_is_loaded_again_gives_its_sound_again(
    data, listening, scripted_hearing, window
):
    address = listening("--browser-mic", "--consent").address
    page, other = window(address), window(address)
    start(page)
    until(page, "0:0[2-9]")
    other.locator("#talk").wait_for()
    assert other.get_by_role("button", name="Use the microphone of this page").is_hidden()
    page.reload()
    assert "No sound: the microphone" in page.locator("#news.lost").inner_text()
    page.get_by_role("button", name="Use the microphone of this page").click()
    page.locator("#sounding").wait_for(state="hidden")
    page.locator("#news", has_not_text="No sound:").wait_for(state="attached")
    other.get_by_role("button", name="End").click()
    for each in (page, other):
        each.wait_for_url("**/sessions/**")
    (session,) = store.sessions(data)
    talk = session.conversation()
    assert talk.lost
    assert talk.consent.how == "flag"
    assert len(sound_of(session)) / 16_000 == pytest.approx(talk.duration, abs=0.1)


# --- on any source


def test_a_session_is_watched_and_steered_without_a_mouse(
    data, tmp_path, monkeypatch, listening, scripted_hearing, window
):
    path = tmp_path / "quiet.flac"
    sf.write(path, np.zeros((300 * 16_000, 2)), 16_000)
    monkeypatch.setattr("listenlive.listening.demo_recording", lambda: path)
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    address = listening("--demo").address
    page = window(address, color_scheme="dark", bypass_csp=True)
    other = window(address, width=360, height=740, bypass_csp=True)
    page.locator("#lines .over", has_text="Theo came in over Nora").wait_for()
    assert page.locator("#lines .said").nth(1).inner_text().endswith(f"{EVIL} {HEBREW}")
    for each in (page, other):
        axe_finds_nothing_serious(each)
    page.keyboard.press("m")
    page.keyboard.press("Space")
    page.get_by_role("heading", name="Paused, nothing is recorded").wait_for()
    other.get_by_role("button", name="Go on").wait_for()
    assert not page.locator("#now").is_visible()
    assert other.evaluate("document.documentElement.scrollWidth") <= 360
    page.keyboard.press("Space")
    page.keyboard.press("n")
    page.keyboard.type(f"{EVIL} {HEBREW}")
    page.keyboard.press("Enter")
    page.locator("#lines .mark").nth(1).wait_for()
    assert page.title() != "run"
    page.keyboard.press("Space")
    page.get_by_role("heading", name="Paused, nothing is recorded").wait_for()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Note …").click()
    page.get_by_role("button", name="Drop").click()
    page.keyboard.press("Space")
    page.get_by_role("heading", name="Paused, nothing is recorded").wait_for()
    page.keyboard.press("q")
    for each in (page, other):
        each.wait_for_url("**/sessions/**")
    (example,) = tmp_path.glob("listenlive-demo-*")
    (session,) = store.sessions(example)
    assert store.sessions(data) == ()
    assert [mark.note for mark in session.conversation().marks] == ["", f"{EVIL} {HEBREW}"]
