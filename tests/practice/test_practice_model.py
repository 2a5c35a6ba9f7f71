"""An exercise in real sound, on one microphone: the steps tell who is who."""

from pathlib import Path

import pytest
import soundfile

from listenlive import app
from listenlive.analysis.exercise import Shown
from listenlive.config import Settings, Speakers, Transcription
from listenlive.conversation import Role
from listenlive.practice.exercises import Names, exercise, plan
from listenlive.practice.timetable import Rehearsal, Timetable

pytestmark = pytest.mark.model
SAMPLES = Path(__file__).resolve().parents[2] / "samples"


@pytest.mark.parametrize("first", list(Role))
def test_on_one_microphone_the_steps_tell_who_is_who(tmp_path, first):
    """In `walk` Lena tells until 53 s, Marcus says back what he heard until 63 s."""
    sound, rate = soundfile.read(SAMPLES / "walk.mono.flac", frames=round(63.5 * 16_000))
    path = tmp_path / "walk.wav"
    soundfile.write(path, sound, rate)
    chosen = exercise("two-minutes")
    timetable = Timetable(begins=(0.0, 4.5, 53.2))
    names = Names("Ana", "Ben")
    heard = app.analyse_file(
        path,
        Settings(speakers=Speakers(channels="mix"), transcription=Transcription(words=False)),
        exercise=Rehearsal(chosen, plan(chosen, first=first), timetable, names),
    )
    shown = app.practised(heard).result
    talk = heard.conversation
    teller, listener = (
        next(p for p in talk.people if (p.role is first) is tells) for tells in (True, False)
    )
    spoke = {p.id: sum(s.duration for s in talk.spans_of(p.id)) for p in talk.people}
    assert spoke[teller.id] > 1.5 * spoke[listener.id]  # Lena, whoever that is
    assert teller.name == ("Ana" if first is Role.LISTENER else "Ben")
    slips = shown.of(Shown.SLIPS, listener.id)
    assert {round(span.start) // 5 * 5 for span in slips.moments} >= {10, 30}  # his two replies
    assert shown.of(Shown.TIME_TO_REFLECT, listener.id).value < 2.0
