"""What the page of a live session is told and may ask; the sound of a page as an input."""

import http.client
import os
import signal
import subprocess
import sys
from types import SimpleNamespace
from urllib.parse import urlsplit

import numpy as np
import pytest
from starlette.testclient import TestClient
from starlette.websockets import WebSocketDisconnect
from talks_kept import ASKS, HOME

from listenlive import store
from listenlive.audio import AudioChunk
from listenlive.commands.on_page import shown_too
from listenlive.conversation import Goal, Mark, Person, Role
from listenlive.errors import ConfigError, DeviceError
from listenlive.events import Activity, Announced, AudioLost, Marked, Partial, Paused, Resumed
from listenlive.live.consent import Answers
from listenlive.live.cues import Cues, Wanted
from listenlive.live.feed import Phase, Subscription
from listenlive.live.look import Look
from listenlive.live.picture import Picture
from listenlive.microphone import Microphone
from listenlive.review.guard import Guard, hosts
from listenlive.review.listen import TAKEN, UNFIT, answered
from listenlive.review.page_microphone import INPUT, PageMicrophone
from listenlive.review.site import site
from listenlive.review.stage import Stage
from listenlive.span import Span

PEOPLE = (Person("B", "Theo\n\u202e", Role.PARTNER), Person("A", "Me", Role.LISTENER))
PORT, TOKEN = 8421, "token-of-this-start"
OURS = {"host": f"127.0.0.1:{PORT}", "origin": HOME}


class Told:
    """A session that stands still and notes what is asked of it."""

    def __init__(self, *events):
        self.feed = Subscription(events)
        self.clock, self.level, self.trouble = 245.0, -30.0, None
        self.phase = Phase.LISTENING
        self.asked = []

    def subscribe(self):
        return self.feed

    def mark(self, note="", *, at=None):
        self.asked.append((note, at))

    def __getattr__(self, name):
        return lambda: self.asked.append(name)


def begun(session, **look):
    stage = Stage(lambda _: (session, Look(picture=Picture(expected=PEOPLE), **look)), before=None)
    stage.begin(None)
    return stage


# --- what is seen


def test_the_page_shows_the_picture_of_the_terminal():
    half = Partial(Span(243, 244.5), "and then", "B")
    session = Told(Activity(240.0, ("B",)), half, Marked(Mark(10.0, "the <b>")))
    seen = begun(session, heading="listening with Theo", kept="sound kept").view()
    assert (seen["clock"], seen["heading"], seen["kept"]) == (
        "4:05",
        "Listening with Theo",
        "sound kept",
    )
    assert seen["now"] == [["Theo", 1]]  # the listener is 0, whoever is named first
    assert seen["turn"] == ["Theo’s", 1, "0:05"]
    assert seen["level"] == 0.5
    assert seen["lines"] == [
        ["0:10", "mark", "", -1, "the <b>"],
        ["4:03", "partial", "Theo", 1, "and then"],
    ]


def test_what_matters_most_is_said():
    session = Told(Announced(244.0, "1 minute left"))
    stage = begun(session)
    assert stage.view()["news"] == ("1 minute left.", "told")
    session.feed.put(AudioLost(Span(240, 243), "Desk was unplugged"))
    assert stage.view()["news"] == ("No sound for 3 s: Desk was unplugged.", "lost")
    session.trouble = "Desk was unplugged"
    assert stage.view()["news"] == ("No sound: the microphone Desk was unplugged.", "lost")


def test_cues_are_given_on_the_page_too():
    cues = Cues(Wanted(long_turn=60.0), "A")
    session = Told(Activity(180.0, ("A",)))
    assert begun(session, cues=cues).view()["news"] == (
        "You have been speaking for 65 seconds.",
        "cue",
    )


# --- what is asked


def test_windows_steer_the_session_within_limits():
    session = Told()
    stage = begun(session)
    for asked in ({"do": "pause"}, {"do": "resume"}, {"do": "mark"}, {"do": "end"}):
        stage.act(asked)
    stage.act({"do": "note", "note": "x\n" * 300, "at": 9e9})
    *others, (note, at) = session.asked
    assert others == ["pause", "resume", ("", None), "end"]
    assert (len(note) <= 200, "\n" in note, at) == (True, False, 245.0)
    for wrong in ({"do": "forget"}, {"do": "note", "note": "x", "at": float("nan")}, {}):
        with pytest.raises(ConfigError, match="can be asked to pause"):
            stage.act(wrong)


