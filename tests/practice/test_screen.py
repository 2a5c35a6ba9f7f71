"""The screens, drawn without a terminal; time and session are the test's."""

import asyncio

import pytest
from textual.app import App
from textual.widgets import Digits, Static

from listenlive.events import PracticeBegan
from listenlive.live.feed import Phase, Subscription
from listenlive.practice.cards import cards
from listenlive.practice.exercises import Names, exercise, plan
from listenlive.practice.lead import Lead
from listenlive.practice.scene import countdown, scene
from listenlive.practice.screen import PracticeScreen, TimerApp

NAMES = Names("Ana", "Ben <i>[b]")
TALL, WIDE = 24, 80


class Told:
    """A session that is as the test says."""

    def __init__(self):
        self.clock = 0.0
        self.level = -30.0
        self.phase = Phase.LISTENING
        self.feed = Subscription([PracticeBegan("two-minutes")])
        self.noted = []

    def subscribe(self):
        return self.feed

    def pause(self):
        self.phase = Phase.PAUSED

    def resume(self):
        self.phase = Phase.LISTENING

    def mark(self, note="", *, at=None): ...

    def end(self):
        self.phase = Phase.CLOSING

    def abandon(self): ...


def run(name, act):
    """Show the exercise `name` and let `act(session, pilot, screen)` use it; the session."""
    chosen = exercise(name)
    session = Told()
    lead = Lead(chosen, plan(chosen), NAMES)

    async def shown():
        app = App()
        async with app.run_test(size=(WIDE, TALL)) as pilot:
            screen = PracticeScreen(session, lead, session.noted.append, kept="sound kept")
            await app.push_screen(screen)
            await act(session, pilot, screen)

    asyncio.run(shown())
    return session


def text(screen, part):
    return str(screen.query_one(f"#{part}", Static).content)


def test_a_step_is_shown_and_time_goes_on_to_the_next():
    async def act(session, pilot, screen):
        assert text(screen, "heading") == "● Two minutes each   1 of 5 · sound kept"
        assert text(screen, "after") == "then   Ben <i>[b] speaks"
        session.clock = 20.0
        screen.look()
        assert text(screen, "title") == "BEN <I>[B] SPEAKS"
        assert screen.query_one("#left", Digits).value == "1:55"

    session = run("two-minutes", act)
    assert [event.step.kind.value for event in session.noted] == ["settle"]


def test_everything_is_on_the_screen():
    async def act(session, pilot, screen):
        steps = len(plan(exercise("emotional-x-ray")))
        for _ in range(steps):
            await pilot.pause()
            for part in ("title", "text", "left", "after", "keys"):
                region = screen.query_one(f"#{part}").region
                assert region.bottom <= TALL
                assert region.right <= WIDE
            session.clock += 3.0
            await pilot.press("space")
        assert session.phase is Phase.CLOSING

    run("emotional-x-ray", act)


def test_keys_answer_pause_and_end():
    async def act(session, pilot, screen):
        session.clock = 4.0
        await pilot.press("7")
        await pilot.press("p")
        assert text(screen, "heading").startswith("PAUSED, nothing is recorded")
        await pilot.press("space")  # not while paused
        await pilot.press("p")
        session.clock = 9.0
        await pilot.press("q")
        assert text(screen, "title") == "THANK YOU, BOTH."

    session = run("temperature", act)
    answered, mood, why = session.noted
    assert answered.answer.value == 7
    assert (mood.step.span.end, why.step.span.end) == (4.0, 9.0)
    assert session.phase is Phase.CLOSING


def test_the_session_ends_with_the_last_step():
    async def act(session, pilot, screen):
        session.clock = 15 + 2 * (120 + 60) + 1
        screen.look()
        assert session.phase is Phase.CLOSING
        session.feed.put(None)
        screen.look()

    assert len(run("two-minutes", act).noted) == 5


def test_a_timer_begins_with_a_key_and_ends_by_itself():
    now = [100.0]
    app = TimerApp(cards()["eye-contact"], lambda: now[0])

    async def shown():
        async with app.run_test(size=(WIDE, TALL)) as pilot:
            await pilot.pause()
            assert app.screen.query_one("#left", Digits).value == "0:30"
            now[0] = 150.0
            app.screen.look()
            assert app.screen.query_one("#left", Digits).value == "0:30"
            await pilot.press("space")
            now[0] = 160.5
            app.screen.look()
            assert app.screen.query_one("#left", Digits).value == "0:20"
            now[0] = 180.0
            app.screen.look()
            await pilot.pause()
        return app.return_value

    assert asyncio.run(shown()) is True


@pytest.mark.parametrize("key", ["q", "escape", "ctrl+c"])
def test_a_timer_that_is_left_says_so(key):
    app = TimerApp(cards()["screen-free"], lambda: 0.0)

    async def shown():
        async with app.run_test(size=(WIDE, TALL)) as pilot:
            await pilot.pause()
            assert app.screen.query_one("#left", Digits).value == "1:00:00"
            await pilot.press(key)
            await pilot.pause()
        return app.return_value

    assert asyncio.run(shown()) is False


def test_a_countdown_rounds_up_and_never_below_zero():
    assert [countdown(s) for s in (120, 119.2, 0.1, 0.0, 3600)] == [
        "2:00",
        "2:00",
        "0:01",
        "0:00",
        "1:00:00",
    ]


def test_the_stick_counts_no_steps():
    chosen = exercise("talking-stick")
    lead = Lead(chosen, plan(chosen), NAMES)
    lead.press("space", 1.0)
    shown = scene(chosen, lead.guide, NAMES, now=2.0)
    assert shown.heading == "Talking stick"
    assert shown.keys == "space  pass it on     p  pause     q  end"
    lead.stop(3.0)
    assert scene(chosen, lead.guide, NAMES, now=3.0) is None
