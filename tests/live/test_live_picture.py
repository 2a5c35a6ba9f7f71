"""What a view shows, from events alone."""

from drawing import spread
from listenlive.conversation import Mark, Person, Role, Utterance
from listenlive.events import (
    Activity,
    Announced,
    AudioLost,
    Behind,
    Diarized,
    Ended,
    Expected,
    Marked,
    Partial,
    Paused,
    Relabelled,
    Resumed,
    TalkOverHeard,
    UtteranceHeard,
)
from listenlive.live.picture import LineKind, Picture, clock
from listenlive.span import Span

NORA, THEO = Person("A", "Me", Role.LISTENER), Person("B", "Theo", Role.PARTNER)


def said(number: int, speaker: str | None, start: float, end: float, text: str) -> UtteranceHeard:
    span = Span(start, end)
    return UtteranceHeard(Utterance(number, speaker, span, spread(text, span)))


def picture(*events, expected=(NORA, THEO)) -> Picture:
    found = Picture(expected=expected)
    for event in events:
        found = found.after(event)
    return found


def test_shares_are_those_of_the_analysis_so_far():
    seen = picture(said(1, "A", 0, 3, "one two"), said(2, "B", 4, 5, "three"))
    assert seen.shares() == ((NORA, 0.75), (THEO, 0.25))
    assert picture().shares() == ()


def test_without_words_the_time_that_was_heard_is_shared():
    seen = picture(Activity(1.0, ("A",)), Activity(2.0, ("A", "B")), Activity(5.0, ("B",)))
    assert seen.by(20.0).shares() == ((NORA, 4 / 7), (THEO, 3 / 7))


def test_voices_without_a_name_are_shown_as_voices():
    seen = picture(said(1, "A", 0, 3, "one two"), expected=())
    assert [(person.name, share) for person, share in seen.shares()] == [("Voice A", 1.0)]
    assert seen.me is None


def test_words_replace_what_was_half_heard_of_them():
    half = Partial(Span(10.0, 12.0), "I was", "A")
    seen = picture(half, Partial(Span(10.0, 14.0), "I was about to", "A"))
    assert [line.text for line in seen.lines(5)] == ["I was about to"]
    seen = seen.after(said(1, "A", 10.1, 15.0, "I was about to go"))
    assert [(line.kind, line.text) for line in seen.lines(5)] == [
        (LineKind.SAID, "I was about to go")
    ]


def test_words_of_the_other_leave_what_i_am_saying():
    seen = picture(Partial(Span(10.0, 14.0), "well", "A"), said(1, "B", 9.0, 13.0, "and then"))
    assert [line.kind for line in seen.lines(5)] == [LineKind.SAID, LineKind.PARTIAL]


def test_half_heard_words_that_lead_nowhere_go():
    seen = picture(Partial(Span(10.0, 12.0), "mh", "A"))
    assert seen.by(20.0).partials
    assert not seen.by(40.0).partials


def test_lines_stand_in_the_order_of_time_and_the_last_ones_stay():
    seen = picture(
        said(1, "B", 1.0, 9.0, "it was long"),
        TalkOverHeard(5.0, "A", "B"),
        Marked(Mark(7.0, "here")),
        AudioLost(Span(11.0, 12.0), "unplugged"),
    )
    assert [line.kind for line in seen.lines(9)] == ["said", "over", "mark", "lost"]
    assert [line.kind for line in seen.lines(2)] == ["mark", "lost"]
    assert seen.lines(9)[1].text == "came in over Theo"


def test_the_running_turn_grows_with_the_clock():
    seen = picture(Activity(4.0, ("B",))).by(64.0)
    assert (seen.floor.holder, seen.floor.running()) == ("B", 60.0)


def test_announcements_and_losses_stay_for_a_while():
    seen = picture(Announced(100.0, "1 minute left"), AudioLost(Span(90, 99), "unplugged"))
    assert seen.by(105.0).told
    assert seen.by(105.0).lost
    assert not seen.by(120.0).told
    assert not seen.by(120.0).lost


def test_a_loss_that_is_told_piece_by_piece_is_one_that_grows():
    seen = picture(
        AudioLost(Span(90.0, 91.0), "unplugged"),
        AudioLost(Span(91.0, 101.0), "unplugged"),
        AudioLost(Span(120.0, 121.0), "unplugged"),
        AudioLost(Span(121.0, 131.5), "unplugged"),
    )
    assert [(line.kind, line.at) for line in seen.lines(9)] == [("lost", 90.0), ("lost", 120.0)]
    assert seen.lost == AudioLost(Span(120.0, 131.5), "unplugged")


def test_a_voice_that_becomes_known_is_me_from_then_on():
    seen = Picture().after(Activity(1.0, ("A",))).after(Activity(4.0, ("B",)))
    assert (seen.me, seen.name("B")) == (None, "Voice B")
    seen = seen.after(Expected((Person("A", "Theo", Role.PARTNER), Person("B", "Me", NORA.role))))
    assert (seen.me, seen.name("B"), seen.name("A")) == ("B", "Me", "Theo")


def test_pauses_lag_and_the_end_are_seen():
    seen = picture(Paused(3.0), Behind(4.0))
    assert (seen.paused, seen.behind) == (True, 4.0)
    assert not seen.after(Resumed(3.0, 60.0)).paused
    assert seen.after(Ended(9.0)).ended


def test_what_was_provisional_goes_with_the_decision():
    seen = picture(
        said(1, None, 1.0, 9.0, "it was"),
        Partial(Span(10.0, 11.0), "half", None),
        TalkOverHeard(5.0, "A", "B"),
        Diarized((NORA, THEO), sees_overlap=True),
        Relabelled((1,), (said(2, "B", 1.0, 9.0, "it was").utterance,)),
    )
    assert [(line.kind, line.speaker) for line in seen.lines(9)] == [("said", "B")]


def test_time_reads_as_people_write_it():
    assert [clock(t) for t in (0, 59.9, 245, 3729)] == ["0:00", "0:59", "4:05", "1:02:09"]
