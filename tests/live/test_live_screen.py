"""The live screen and the question before it, through Textual's pilot, in 80 by 24."""

import asyncio
import os
from datetime import date

import pytest
from textual.widgets import Digits, Input, Static

from drawing import spread
from listenlive.conversation import Goal, Mark, Person, Role, Utterance
from listenlive.events import (
    Activity,
    Announced,
    AudioLost,
    Behind,
    Marked,
    Partial,
    TalkOverHeard,
    UtteranceHeard,
)
from listenlive.live.asking import AskScreen
from listenlive.live.consent import Answers, Before
from listenlive.live.cues import Cues, Wanted
from listenlive.live.feed import Phase, Subscription
from listenlive.live.look import Look
from listenlive.live.picture import Picture
from listenlive.live.screen import ListenApp, LiveScreen, Terminal
from listenlive.span import Span

PEOPLE = (Person("A", "Me", Role.LISTENER), Person("B", "Theo", Role.PARTNER))
SIZE = (80, 24)


class Told:
    """A session that stands still and notes what is asked of it."""

    def __init__(self, *events, clock=245.0):
        self.feed = Subscription(events)
        self.clock = clock
        self.level = -20.0
        self.trouble = None
        self.phase = Phase.LISTENING
        self.asked = []

    def subscribe(self):
        return self.feed

    def pause(self):
        self.asked.append("pause")
        self.phase = Phase.PAUSED

    def resume(self):
        self.asked.append("resume")
        self.phase = Phase.LISTENING

    def mark(self, note="", *, at=None):
        self.asked.append(("mark", note, at))
        self.feed.put(Marked(Mark(self.clock if at is None else at, note)))

    def end(self):
        self.asked.append("end")
        self.phase = Phase.CLOSING

    def abandon(self):
        self.asked.append("abandon")
        self.feed.put(None)


def said(number, speaker, start, end, text):
    span = Span(start, end)
    return UtteranceHeard(Utterance(number, speaker, span, spread(text, span)))


def shown(session, *keys, look=None, ask=None):
    """The app after `keys`, and what the screen held: one entry per part."""
    look = look or Look(picture=Picture(expected=PEOPLE), heading="listening with Theo")
    app = ListenApp(lambda: (session, LiveScreen(session, look)), ask=ask)

    async def run():
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            if app.is_running and app.screen_stack and not app._exit:
                parts = {part.id: str(part.content) for part in app.screen.query(Static) if part.id}
                for digits in app.screen.query(Digits):
                    parts["time"] = digits.value
                fits = all(
                    part.region.bottom <= SIZE[1]
                    for part in app.screen.query(Static)
                    if part.display
                )
                return parts, fits
            return {}, True

    return app, *asyncio.run(run())


def test_all_that_matters_is_on_the_screen():
    session = Told(
        said(1, "B", 200.0, 212.0, "He would not even look at me"),
        said(2, "A", 213.0, 217.0, "What did you say?"),
        TalkOverHeard(211.0, "A", "B"),
        Activity(220.0, ("B",)),
        Partial(Span(220.0, 244.0), "nothing at all", "B"),
        Behind(4.0),
    )
    look = Look(
        picture=Picture(expected=PEOPLE),
        heading="listening with Theo",
        kept="sound kept until 24 December 2026",
        missing=("words",),
    )
    _, parts, fits = shown(session, look=look)
    assert fits
    assert parts["time"] == "4:05"
    assert parts["now"] == "THEO"
    assert parts["turn"] == "Theo’s turn  0:25"
    assert parts["shares"] == "Me 25%   Theo 75%"
    assert parts["bar"].split("\n")[0].count("█") == 20  # of 78
    assert "sound kept until 24 December 2026" in parts["top"]
    assert "words come 4 s late" in parts["level"]
    assert parts["missing"] == "not measured: words"
    lines = parts["lines"].splitlines()
    assert [line.split(None, 1)[1] for line in lines] == [
        "Theo       He would not even look at me",
        "⟂ Me came in over Theo",
        "Me         What did you say?",
        "Theo       nothing at all",
    ]


