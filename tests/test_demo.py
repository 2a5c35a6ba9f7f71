from itertools import pairwise

import pytest

from listenlive.analysis import analyse
from listenlive.analysis.measures import SpeakerMeasures
from listenlive.demo import demo_data, demo_events
from listenlive.events import replay
from listenlive.library import opened
from listenlive.store import sessions

TALKS = [replay(events) for events in demo_events()]


def mine(number: int) -> SpeakerMeasures:
    return analyse(TALKS[number]).measures["A"]


def test_six_sessions_are_kept_and_removed():
    with demo_data() as data:
        assert len(sessions(data)) == 6
        assert all(session.ended for session in sessions(data))
        with opened(data) as index:
            partners = [talk.partner for talk in index.talks()]
            assert index.search("kettle")
    assert sorted(partners) == ["Lena", *["Theo"] * 5]
    assert not data.exists()


@pytest.mark.parametrize("talk", TALKS, ids=range(1, 7))
def test_each_is_long_enough_for_every_figure(talk):
    analysis = analyse(talk)
    assert talk.duration > 300
    assert set(analysis.not_measured) <= {"talk_over_rates", "tone"}
    for speaker, utterances in talk.by_speaker.items():
        assert all(a.span.end <= b.span.start for a, b in pairwise(utterances)), speaker


def test_the_listener_comes_to_leave_more_room():
    first, last = mine(0), mine(5)
    assert first.talk_share > last.talk_share
    assert (first.interruptions_made, last.interruptions_made) == (4, 0)
    assert first.questions_open < last.questions_open
    assert first.response_median_seconds < last.response_median_seconds


def test_what_people_answered_is_there():
    forms = [(c.form, c.by.value) for c in TALKS[0].check_ins]
    assert forms == [
        ("mood_before", "listener"),
        ("mood_before", "partner"),
        ("mood_after", "listener"),
        ("mood_after", "partner"),
        ("felt_heard", "partner"),
    ]
