"""Whose voice is it: a learned voice, held against the voices of a recording."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # who is known is asked for at every start, voices are compared in few
    import numpy as np
    import numpy.typing as npt

SAME_VOICE = 0.7
"""Cosine similarity from which a voice of a recording is taken for the learned one.

On 20 simulated talks of five readers (10 in a noisy room, voices learned without it) the learned
voice had .78 or more, another one .65 or less; n = 40 each. Being nobody is better than being
somebody else.
"""

AHEAD = 0.1
"""By how much the likest voice must be ahead of the next: two alike are nobody."""

OUTDATED = (
    "Your voice was learned by an older version, whose numbers mean something else now. "
    "Learn it again: listenlive enroll."
)
"""Said where a profile cannot be compared."""

Embeddings = Mapping[str, "npt.NDArray[np.float32]"]
"""Each speaker's mean voice: shape (n,), unit length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VoiceProfile:
    """A learned voice: numbers that say how it sounds; nobody can be heard in them.

    embedding : of unit length
    network   : what computed it; embeddings of different networks have nothing in common
    seconds   : of speech it was learned from
    at        : when, wall clock in ISO 8601
    """

    name: str
    embedding: tuple[float, ...]
    network: str
    seconds: float
    at: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What is known beforehand of a recording.

    names : of the people, in order of channel or of first word; fewer or none are allowed
    voice : the listener's, by which they are known on one microphone if nobody says who it is
    at    : when it was recorded, a date or a date and time in ISO 8601; None: as it says itself
    """

    names: tuple[str, ...] = ()
    voice: VoiceProfile | None = None
    at: str | None = None


NOBODY_KNOWN = Known()
"""Nothing is known beforehand."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """Whether a learned voice is one of a recording's.

    speaker    : whose voice it is, None if nobody's
    similarity : of the likest voice, cosine; None where nobody was heard
    note       : the same as a sentence for the report
    """

    speaker: str | None
    similarity: float | None
    note: str


def recognised(profile: VoiceProfile, embeddings: Embeddings) -> Recognition:
    """Which of the voices in `embeddings` is the learned one."""
    import numpy as np

    mine = np.array(profile.embedding)
    likeness = sorted(
        ((float(theirs @ mine), speaker) for speaker, theirs in embeddings.items()), reverse=True
    )
    if not likeness:
        return Recognition(None, None, "Your voice was not heard: nobody was.")
    (best, speaker), rest = likeness[0], likeness[1:]
    if best < SAME_VOICE:
        note = (
            f"Your voice was not recognised: the likest one here has a similarity of {best:.2f}, "
            f"less than {SAME_VOICE}. Say who you are with --me, or learn your voice again: "
            "listenlive enroll."
        )
        return Recognition(None, best, note)
    if rest and best - rest[0][0] < AHEAD:
        note = (
            f"Your voice was not recognised: two voices here are like it ({best:.2f} and "
            f"{rest[0][0]:.2f}). Say who you are with --me."
        )
        return Recognition(None, best, note)
    beside = f", the next one {rest[0][0]:.2f}" if rest else ""
    note = f"You were known by your voice (similarity {best:.2f}{beside})."
    return Recognition(speaker, best, note)