def test_a_session_begins_once_and_not_after_somebody_left():
    starts = []
    stage = Stage(lambda a: (starts.append(a) or Told(), Look(picture=Picture())), before=None)
    assert stage.view() == {"phase": "asking"}
    stage.begin(None)
    stage.begin(None)
    assert (len(starts), stage.wait_begun()) == (1, True)
    gone = Stage(lambda a: (starts.append(a), Look(picture=Picture())), before=None)
    gone.stop(leave=False)
    gone.begin(None)
    assert (len(starts), gone.wait_begun()) == (1, False)


def test_ctrl_c_ends_then_stops_at_once():
    session = Told()
    stage = begun(session)
    stage.stop(leave=False)
    session.phase = Phase.CLOSING
    stage.stop(leave=False)
    assert session.asked == ["end", "abandon"]
    stage.wait_left()  # else this never returns


def test_answers_are_those_of_the_question_in_the_terminal():
    known = Answers(who="Theo", how="page")
    given = {"agreed": True, "who": " Ana\n", "keep_audio": "always", "goal": "", "mood": "7"}
    assert answered({**given, "goal": "listening"}, known) == Answers(
        who="Ana", keep_audio="always", how="page", goal=Goal.LISTENING, mood=7
    )
    assert answered({}, None) is None
    for wrong, told in (
        ({"agreed": "yes"}, "before everybody here knows"),
        ({"keep_audio": "ever"}, "report, 30d, always"),
        ({"goal": "win"}, "allowed: mutual"),
        ({"mood": "11"}, "from 1 to 10"),
    ):
        with pytest.raises(ConfigError, match=told):
            answered({**given, **wrong}, known)


# --- who may


@pytest.fixture
def microphone():
    return PageMicrophone()


@pytest.fixture
def asking(data, microphone):
    """Asks through the guard, as a browser would."""

    def refuses(_):
        raise DeviceError("no page gives its microphone")

    stage = Stage(refuses, before=None, microphone=microphone)
    pages = Guard(site(data, stage=stage), token=TOKEN, hosts=hosts(PORT), microphone=True)
    with TestClient(pages, base_url=HOME) as client:
        yield client


@pytest.mark.parametrize("path", ["feed", "sound?rate=16000"])
@pytest.mark.parametrize(
    "wrong",
    [{"host": "evil.example"}, {"origin": "http://evil.example"}, {"origin": "null"}],
    ids=["host", "origin", "no origin"],
)
def test_strangers_neither_see_nor_give_sound(asking, microphone, path, wrong):
    with pytest.raises(WebSocketDisconnect) as refused:
        asking.websocket_connect(f"/{TOKEN}/live/{path}", headers={**OURS, **wrong}).__enter__()
    assert refused.value.code == 4403
    assert not microphone.connected


def test_only_a_page_that_is_the_source_may_ask_for_the_microphone(asking, data):
    page = asking.get(f"/{TOKEN}/live")
    assert "microphone=(self)" in page.headers["permissions-policy"]
    with TestClient(Guard(site(data), token=TOKEN, hosts=hosts(PORT)), base_url=HOME) as other:
        assert "microphone=()" in other.get(f"/{TOKEN}/").headers["permissions-policy"]
        assert other.get(f"/{TOKEN}/live").status_code == 404


def test_what_hinders_the_start_is_told(asking):
    answer = asking.post(f"/{TOKEN}/live/begin", json={}, headers={**OURS, **ASKS})
    assert (answer.status_code, answer.json()) == (400, {"error": "no page gives its microphone"})


def test_one_page_is_the_source_and_a_second_is_told_so(asking, microphone):
    sound = f"/{TOKEN}/live/sound?rate=16000"
    with asking.websocket_connect(sound, headers=OURS) as first:
        assert first.receive_text() == "taken"
        with asking.websocket_connect(sound, headers=OURS) as second:
            told = second.receive()
            assert (told["code"], told["reason"][:33]) == (
                TAKEN,
                "Another page gives the sound alre",
            )
        first.send_bytes(b"\0\1\2")
        assert first.receive()["code"] == UNFIT
    assert not microphone.connected
    with asking.websocket_connect(f"/{TOKEN}/live/sound?rate=1", headers=OURS) as slow:
        assert slow.receive()["code"] == UNFIT


