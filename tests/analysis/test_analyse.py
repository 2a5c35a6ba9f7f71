"""What holds for every conversation, and what is said when something cannot be measured."""

import sys
from dataclasses import replace

import pytest

from drawing import draw, spread
from listenlive.analysis import analyse
from listenlive.config import Measuring
from listenlive.conversation import (
    Conversation,
    Judgement,
    MomentKind,
    Person,
    Utterance,
)
from listenlive.span import Span

TALK = """
    A  ========          ==========   ====         ========
    B      ========  =      ==    ==========   ===
    """
WORDS = {"A": ["So what did you", "I went to the sea with her.", "Yes.", "Tell me more."]}


def test_nobody_spoke():
    talk = analyse(Conversation(duration=60.0, people=(Person("A", "Me"), Person("B", "Ana"))))
    assert talk.measures["A"].talk_share is None
    assert (talk.moments, talk.findings, talk.talk_time.silence) == ((), (), 60.0)
    assert talk.not_measured == {"speech": "no speech was found in this recording"}
    assert talk.closing == "No speech was found in this recording."


def test_nothing_at_all():
    assert analyse(Conversation()).measures == {}


def test_one_person_spoke():
    talk = analyse(draw("A  ========\nB  ........", listener="A"))
    figures = talk.measures["A"]
    assert (figures.talk_share, figures.turns, figures.response_count) == (1.0, 1, 0)
    assert figures.response_median_seconds is None
    assert talk.not_measured["overlaps"] == "only you were heard"
    assert talk.closing == "Only you were heard, for 4 s."


def test_speech_of_nobody_known():
    talk = analyse(Conversation((Utterance(1, None, Span(0, 2)),), 3.0))
    assert (talk.talk_time.speech, talk.measures, talk.turns) == (2.0, {}, ())
    assert talk.not_measured["speech"] == "speech was heard, but not by whom"


def test_people_not_told_apart_yet_are_speakers_by_letter():
    talk = analyse(replace(draw("A  ========"), people=()))
    assert talk.not_measured["overlaps"] == "only Speaker A was heard"


def test_blind_recordings_have_no_overlap_figures():
    seen = draw(TALK, sees_overlap=False)
    talk = analyse(replace(seen, blind_because="one label at a time"))
    figures = talk.measures["B"]
    assert figures.interruptions_made is figures.attempts_received is None
    assert figures.talk_overs is figures.backchannels is figures.overlapped_responses is None
    assert not [moment for moment in talk.moments if moment.over]
    assert talk.not_measured["overlaps"] == "one label at a time"


def test_without_words_there_are_no_questions():
    talk = analyse(draw(TALK))
    assert (talk.measures["A"].questions_open, talk.measures["A"].words) == (None, None)
    assert talk.not_measured["questions"] == "nothing was transcribed"


def test_other_languages_have_no_questions():
    talk = analyse(replace(draw(TALK, words=WORDS), language="fr"))
    assert talk.measures["A"].questions_open is None
    assert "'fr'" in talk.not_measured["questions"]


def test_short_conversations_have_counts_but_no_rates():
    talk = analyse(draw(TALK))
    figures = talk.measures["B"]
    rate = figures.talk_overs
    assert (rate.count, rate.per_minute) == (
        figures.interruptions_made + figures.attempts_made,
        None,
    )
    assert talk.not_measured["talk_over_rates"] == rate.withheld


def test_long_enough_conversations_have_rates():
    talk = analyse(draw(TALK), settings=Measuring(rate_minimum=10.0, exposure_minimum=5.0))
    rate = talk.measures["B"].talk_overs
    assert rate.low < rate.per_minute < rate.high
    assert "talk_over_rates" not in talk.not_measured


def test_moving_everything_later_changes_no_figure():
    talk, later = draw(TALK, words=WORDS), 12.34
    moved = tuple(
        replace(
            each,
            span=each.span.shifted(later),
            words=spread(each.text, each.span.shifted(later)),
        )
        for each in talk.utterances
    )
    first = analyse(talk)
    second = analyse(replace(talk, utterances=moved, duration=talk.duration + later))
    assert rounded(second) == rounded(first)
    assert [m.kind for m in second.moments] == [m.kind for m in first.moments]


