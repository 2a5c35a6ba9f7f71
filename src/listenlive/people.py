"""Who is who: names and roles for the speakers that were told apart."""

import re
from collections.abc import Sequence

from listenlive.config import Speakers
from listenlive.conversation import Person, Role
from listenlive.errors import ConfigError

NAMELESS_LISTENER = "Me"
"""What the listener is called who was given no name."""

MOST_COUNTED = 4
"""People that are told apart on one microphone where their number is not given."""

_DEFAULT = re.compile(r"(me|you|partner( \d+)?|speaker \w+)", re.IGNORECASE)
_SIDES = {"left": 0, "right": 1, "1": 0, "2": 1}


def people(
    speakers: Sequence[str], *, split: bool, names: Sequence[str] = (), me: str = ""
) -> tuple[Person, ...]:
    """The people behind `speakers` (ids in order of channel, or of first word), named.

    names : as given by the user, in that order; fewer or none are allowed
    me    : "left", "right", a number counted from 1, or one of `names`; "" is the left channel
            when `split`, else unknown: then nobody has a role
    """
    listener = _index(me, split=split, names=names)
    if listener is None and split:
        listener = 0
    if listener is not None and listener >= len(speakers):
        listener = None  # that person was never heard; everybody stays without a role
    partners = len(speakers) - 1
    found: list[Person] = []
    for i, speaker in enumerate(speakers):
        role = None if listener is None else Role.LISTENER if i == listener else Role.PARTNER
        given = names[i].strip() if i < len(names) and names[i].strip() else None
        rank = sum(1 for p in found if p.role is Role.PARTNER) + 1
        found.append(Person(speaker, given or _default(role, i, rank, partners), role))
    return tuple(found)


def is_name(name: str) -> bool:
    """Whether somebody was called `name`; False for what stands where no name was given."""
    return bool(name.strip()) and not _DEFAULT.fullmatch(name.strip())


def whose(name: str) -> str:
    """`name` before a noun: “Theo’s”; “My” of a listener without one."""
    return "My" if name == NAMELESS_LISTENER else f"{name}’s"


def whom(name: str) -> str:
    """`name` within a sentence: “me” of a listener without one."""
    return "me" if name == NAMELESS_LISTENER else name


def check_me(me: str, *, split: bool, most: int, names: Sequence[str] = ()) -> None:
    """ConfigError if `me` cannot mean anybody in a recording heard this way, of `most` people."""
    index = _index(me, split=split, names=names)
    if index is not None and index >= most:
        raise ConfigError(
            f"--me {me}: at most {most} people are told apart here. Give a number from 1 to {most}"
            f"{'' if split else ', or more people with --speakers N'}."
        )


def check_live_me(speakers: Speakers, *, channels: int, names: Sequence[str] = ()) -> None:
    """ConfigError if `speakers.me` cannot mean anybody whom a live source of `channels` hears."""
    split = channels > 1 and speakers.channels != "mix"
    most = channels if split else speakers.count or MOST_COUNTED
    check_me(speakers.me, split=split, most=most, names=names)


def speaker_called(who: str, known: Sequence[Person]) -> str:
    """The id of the person in `known` that `who` means: a name, a side, or a number from 1."""
    split = len(known) > 1
    index = _index(who, split=split, names=[person.name for person in known])
    if index is None or index >= len(known):
        names = ", ".join(person.name for person in known) or "nobody"
        raise ConfigError(f"--me {who!r}: only {len(known)} people were heard ({names}).")
    return known[index].id


def _index(me: str, *, split: bool, names: Sequence[str]) -> int | None:
    wanted = me.strip()
    if not wanted:
        return None
    named = [name.strip().casefold() for name in names]
    if wanted.casefold() in named:
        return named.index(wanted.casefold())
    if wanted.isdecimal() and int(wanted) >= 1:
        return int(wanted) - 1
    if wanted.casefold() in _SIDES and split:
        return _SIDES[wanted.casefold()]
    raise ConfigError(_why_not(wanted, split=split, names=names))


def _why_not(me: str, *, split: bool, names: Sequence[str]) -> str:
    if me.casefold() in _SIDES:
        return (
            f"--me {me} names a channel, but this recording is heard as one microphone for all. "
            "Use 1 or 2 (the order in which people first speak), or --channels split."
        )
    sides = "left, right, " if split else ""
    known = (
        f" or a name of --names ({', '.join(names)})" if names else ", or a name given by --names"
    )
    return f"--me {me!r} is nobody here; allowed: {sides}1, 2{known}."


def _default(role: Role | None, index: int, rank: int, partners: int) -> str:
    if role is Role.LISTENER:
        return NAMELESS_LISTENER
    if role is Role.PARTNER:
        return "Partner" if partners == 1 else f"Partner {rank}"
    return f"Speaker {index + 1}"