def test_the_newest_lines_stay_and_long_ones_are_whole():
    long = " ".join(f"word{n}" for n in range(40))
    session = Told(*(said(n, "B", n * 10.0, n * 10.0 + 9, long) for n in range(1, 9)))
    _, parts, fits = shown(session)
    assert fits
    assert parts["lines"].rstrip().endswith("word39")


def test_what_people_say_is_no_markup():
    session = Told(said(1, "B", 1.0, 3.0, "[bold red]loud[/] \x1b[31mred"))
    _, parts, _ = shown(session)
    assert "[bold red]loud[/]" in parts["lines"]
    assert "\x1b" not in parts["lines"]


def test_a_long_name_leaves_room_for_what_matters():
    name = "Maximilian-Alexander <script>[bold] von und zu Hohenzollern שלום"
    people = (Person("A", "Me", Role.LISTENER), Person("B", name, Role.PARTNER))
    look = Look(
        picture=Picture(expected=people),
        heading=f"listening with {name}",
        kept="sound kept until 24 December 2026",
    )
    session = Told(said(1, "A", 1.0, 3.0, "Yes"), Activity(4.0, ("B",)), clock=9.0)
    _, parts, fits = shown(session, look=look)
    assert fits
    assert parts["top"].endswith("sound kept until 24 December 2026")
    assert len(parts["top"]) <= 78
    assert parts["turn"] == "Maximilian-Alex…’s turn  0:05"
    assert parts["shares"].startswith("Me 100%   Maximilian-Alexander <script>")
    assert parts["shares"].endswith("… 0%")


def test_space_pauses_and_goes_on():
    session = Told()
    _, parts, _ = shown(session, "space")
    assert session.asked == ["pause"]
    assert "PAUSED, nothing is recorded" in parts["top"]
    assert parts["keys"] == "space go on   q end"
    assert (parts["now"], parts["turn"]) == ("", "")
    assert "▮" not in parts["level"]
    shown(session, "space")
    assert session.asked == ["pause", "resume"]


def test_m_marks_and_n_notes_the_moment_it_was_pressed():
    session = Told()
    _, parts, _ = shown(session, "m", "n", "h", "m", "enter")
    assert session.asked == [("mark", "", None), ("mark", "hm", 245.0)]
    assert "★ hm" in parts["lines"]
    session = Told()
    shown(session, "n", "h", "escape")
    assert session.asked == []


def test_q_ends_and_the_screen_says_what_it_waits_for():
    session = Told()
    _, parts, _ = shown(session, "q")
    assert session.asked == ["end"]
    assert "FINISHING" in parts["top"]
    assert "Ctrl-C: stop at once, the sound is kept" in parts["keys"]


def test_the_first_ctrl_c_ends_the_second_stops_at_once():
    session = Told()
    shown(session, "ctrl+c")
    assert session.asked == ["end"]
    shown(session, "ctrl+c")
    assert session.asked == ["end", "abandon"]


def test_the_screen_goes_when_the_session_is_over():
    session = Told()
    session.feed.put(None)
    app, parts, _ = shown(session)
    assert parts == {}
    assert app.failed is None


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Announced(244.0, "1 minute left"), "1 minute left."),
        (AudioLost(Span(230.0, 244.0), "the plug was pulled"), "No sound for 14 s: the plug was"),
        (TalkOverHeard(244.0, "A", "B"), "You came in while they were speaking."),
    ],
)
def test_what_matters_most_is_told(event, text):
    cues = Cues(Wanted(talk_over=True), "A")
    look = Look(picture=Picture(expected=PEOPLE), cues=cues)
    _, parts, _ = shown(Told(event), look=look)
    assert text in parts["told"]


def test_trouble_with_the_microphone_is_told_while_it_lasts():
    session = Told()
    session.trouble = "was unplugged"
    _, parts, _ = shown(session)
    assert parts["told"] == "No sound: the microphone was unplugged."


