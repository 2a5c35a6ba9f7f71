"""Learning a voice: 20 seconds of somebody alone become numbers that say how they sound."""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, AudioChunk, mixed
from listenlive.conversation import Voice
from listenlive.errors import EnrolmentError
from listenlive.segmenter import HOP, Probabilities, SpeechDetector
from listenlive.sound import Sound
from listenlive.span import total
from listenlive.voices import VoiceProfile

SPEECH = 20.0
"""Seconds of speech that are asked for."""

LEAST_SPEECH = 10.0
"""Seconds of speech without which a voice is not known."""

LOUD_ENOUGH_DB = -50.0
"""Level of speech, dBFS, under which a microphone hears more of itself than of the voice."""

ABOVE_NOISE_DB = 10.0
"""How far speech must stand out of what is heard in its pauses."""

SECOND_VOICE = 2.0
"""Seconds of somebody else's speech that spoil it."""

_PAUSE = 0.25  # of what is no speech: the rest is soft ends of words that the detector gave up

ALOUD = (
    "The kitchen window was open, and for a while nobody said anything. Then she put the cups on "
    "the table and asked how the week had been. I thought about it before I answered. There had "
    "been a long train ride, two letters I did not want to write, and one evening by the river "
    "when the light stayed until ten. I told her about the evening first."
)
"""Something to read aloud; any talk will do."""


@dataclass(frozen=True, slots=True)
class Quality:
    """What was heard while a voice was learned.

    speech_seconds : of speech
    speech_db      : its level, dBFS; None without speech
    noise_db       : the level of the pauses, None without any
    """

    speech_seconds: float
    speech_db: float | None
    noise_db: float | None


class Enrolment:
    """Learns a voice from what it is fed. Keeps the sound only as long as it learns."""

    def __init__(self) -> None:
        from listenlive.engines.silero import GatedDetector
        from listenlive.engines.speakers import SpeakerDiarizer

        self._detector: SpeechDetector = GatedDetector(1)
        self._diarizer = SpeakerDiarizer(None)
        self._power: list[float] = []  # of each hop
        self._spoken: list[bool] = []
        self._rest = np.zeros(0, dtype=np.float32)
        self._end = 0

    def feed(self, sound: Sound) -> None:
        """Listen to `sound`; what is no sound is left out."""
        if isinstance(sound, AudioChunk):
            one = AudioChunk(mixed(sound.samples)[:, np.newaxis], self._end)
            self._end = one.end
            self._hear(one, self._detector.feed(one))

    @property
    def quality(self) -> Quality:
        """What was heard so far."""
        spoken = np.array(self._spoken, dtype=np.bool_)
        power = np.array(self._power[: len(spoken)])
        return Quality(
            speech_seconds=float(spoken.sum()) * HOP / SAMPLE_RATE,
            speech_db=_level(power[spoken[: len(power)]], share=0.5),
            noise_db=_level(power[~spoken[: len(power)]], share=_PAUSE),
        )

    def learned(self, name: str, *, at: str) -> VoiceProfile:
        """The voice. EnrolmentError, saying what to do, where it could not be learned well."""
        from listenlive.engines.speakers import VOICES

        nothing = AudioChunk(np.zeros((0, 1), dtype=np.float32), self._end)
        self._hear(nothing, self._detector.finish())
        check(self.quality)
        found = self._diarizer.finish()
        spoken = {s: _seconds_of(s, found.voices) for s in found.speakers}
        main, *others = sorted(spoken, key=lambda speaker: -spoken[speaker])
        if others and spoken[others[0]] >= SECOND_VOICE:
            raise EnrolmentError(
                f"two voices were heard ({spoken[main]:.0f} s and {spoken[others[0]]:.0f} s). "
                "Let one person speak, alone in the room."
            )
        embedding = tuple(float(value) for value in self._diarizer.embeddings[main])
        return VoiceProfile(
            name=name, embedding=embedding, network=VOICES, seconds=spoken[main], at=at
        )

    def _hear(self, chunk: AudioChunk, speech: Probabilities) -> None:
        self._diarizer.feed(chunk, speech)
        self._spoken.extend((speech[:, 0] >= 0.5).tolist())
        samples = np.concatenate([self._rest, chunk.samples[:, 0]])
        whole = len(samples) // HOP * HOP
        hops = samples[:whole].reshape(-1, HOP)
        self._power.extend(np.mean(np.square(hops, dtype=np.float64), axis=1).tolist())
        self._rest = samples[whole:]


def check(quality: Quality) -> None:
    """EnrolmentError, saying what to do, where a voice cannot be learned from this."""
    if quality.speech_db is not None and quality.speech_db < LOUD_ENOUGH_DB:
        raise EnrolmentError(
            f"the voice is too quiet: {quality.speech_db:.0f} dBFS, and at least "
            f"{LOUD_ENOUGH_DB:.0f} are needed. Come nearer to the microphone, or turn it up."
        )
    if quality.speech_db is None or quality.speech_seconds < LEAST_SPEECH:
        raise EnrolmentError(
            f"only {quality.speech_seconds:.0f} s of speech were heard; at least "
            f"{LEAST_SPEECH:.0f} are needed. Speak for {SPEECH:.0f} seconds, without long pauses."
        )
    if quality.noise_db is not None and quality.speech_db - quality.noise_db < ABOVE_NOISE_DB:
        raise EnrolmentError(
            f"it is too noisy: the voice is {quality.speech_db - quality.noise_db:.0f} dB above "
            f"what else is heard, and {ABOVE_NOISE_DB:.0f} are needed. Find a quieter place."
        )


def learned_from(sounds: Iterable[Sound], name: str, *, at: str) -> VoiceProfile:
    """The voice in `sounds`, all of it. EnrolmentError where it could not be learned well."""
    enrolment = Enrolment()
    for sound in sounds:
        enrolment.feed(sound)
    return enrolment.learned(name, at=at)


def _level(power: npt.NDArray[np.float64], *, share: float) -> float | None:
    """The level in dBFS that this share of the hops stays under; None without any."""
    if not len(power):
        return None
    return float(10 * np.log10(max(float(np.quantile(power, share)), 1e-10)))


def _seconds_of(speaker: str, voices: Iterable[Voice]) -> float:
    return total(voice.span for voice in voices if voice.speaker == speaker)
