"""When a session ends by itself; the clock is the test's."""

from listenlive.events import Activity, Announced, SpeechEnded
from listenlive.live.watch import TimeToEnd, Watch
from listenlive.span import Span


def course(watch: Watch, until: int, *, speaking=()) -> list[tuple[int, str]]:
    """What the watch says, second by second; `speaking`: (start, end) of speech."""
    said = []
    for now in range(until + 1):
        for start, end in speaking:
            if now == start:
                watch.heard(Activity(now, ("A",)))
            if now == end:
                watch.heard(Activity(now, ()))
        match watch.by(float(now)):
            case Announced(at, text):
                said.append((round(at), text))
            case TimeToEnd(why):
                return [*said, (now, f"END: {why}")]
    return said


def test_the_time_wished_for_is_announced_and_ends_in_a_pause():
    talk = [(0, 50), (55, 125)]
    assert course(Watch(length=120.0), 200, speaking=talk) == [
        (60, "1 minute left, then the next pause ends the session"),
        (126, "END: the time is over"),
    ]


def test_who_never_pauses_is_stopped_after_half_a_minute():
    said = course(Watch(length=120.0), 200, speaking=[(0, 300)])
    assert said[-1] == (150, "END: the time is over")


def test_a_short_time_is_announced_at_half():
    assert course(Watch(length=20.0), 60)[0][0] == 10


def test_the_end_is_announced_by_what_was_taken_in_however_late_it_is_heard():
    watch = Watch(length=120.0)
    assert watch.by(40.0, taken=55.0) is None
    assert watch.by(45.0, taken=61.0) == Announced(
        61.0, "59 seconds left, then the next pause ends the session"
    )
    assert isinstance(watch.by(100.0, taken=121.0), TimeToEnd)


def test_ten_silent_minutes_end_the_session_after_notice():
    said = course(Watch(), 1300, speaking=[(5, 100)])
    assert said == [
        (640, "nobody is heard; the session ends in 1 minute unless you speak"),
        (700, "END: nobody has spoken for 10 minutes"),
    ]


def test_a_word_after_the_notice_keeps_it_going_and_it_is_announced_anew():
    said = course(Watch(silence=100.0), 400, speaking=[(0, 10), (80, 90)])
    assert [at for at, _ in said] == [60, 140, 190]


def test_a_long_speech_is_no_silence():
    assert course(Watch(silence=100.0), 300, speaking=[(0, 290)]) == []


def test_regions_of_speech_count_where_nobody_tells_activity():
    watch = Watch(silence=100.0)
    watch.heard(SpeechEnded(Span(80.0, 95.0), 0))
    assert watch.by(140.0) is None
    assert isinstance(watch.by(195.0), TimeToEnd)


def test_silence_may_be_allowed_for_ever():
    assert course(Watch(silence=0.0), 5000) == []