def seen_quiet(session, *keys):
    """What a quiet screen shows after `keys`, and how its dot is drawn."""
    look = Look(picture=Picture(expected=PEOPLE), quiet=True)
    app = ListenApp(lambda: (session, LiveScreen(session, look)))

    async def run():
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            await pilot.press(*keys)
            await pilot.pause()
            parts = {part.id for part in app.screen.query("*") if part.region.area and part.id}
            return parts, str(app.screen.query_one("#dot", Static).content.style)

    return asyncio.run(run())


def test_quiet_is_a_dot_and_the_time():
    assert seen_quiet(Told(said(1, "B", 1.0, 3.0, "words"))) == ({"big", "dot", "time"}, "red")


@pytest.mark.parametrize(("key", "dot"), [("space", "yellow"), ("q", "dim")])
def test_quiet_says_that_it_does_not_listen_now(key, dot):
    session = Told(said(1, "B", 1.0, 3.0, "words"))
    assert seen_quiet(session, key) == ({"big", "dot", "time", "top", "keys"}, dot)


def test_quiet_says_that_sound_is_missing():
    session = Told()
    session.trouble = "was unplugged"
    assert seen_quiet(session)[0] == {"big", "dot", "time", "told"}


def test_what_becomes_of_the_sound_is_not_said_twice():
    look = Look(picture=Picture(expected=PEOPLE), kept="nothing is recorded")
    _, parts, _ = shown(Told(), "space", look=look)
    assert parts["top"].count("nothing is recorded") == 1


def test_what_cannot_begin_leaves_the_screen():
    def begin():
        raise OSError("no microphone")

    app = ListenApp(begin)

    async def run():
        async with app.run_test(size=SIZE):
            pass

    asyncio.run(run())
    assert "no microphone" in str(app.failed)


# --- the question before


def asked(*keys, first=True, **known):
    """What was answered, and what the question showed."""
    found = []
    before = Before(
        answers=Answers(**known),
        first=first,
        device="Yeti",
        today=date(2026, 11, 24),
        cut_off="One",
    )
    question = AskScreen(before, found.append)
    session = Told()
    app = ListenApp(lambda: (session, LiveScreen(session, Look(picture=Picture()))), ask=question)

    async def run():
        async with app.run_test(size=SIZE) as pilot:
            await pilot.pause()
            fits = all(p.region.bottom <= SIZE[1] for p in question.query(Static))
            text = "\n".join(str(part.content) for part in question.query(Static))
            line = question.query_one(Input).display
            for key in keys:
                await pilot.press(key)
                await pilot.pause()
            return fits, text, line

    return found, question, *asyncio.run(run())


def test_the_first_time_two_questions_and_a_key():
    found, _, fits, text, line = asked("T", "h", "e", "o", "down", "enter")
    assert fits
    assert line
    assert "1  Who is with you, and does everybody know?" in text
    assert "2  What becomes of the sound?" in text
    assert "I would like to record our talk" in text
    assert found == [Answers(who="Theo", keep_audio="always")]


def test_later_one_key_is_enough():
    found, _, _, text, line = asked("enter", first=False, who="Theo", keep_audio="30d")
    assert not line
    assert "Sound kept until 24 December 2026. Microphone: Yeti" in text
    assert found == [Answers(who="Theo")]


def test_what_was_chosen_can_be_changed():
    found, *_ = asked("c", "down", "enter", first=False, who="Theo")
    assert found[0].keep_audio == "always"


def test_leaving_records_nothing():
    found, question, *_ = asked("escape")
    assert found == []
    assert not question.finish_first


def test_goal_and_mood_are_offered():
    found, *_ = asked("f2", "f3", "f3", "enter")
    assert found == [Answers(goal=Goal.MUTUAL, mood=2)]


def test_a_session_that_was_cut_off_can_be_finished_first():
    found, question, _, text, _ = asked("f4")
    assert "One: F4 makes the report of it first" in text
    assert question.finish_first
    assert found == []


def test_a_terminal_that_was_closed_takes_everything():
    reading, writing = os.pipe()
    os.close(reading)  # as a terminal whose window is gone: an error for whoever writes
    with Terminal(os.fdopen(writing, "wb")) as gone:
        assert gone.write("x" * 100_000) == 100_000
        gone.flush()
