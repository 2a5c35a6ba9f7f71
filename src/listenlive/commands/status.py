"""With which status a command ends."""

OK = 0

FAILED = 1
"""Something went wrong; what and why was said."""

USAGE = 2
"""The call or the settings do not fit."""

STOPPED = 130
"""By Ctrl-C: 128 and the number of the signal, as shells count."""

PIPE_CLOSED = 141
"""Whoever read the output left."""
