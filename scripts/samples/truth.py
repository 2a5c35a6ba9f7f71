"""Checks that the truth is complete: every overlap is a planned event and every event is heard."""

from timeline import Event, Placed, Run, spans

LEAST_OVERLAP_S = 0.1
SLACK_S = 0.03  # the grid of the runs, three frames
LIMITS_S = {  # shortest and longest length of each kind of event
    "backchannel": (0.2, 0.75),
    "terminal": (0.1, 0.4),
    "interruption": (0.4, 1.3),
    "attempt": (0.95, 1.85),
    "dual_start": (0.35, 1.0),
}
GOES_ON_S = {"interruption": 2.0, "attempt": 1.5, "backchannel": 0.5, "terminal": 0.3}


def overlaps(placed: list[Placed]) -> list[Run]:
    """Return every stretch of 0.1 s or more in which both people speak."""
    pairs = ((a, b) for a in spans(placed, "A") for b in spans(placed, "B"))
    shared = ((max(a[0], b[0]), min(a[1], b[1])) for a, b in pairs)
    return sorted(run for run in shared if run[1] - run[0] >= LEAST_OVERLAP_S)


def check(placed: list[Placed], found: list[Event]) -> None:
    """Raise ValueError unless each overlap has exactly one event, and each event an overlap."""
    shared = overlaps(placed)
    for run in shared:
        if len(owners := [event for event in found if _holds(event, run)]) != 1:
            raise ValueError(f"overlap at {run[0]:.2f}-{run[1]:.2f} s has {len(owners)} events")
    for event in found:
        if not any(_holds(event, run) for run in shared):
            raise ValueError(f"{event.kind} at {event.start:.2f} s overlaps nothing")
        check_length(event)
        check_going_on(placed, event)


def _holds(event: Event, run: Run) -> bool:
    return event.start - SLACK_S <= run[0] and run[1] <= event.end + SLACK_S


def check_length(event: Event) -> None:
    """Raise ValueError where an event is shorter or longer than its kind allows."""
    low, high = LIMITS_S[event.kind]
    length = event.end - event.start
    if not low <= length <= high:
        raise ValueError(
            f"{event.kind} at {event.start:.2f} s lasts {length:.2f}, not {low}-{high}"
        )


def check_going_on(placed: list[Placed], event: Event) -> None:
    """Raise ValueError unless the one who keeps the floor speaks on for long enough."""
    keeper = event.by if event.kind in ("terminal", "interruption") else event.over
    lines = [entry for entry in placed if entry.line.by == keeper and entry.start <= event.end]
    goes_on = lines[-1].end - event.end
    if goes_on < GOES_ON_S.get(event.kind, 0.3):
        raise ValueError(f"after the {event.kind} at {event.start:.2f} s: {goes_on:.2f} s more")
