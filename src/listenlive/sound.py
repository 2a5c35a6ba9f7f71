"""What a source yields: sound, and what happened to it on the way."""

from listenlive.audio import AudioChunk
from listenlive.events import AudioLost, Paused, Resumed

Sound = AudioChunk | AudioLost | Paused | Resumed
"""Files yield chunks only. A microphone also tells, between the chunks where it happened, that
nothing could be recorded (the chunks are silent there: the clock goes on) and that the user paused
(the clock stands still)."""
