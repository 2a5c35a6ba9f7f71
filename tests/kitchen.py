"""A conversation for the tests of what is shown: two people, six minutes, everything once.

::

    A (me)   asks, cuts in once, tries to once, replies, tells at length
    B        tells, is cut into, cuts in once, asks back
"""

from dataclasses import replace

from drawing import spread
from listenlive.conversation import Conversation, Person, Recording, Tone, Utterance
from listenlive.span import Span

Row = tuple[str, float, float, str]

LINES: tuple[Row, ...] = (
    ("A", 1.0, 3.0, "How was the visit?"),
    ("B", 4.0, 12.0, "Zebrawood kettles everywhere, quokka says the furnace was humming all night"),
    ("A", 6.0, 6.5, "Mhm."),
    ("A", 12.8, 14.0, "Did you sleep?"),
    ("B", 14.9, 26.0, "Barely, the oboe player upstairs rehearsed and I really wanted to"),
    ("A", 25.2, 34.0, "You should buy earplugs, honestly, I always carry earplugs."),
    ("B", 35.0, 47.0, "Perhaps, though the marmalade incident worried me far more than noise"),
    ("A", 40.0, 41.6, "But did you call the"),
    ("A", 48.5, 66.0, "When I was there last year we simply moved to another place and that"),
    ("B", 65.0, 74.0, "Wait, the galoshes belonged to grandfather, not to the lodger"),
    ("A", 76.0, 78.0, "What happened then?"),
    ("B", 79.0, 108.0, "Zilch, aunties crowded beneath the trombone and demanded breakfast"),
    ("B", 110.5, 113.0, "What would you have done?"),
    ("A", 114.0, 118.0, "I would have asked them."),
)
ROUNDS = 3
ROUND_SECONDS = 120.0


AT = "2026-05-03T19:04:00"


def kitchen(*, me: str | None = "A", names: tuple[str, str] = ("Nora", "Theo")) -> Conversation:
    """The conversation; `me` is the listener's id."""
    rows = [
        (speaker, start + n * ROUND_SECONDS, end + n * ROUND_SECONDS, text)
        for n in range(ROUNDS)
        for speaker, start, end, text in LINES
    ]
    conversation = Conversation(
        utterances=tuple(sorted(map(_utterance, range(1, 99), rows), key=lambda u: u.span)),
        duration=ROUNDS * ROUND_SECONDS,
        people=tuple(Person(i, name) for i, name in zip("AB", names, strict=True)),
        language="en",
        notes=("Each channel is one person.",),
        recording=Recording(
            "file", f"visit-with-{names[1]}.flac", 2, "2026-05-03T19:04:00", dated=True
        ),
    )
    return conversation.with_listener(me)


def saying(conversation: Conversation, speaker: str, text: str) -> Conversation:
    """The same with `text` as all that `speaker` ever says."""
    return replace(
        conversation,
        utterances=tuple(
            replace(u, words=spread(text, u.span)) if u.speaker == speaker else u
            for u in conversation.utterances
        ),
    )


def partner_words() -> frozenset[str]:
    """What only the partner says, in lower case and bare."""
    said = {
        s: {w.strip(".,?").lower() for who, *_, t in LINES if who == s for w in t.split()}
        for s in "AB"
    }
    return frozenset(word for word in said["B"] - said["A"] if len(word) > 5)


def _utterance(number: int, row: Row) -> Utterance:
    speaker, start, end, text = row
    span = Span(start, end)
    loud = 6.0 if "earplugs" in text else number % 3
    low = 110.0 if speaker == "B" else 190.0
    tone = Tone(low * (1 + 0.01 * (number % 7)), 4.0 + number % 4, -26.0 + loud, 4.2, 0.6, 0.2)
    return Utterance(number, speaker, span, spread(text, span), "en", tone)
