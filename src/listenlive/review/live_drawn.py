"""A running session as the page draws it: the same picture as on the terminal, as JSON."""

from listenlive.live.drawn import CLIPPING_DB, QUIET_DB, missing
from listenlive.live.feed import Phase, Session
from listenlive.live.look import LATE, Look, news
from listenlive.live.picture import Line, Picture, clock
from listenlive.people import whose
from listenlive.plain import one_line

Json = dict[str, object]

LINES = 12  # the last ones
_COLOURS = 4
_TOLD = {Phase.PAUSED: "Paused, nothing is recorded", Phase.CLOSING: "Finishing"}
_NOBODY = -1


def drawn(session: Session, seen: Picture, look: Look, *, cue: str) -> Json:
    """What a window shows now. People are a name and the number of their colour."""
    floor = seen.floor
    turn = [*_holder(seen, floor.holder), clock(floor.running())] if floor.holder else None
    return {
        "phase": session.phase.value,
        "seconds": session.clock,
        "clock": clock(session.clock),
        "heading": _TOLD.get(session.phase, look.heading[:1].upper() + look.heading[1:]),
        "kept": look.kept,
        "quiet": look.quiet,
        "now": [_person(seen, speaker) for speaker, _ in floor.speaking],
        "turn": turn,
        "shares": [[*_person(seen, one.id), round(share, 3)] for one, share in seen.shares()],
        "level": round(min(max(1 - session.level / QUIET_DB, 0.0), 1.0), 2),
        "loud": session.level >= CLIPPING_DB,
        "late": round(seen.behind) if seen.behind >= LATE else 0,
        "news": news(seen, trouble=session.trouble, cue=cue),
        "missing": missing(seen, look.missing, voice=look.voice).plain,
        "lines": [_line(seen, each) for each in seen.lines(LINES)],
    }


def _line(seen: Picture, each: Line) -> list[object]:
    """When, what kind, who, and the words."""
    who = _person(seen, each.speaker) if each.speaker else ["", _NOBODY]
    return [clock(each.at), each.kind.value, *who, one_line(each.text)]


def _holder(seen: Picture, speaker: str) -> list[object]:
    """Whose turn it is, and the number of their colour."""
    name, number = _person(seen, speaker)
    return [whose(str(name)), number]


def _person(seen: Picture, speaker: str | None) -> list[object]:
    """The name of `speaker` and the number of their colour: 0 is the listener, if that is known."""
    ids = [person.id for person in seen.people]
    if seen.me is not None:
        ids.sort(key=lambda one: one != seen.me)
    number = ids.index(speaker) % _COLOURS if speaker in ids else _NOBODY
    return [one_line(seen.name(speaker)), number]
