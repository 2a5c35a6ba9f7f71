from dataclasses import replace
from importlib import resources

import pytest

from drawing import draw
from kitchen import kitchen
from listenlive.analysis import analyse
from listenlive.conversation import (
    Conversation,
    Mark,
    Moment,
    MomentKind,
    Person,
    Practice,
    PracticeStep,
    Role,
    StepKind,
)
from listenlive.report.clips import Clip
from listenlive.report.entries import MAX_CLIPS, TELLING, clip_span, entry
from listenlive.report.html import render
from listenlive.report.page import MARKED, Audience, page_of
from listenlive.report.wording import told
from listenlive.review.drawn import KIND_NAMES
from listenlive.span import Span


def page(conversation, **options):
    return page_of(conversation, analyse(conversation), **options)


def card(side, name):
    return next(card for card in side.cards if card.name == name)


def test_it_opens_on_me_and_says_the_same_of_the_other():
    found = page(kitchen(me="B"))
    assert [side.heading for side in found.sides] == ["You", "Nora"]
    mine, theirs = (card(side, "talk_overs") for side in found.sides)
    assert mine.says.startswith("times you came in over Nora")
    assert theirs.says.startswith("times Nora came in over you")
    assert mine.beside.startswith("Nora came in over you")


def test_figures_come_with_what_they_rest_on():
    conversation = kitchen()
    measures = analyse(conversation).measures["A"]
    mine = page(conversation).sides[0]
    assert card(mine, "talk_share").figure == f"{100 * measures.talk_share:.0f} %"
    assert card(mine, "talk_overs").figure == str(
        measures.interruptions_made + measures.attempts_made
    )
    assert f"{measures.response_count} gaps" in card(mine, "room").samples[0]
    assert all(card.meaning for card in mine.cards)
    assert all(card.samples for card in mine.cards)


def test_what_was_not_measured_is_never_zero():
    found = page(draw("A  ====\nB      ==", sees_overlap=False, listener="A"))
    overs = card(found.sides[0], "talk_overs")
    assert overs.figure is None
    assert overs.says.startswith("not measured: people talking at once")
    assert "Overlaps" in dict(found.not_measured)


def test_without_a_listener_both_sides_stand_side_by_side():
    found = page(kitchen(me=None))
    assert not found.knows_me
    assert [side.heading for side in found.sides] == ["Nora", "Theo"]


@pytest.mark.parametrize(
    "conversation",
    [
        Conversation(),
        Conversation(duration=4.0, people=(Person("A", "Me", Role.LISTENER),)),
        draw("A  ==", listener="A"),
        draw("A  ===\nB    ===\nC     =="),
    ],
    ids=["nothing", "silence", "alone", "three"],
)
def test_any_conversation_has_a_page(conversation):
    found = page(conversation)
    assert len(found.sides) == len(analyse(conversation).measures)
    assert (found.timeline is None) == (not found.sides)


def test_a_clip_begins_with_what_was_cut_into():
    conversation = kitchen()
    asked = []
    page(conversation, clip=lambda span: asked.append(span) or Clip(b"sound"))
    cut = next(m for m in analyse(conversation).moments if m.kind is MomentKind.INTERRUPTION)
    assert (cut.span.start - 4, cut.span.end + 3) in [(s.start, s.end) for s in asked]
    assert all(s.start >= 0 and s.end <= conversation.duration for s in asked)


def test_long_moments_are_heard_from_their_beginning():
    conversation = kitchen()
    moment = analyse(conversation).moments[0]
    long = replace(moment, span=replace(moment.span, end=moment.span.start + 200))
    assert clip_span(long, duration=360.0).duration == 20.0


def test_clips_are_capped_and_it_says_so():
    conversation = draw(
        "A  " + "==   " * 90 + "\nB  " + "  == " * 90,
        words={"A": ["What happened then?"] * 90, "B": ["Did you?"] * 90},
        listener="A",
    )
    found = page(conversation, clip=lambda span: Clip(b"sound"))
    heard = [e for g in (found.worth_hearing, *found.groups) if g for e in g.entries if e.clip]
    assert len(heard) == MAX_CLIPS
    assert found.clips_note.startswith(f"The {MAX_CLIPS} most telling of")


def test_what_is_worth_hearing_can_be_heard():
    found = page(kitchen(me=None), clip=lambda span: Clip(b"sound"))
    assert found.worth_hearing.entries
    assert all(e.clip for e in found.worth_hearing.entries)


def test_a_lesson_can_be_heard_and_takes_the_place_of_what_is_worth_hearing():
    found = page(kitchen(), clip=lambda span: Clip(b"sound"))
    shown = (*found.taken.strengths, *found.taken.to_work_on)
    assert shown
    assert all(each.entry.clip and each.entry.quotes for each in shown)
    assert found.worth_hearing is None