def test_a_window_that_asks_nonsense_is_closed(asking):
    with asking.websocket_connect(f"/{TOKEN}/live/feed", headers=OURS) as window:
        assert window.receive_json() == {"phase": "asking"}
        window.send_text("{")
        assert window.receive()["code"] == UNFIT


# --- the sound of a page


class Browser:
    """Time in which a page gives sound, 0.02 s at a time."""

    def __init__(self, page):
        self.page, self.seconds, self.due = page, 1000.0, []

    def at(self, seconds, act):
        self.due.append((1000.0 + seconds, act))

    def now(self):
        return self.seconds

    def asleep(self):
        return 0.0

    def receive(self, inbox, within):
        for _ in range(round(within / 0.02)):
            if not inbox.empty():
                break
            self.seconds += 0.02
            for moment, act in [due for due in self.due if due[0] <= self.seconds]:
                self.due.remove((moment, act))
                act()
            if self.page.connected:
                self.page.give(np.full(320, 8192, "<i2").tobytes())
        return None if inbox.empty() else inbox.get()


def heard(browser, source):
    with source:
        return list(source)


def test_a_page_that_goes_and_comes_back_costs_only_the_time_between(microphone):
    browser = Browser(microphone)
    source = Microphone(INPUT, backend=microphone, clock=browser)
    assert microphone.take(16_000)
    browser.at(2.0, microphone.leave)
    browser.at(6.0, lambda: microphone.take(16_000))
    browser.at(9.0, source.stop)
    sounds = heard(browser, source)
    samples = np.concatenate([s.samples[:, 0] for s in sounds if isinstance(s, AudioChunk)])
    lost = [s for s in sounds if isinstance(s, AudioLost)]
    assert len(samples) / 16_000 == pytest.approx(9.0, abs=0.1)
    assert lost[0].reason == "Browser microphone gave no sound for 1 s"
    assert lost[0].span.start == pytest.approx(2.0, abs=0.1)
    assert 6.0 <= lost[-1].span.end <= 7.5  # it is looked for once a second
    assert np.count_nonzero(samples) / 16_000 == pytest.approx(
        9.0 - sum(each.span.duration for each in lost), abs=0.1
    )
    assert set(np.unique(samples)) == {0.0, 0.25}


def test_in_a_pause_nothing_of_the_page_is_taken(microphone):
    browser = Browser(microphone)
    source = Microphone(INPUT, backend=microphone, clock=browser)
    microphone.take(16_000)
    browser.at(2.0, source.pause)
    browser.at(5.0, source.resume)
    browser.at(7.0, source.stop)
    sounds = heard(browser, source)
    assert [type(s) for s in sounds if not isinstance(s, AudioChunk)] == [Paused, Resumed]
    seconds = sum(len(s.samples) for s in sounds if isinstance(s, AudioChunk)) / 16_000
    assert seconds == pytest.approx(4.0, abs=0.2)


def test_without_a_page_the_microphone_does_not_open(microphone):
    with pytest.raises(DeviceError, match="press Start"):
        Microphone(INPUT, backend=microphone).__enter__()


# --- the command


def test_somebody_who_is_asked_to_stop_ends_the_session_properly(tmp_path):
    code = "import sys; from listenlive.cli import main; sys.exit(main())"
    command = [sys.executable, "-c", code, "listen", "--web", "--no-open", "--demo"]
    command += ["--scripted", "--speed", "20", "--data", str(tmp_path / "data")]
    passing = tmp_path / "passing"
    passing.mkdir()
    with subprocess.Popen(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "TMPDIR": str(passing)},
    ) as run:
        address = urlsplit(run.stdout.readline().split()[1])
        asking = http.client.HTTPConnection(address.netloc)
        asking.request("GET", address.path)
        assert b'id="talk"' in asking.getresponse().read()
        asking.close()
        run.send_signal(signal.SIGTERM)
        _, told = run.communicate(timeout=60)
    assert run.returncode == 0
    assert "the page shows it too" in told
    assert (store.sessions(tmp_path / "data"), list(passing.iterdir())) == ((), [])


@pytest.mark.parametrize(
    ("audio", "live", "heard"), [(("a.flac",), True, True), ((), True, False), ((), False, True)]
)
def test_moments_are_promised_only_where_they_can_be_heard(audio, live, heard):
    told = shown_too(SimpleNamespace(audio=audio, live=live))
    assert ("moments to hear" in told) is heard
