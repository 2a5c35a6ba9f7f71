"""Text from outside (names, words, file names) made fit to be shown anywhere."""

import unicodedata

_BIDI_CONTROLS = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
_UNSHOWN = frozenset({"Cc", "Cs", "Zl", "Zp"})  # controls, lone surrogates, line separators


def one_line(value: str) -> str:
    """`value` on one line: no control or escape characters, no overrides of text direction.

    Joiners and direction marks stay, since scripts and emoji need them.
    """
    kept = (" " if unicodedata.category(c) in _UNSHOWN else c for c in value)
    return " ".join("".join(c for c in kept if c not in _BIDI_CONTROLS).split())


def sentence(value: str) -> str:
    """`value` on one line, beginning with a capital and ending with a full stop."""
    line = one_line(value)
    return line[:1].upper() + line[1:] + ("" if line.endswith((".", "!", "?")) else ".")