def test_without_sound_it_says_so():
    found = page(kitchen())
    assert "--no-audio" in found.clips_note
    assert "no sound" in found.privacy
    assert "both voices" in page(kitchen(), clip=lambda span: Clip(b"x")).privacy


def test_a_cut_off_is_quoted_to_its_end():
    found = page(kitchen())
    quotes = next(e.quotes for g in found.groups for e in g.entries if e.kind == "interruption")
    assert [q.name for q in quotes] == ["Theo", "You"]
    assert quotes[0].text.endswith("really wanted to")
    assert quotes[1].text.startswith("You should buy earplugs")


def test_every_pointer_leads_to_an_entry():
    found = page(kitchen())
    groups = [g for g in (found.worth_hearing, *found.groups) if g]
    lesson = (*found.taken.strengths, *found.taken.to_work_on)
    listed = [e.id for g in groups for e in g.entries] + [each.entry.id for each in lesson]
    assert len(listed) == len(set(listed))
    pointed = {p.moment for o in found.observed for said in o.said for p in said.moments}
    marked = {m.moment for lane in found.timeline.lanes for m in lane.marks}
    tagged = {t.moment for s in found.transcript for line in s.lines for t in line.tags}
    profiled = {p.moment for s in found.sheets for row in s.rows for p in row.moments}
    assert pointed | marked | tagged | profiled <= set(listed)
    assert profiled
    assert pointed
    assert marked
    assert tagged


def test_the_transcript_says_everything_once():
    conversation = kitchen()
    lines = [line.text for section in page(conversation).transcript for line in section.lines]
    assert " ".join(lines).split() == [w.text for u in conversation.utterances for w in u.words]


def test_longer_talks_get_a_closer_look():
    short, long = kitchen(), replace(kitchen(), duration=3600.0)
    assert page(short).close_ups == ()
    assert len(page(long).close_ups) == 6
    assert page(long).timeline.coarse


def test_every_kind_of_moment_has_its_place():
    assert set(TELLING) == set(MomentKind)
    pictures = resources.files("listenlive").joinpath("templates/_pictures.html").read_text()
    for kind in MARKED:
        assert f'id="k-{kind}"' in pictures
        assert f'"{kind}":' in pictures


def test_what_was_marked_and_noted_is_told_to_me_alone():
    marked = replace(kitchen(), marks=(Mark(61.2), Mark(75.0, "<b>sad")))
    assert page(marked).marked == (("1:01", ""), ("1:15", "<b>sad"))
    assert "&lt;b&gt;sad" in render(page(marked))
    shared = page(marked, audience=Audience.SHARE)
    assert shared.marked == ()
    assert "sad" not in render(shared)


def test_lost_audio_is_told():
    lost = replace(kitchen(), lost=(kitchen().utterances[0].span,))
    assert page(lost).notes[-1] == "No sound was recorded from 0:01 to 0:03."


def test_a_loss_that_was_told_bit_by_bit_is_one():
    lost = replace(kitchen(), lost=(Span(1.0, 11.0), Span(11.0, 21.0), Span(21.0, 23.5)))
    assert page(lost).notes[-1] == "No sound was recorded from 0:01 to 0:23."
    assert "0:11" not in "".join(page(lost).notes)


def test_an_exercise_tells_what_it_showed_and_to_nobody_else():
    step = PracticeStep(StepKind.TELL, Span(0, 30), Role.PARTNER, Role.PARTNER)
    talk = replace(kitchen(), practice=Practice("two-minutes", (step,)))
    assert page(talk).exercise[0].startswith("You listened for 30 s and spoke up ")
    assert page(talk, audience=Audience.SHARE).exercise == ()
    assert page(kitchen()).exercise == ()
    html = render(page(talk))
    assert "What the exercise showed" in html
    assert "What the exercise showed" not in render(page(kitchen()))


def test_a_check_is_shown_with_what_it_was_answered():
    talk = draw(
        """
        A  =======         ======         ========
        B           ======         ====
        """,
        words={
            "A": ["Tell me what it was like", "You felt passed over. Is that right?", "I see now"],
            "B": ["They gave it to my brother", "Yes, that's it."],
        },
        listener="A",
    )
    analysis = analyse(talk)
    (check,) = (m for m in analysis.moments if m.kind is MomentKind.ACCURACY_CHECK)
    quotes = entry(talk, check).quotes
    assert quotes[-1].text == "Yes, that's it."
    assert not quotes[-1].cut_into


def test_only_words_that_were_said_stand_in_quotation_marks():
    assert not any("“" in label for label in KIND_NAMES.values())
    blame = Moment(0, MomentKind.BLAME, Span(1, 2), "A", None, 0.8, (1,))
    assert "“" not in told(draw("A  ========"), blame)


def test_the_room_before_few_replies_is_not_measured():
    room = card(page(draw("A      ====\nB  ===", listener="A")).sides[0], "room")
    assert room.figure is None
    assert room.says == "not measured: 1 reply after a gap; 5 are needed"
