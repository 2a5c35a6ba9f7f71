"""What a step looks like, in words: the same for the screen and for plain lines."""

from dataclasses import dataclass

from listenlive.conversation import StepKind
from listenlive.plain import one_line
from listenlive.practice.exercises import Exercise, Names, Step
from listenlive.practice.guide import Guide

ENDING = 10.0
"""Seconds before the end of a step that are told apart."""

_KEYS = {
    StepKind.CHECK: "y  it fits     n  not yet     space  go on",
    StepKind.MOOD: "1 to 9, and 0 for 10     space  go on",
    StepKind.HOLD: "space  pass it on",
    StepKind.SETTLE: "space  we are ready",
}
_KEY = "space  go on"
_ALWAYS = "p  pause     q  end"


@dataclass(frozen=True, slots=True)
class Scene:
    """A step as it is shown.

    heading : the exercise, and which step it is;  title, lines : what to do
    left    : the countdown, "1:59";  ending : the last seconds
    after   : what comes next, "" at the end;  keys : what the keys do
    """

    heading: str
    title: str
    lines: tuple[str, ...]
    left: str
    ending: bool
    after: str
    keys: str


def scene(exercise: Exercise, guide: Guide, names: Names, *, now: float) -> Scene | None:
    """What to show at `now`; None: the exercise is over."""
    step = guide.step
    if step is None:
        return None
    number, of = guide.progress
    counted = "" if exercise.passing else f"   {number} of {of}"  # nobody knows how many holds
    left = guide.left(now)
    return Scene(
        heading=f"{exercise.title}{counted}",
        title=one_line(step.title(names)),
        lines=tuple(one_line(line) for line in step.text(names).splitlines()),
        left=countdown(left),
        ending=left <= ENDING,
        after=_after(guide.following, names),
        keys=f"{_KEYS.get(step.kind, _KEY)}     {_ALWAYS}",
    )


def _after(step: Step | None, names: Names) -> str:
    return f"then   {one_line(step.title(names))}" if step else ""


def countdown(left: float) -> str:
    """Seconds left, rounded up: "2:00", "0:01", "0:00"; from an hour on "1:00:00"."""
    whole = -int(-left // 1)
    hours, rest = divmod(whole, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
