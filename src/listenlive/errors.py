"""What can go wrong, as one tree.

ListenLiveError            anything listenlive says no to; its message is written for the user
├── ConfigError            a setting, a flag or a combination of them
├── DeviceError            a microphone or another audio device
├── AudioFileError         a recording that cannot be read
├── EnrolmentError         a voice that could not be learned well
├── ModelError             a model that is missing, damaged or does not fit
└── SessionError           a saved session: missing, incomplete, not writable

A message says what (with the value), what is allowed, and what to do next.
"""


class ListenLiveError(Exception):
    """Anything listenlive says no to. The message is written for the user."""


class ConfigError(ListenLiveError):
    """A setting or flag that is unknown or out of range."""


class DeviceError(ListenLiveError):
    """An audio device that is missing, ambiguous or refuses."""


class AudioFileError(ListenLiveError):
    """A recording that cannot be read."""


class EnrolmentError(ListenLiveError):
    """A voice that could not be learned well: too quiet, too short, not alone."""


class ModelError(ListenLiveError):
    """A model that is missing, damaged or does not fit."""


class SessionError(ListenLiveError):
    """A saved session that is missing, incomplete or cannot be written."""
