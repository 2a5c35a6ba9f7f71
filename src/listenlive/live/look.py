"""What a live view shows besides the talk itself, whatever it is drawn on."""

from dataclasses import dataclass

from listenlive.live.cues import Cues
from listenlive.live.picture import Picture
from listenlive.plain import one_line, sentence

LATE = 2.0
"""Seconds that words may come late before it is said."""

CUE_FOR = 6.0
"""Seconds that a cue stays on the screen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What a live view shows besides the talk itself.

    picture : the people and thresholds to begin with
    heading : with whom, and from which device
    kept    : what becomes of the sound
    missing : what is not measured here
    voice   : the listener's voice was learned: they may become known by it
    cues    : gives cues about me, if they were asked for
    quiet   : only a dot and the time
    """

    picture: Picture
    heading: str = "listening"
    kept: str = ""
    missing: tuple[str, ...] = ()
    voice: bool = False
    cues: Cues | None = None
    quiet: bool = False


def news(seen: Picture, *, trouble: str | None, cue: str) -> tuple[str, str]:
    """What matters most: sound that is missing, the end that is near, a cue; and which it is.

    The kinds are "lost", "told" and "cue"; ("", "") where there is nothing to say.
    """
    if trouble:
        return f"No sound: the microphone {one_line(trouble)}.", "lost"
    if seen.lost:
        lost = f"no sound for {seen.lost.span.duration:.0f} s: {seen.lost.reason}"
        return sentence(lost), "lost"
    if seen.told:
        return sentence(seen.told.text), "told"
    return (sentence(cue), "cue") if cue else ("", "")
