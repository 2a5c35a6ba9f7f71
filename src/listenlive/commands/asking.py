"""Questions at a terminal that are answered with a number, or not at all."""

from collections.abc import Callable

from listenlive.plain import one_line

Ask = Callable[[str], str]
"""Shows a question and returns the line that was typed, like `input`."""


def number(answer: Ask, question: str, *, least: int, most: int) -> int | None:
    """A number from `least` (1 or more) to `most`; 0 for none; None to leave.

    Asks again for anything else.
    """
    while True:
        said = asked(answer, question)
        if said is None or said.lower() == "q":
            return None
        if not said:
            return 0
        if said.isdecimal() and least <= int(said) <= most:
            return int(said)
        print(f"   {one_line(said)!r} is no answer; {least} to {most}, Enter, or q.")


def asked(answer: Ask, question: str) -> str | None:
    """What was typed, without spaces around it; None at the end of the input."""
    try:
        return answer(question).strip()
    except EOFError:
        return None