def test_swapping_the_speakers_mirrors_the_figures():
    talk = draw(TALK, words=WORDS)
    swap = {"A": "B", "B": "A"}
    mirrored = tuple(replace(each, speaker=swap[each.speaker]) for each in talk.utterances)
    first, second = analyse(talk), analyse(replace(talk, utterances=mirrored))
    for one, other in swap.items():
        ours, theirs = first.measures[one], second.measures[other]
        assert replace(theirs, talk_overs=None) == replace(ours, talk_overs=None)
        assert theirs.talk_overs.count == ours.talk_overs.count


def rounded(talk):
    return {
        speaker: [
            round(value, 6) if isinstance(value, float) else value
            for value in (getattr(figures, name) for name in figures.__slots__)
            if not hasattr(value, "withheld")
        ]
        for speaker, figures in talk.measures.items()
    }


def test_a_moment_judged_wrong_stays_but_does_not_count():
    talk = draw(TALK)
    before = analyse(talk)
    wrong = next(m for m in before.moments if m.kind is MomentKind.INTERRUPTION)
    judged = Judgement(wrong.kind, wrong.by, wrong.span.start + 0.4, right=False)
    after = analyse(replace(talk, judgements=(judged,)))
    assert after.moments == tuple(
        replace(each, judged=False) if each.id == wrong.id else each for each in before.moments
    )
    counts = (before, after)
    made, left = (each.measures[wrong.by].interruptions_made for each in counts)
    assert left == made - 1
    assert all(wrong.id not in finding.moments for finding in after.findings)
    assert wrong.id not in after.worth_hearing


def test_the_last_judgement_of_a_moment_holds():
    talk = draw(TALK)
    moment = analyse(talk).moments[0]
    said = [Judgement(moment.kind, moment.by, moment.span.start, right) for right in (False, True)]
    assert analyse(replace(talk, judgements=tuple(said))).moments[0].judged is True


def test_a_moment_judged_to_be_another_kind_counts_as_that():
    talk = draw(TALK)
    before = analyse(talk)
    cut_in = next(m for m in before.moments if m.kind is MomentKind.INTERRUPTION)
    other = MomentKind.TERMINAL
    said = Judgement(cut_in.kind, cut_in.by, cut_in.span.start, right=True, other_kind=other)
    after = analyse(replace(talk, judgements=(said,)))
    moment = next(m for m in after.moments if m.id == cut_in.id)
    assert (moment.kind, moment.heard_as, moment.judged) == (other, cut_in.kind, True)
    was, now = (each.measures[cut_in.by] for each in (before, after))
    assert now.interruptions_made == was.interruptions_made - 1
    assert now.terminal_overlaps == was.terminal_overlaps + 1


def test_another_kind_can_be_taken_back():
    talk = draw(TALK)
    moment = next(m for m in analyse(talk).moments if m.kind is MomentKind.INTERRUPTION)
    at, by, kind = moment.span.start, moment.by, moment.kind
    said = (
        Judgement(kind, by, at, right=True, other_kind=MomentKind.TERMINAL),
        Judgement(MomentKind.TERMINAL, by, at, right=True, other_kind=kind),
    )
    after = analyse(replace(talk, judgements=said)).moments
    assert next(m for m in after if m.id == moment.id) == replace(moment, judged=True)


def test_a_judgement_of_something_else_changes_nothing():
    talk = draw(TALK)
    elsewhere = Judgement(MomentKind.INTERRUPTION, "B", 400.0, right=False)
    assert analyse(replace(talk, judgements=(elsewhere,))).moments == analyse(talk).moments


@pytest.mark.parametrize("language", [None, "en"])
def test_the_language_may_be_known_from_utterances_only(language):
    talk = analyse(replace(draw(TALK, words=WORDS), language=language))
    assert talk.measures["A"].questions_open is not None


def test_the_work_grows_with_the_length_not_with_its_square():
    def calls(repeats):
        picture = "A  " + "====== ==      " * repeats + "\nB  " + "    =      ====" * repeats
        talk = draw(picture, words={"A": ["What did you see?"] * repeats})
        count = 0

        def called(*_):
            nonlocal count
            count += 1

        sys.setprofile(called)
        analyse(talk)
        sys.setprofile(None)
        return count

    calls(10)  # fills caches
    assert calls(400) < 4.5 * calls(100)
