"""One person per channel: the channel says who, overlap comes for free, bleed is removed first."""

from collections import deque
from collections.abc import Callable, Sequence
from functools import cache
from string import ascii_uppercase

import numpy as np

from listenlive.attribution import Diarization
from listenlive.audio import AudioChunk, Samples
from listenlive.clustering import Posteriors
from listenlive.config import Segmentation
from listenlive.conversation import Voice
from listenlive.engines.bleed import ACTIVE, SEPARATE, Sides, Unmixed, Unmixer, sides, smooth
from listenlive.engines.endpoints import HEARING, NOISE, refined, runs, surroundings
from listenlive.engines.levels import FINE_SECONDS, Frames, Levels, Track
from listenlive.engines.noisy import SecondEar, hears_across
from listenlive.engines.silero import GatedChannel, SileroChannel, silero_session
from listenlive.engines.speakers import SegmentationNetwork
from listenlive.segmenter import (
    HOP,
    HOP_SECONDS,
    Hops,
    Probabilities,
    speech_frames,
    voice_spans,
)
from listenlive.span import Span

DOUBTFUL = Segmentation(onset=0.5, offset=0.33)
"""Where bleed was removed, what sounds a little like speech may be its remains."""


class BleedGate:
    """Silences a channel while its microphone hears no more than the other person, by level alone.

    Rough but at once, for regions while listening; `ChannelDiarizer.finish` decides properly.
    A channel is silenced where the level difference is the one typical of the other's speech.
    """

    def __init__(self) -> None:
        self._hops = Hops(2)
        self._power = np.zeros(2)
        self._differences: deque[float] = deque(maxlen=round(120 / HOP_SECONDS))
        self._fresh = 0
        self._sides: Sides | None = None

    def feed(self, samples: Samples, speech: Probabilities) -> Probabilities:
        """`speech` (frames, 2) of the hops that `samples` (n, 2) completed, bleed set to 0."""
        gated = speech.copy()
        hops = self._hops.feed(samples)
        if len(hops) < len(speech):  # the last, incomplete hop, which comes without samples
            hops = np.concatenate([hops, self._hops.finish()])
        for row, hop in zip(gated, hops, strict=False):
            self._judge(row, hop)
        return gated

    def _judge(self, row: Samples, hop: Samples) -> None:
        power = np.square(hop, dtype=np.float64).mean(axis=0) + 1e-9
        self._power = (self._power + power) / 2
        difference = float(10 * np.log10(self._power[0] / self._power[1]))
        if row.max() >= ACTIVE:
            self._differences.append(difference)
            self._fresh += 1
            if self._fresh >= 30:  # about once a second of speech
                self._fresh = 0
                self._sides = sides(np.array(self._differences, dtype=np.float32))
        if self._sides and self._sides.apart >= SEPARATE:
            reach = self._sides.apart / 2 * _NEAR_BLEED
            row[0] = 0 if difference < self._sides.middle - reach else row[0]
            row[1] = 0 if difference > self._sides.middle + reach else row[1]


_NEAR_BLEED = 0.6
"""From the middle (0) to the typical difference of bleed (1): beyond this it is bleed alone."""

_SURE = 0.8
"""Peak probability of what remains after removal, from which it is a voice whatever its level."""


class _CleanTracks:
    """Two channels freed of bleed, and how sure the detector is of what remains.

    raw    : the tracks of both as they are: until there is bleed they are the same, and not kept
             twice
    tracks : of each channel, None where nothing had to be removed
    """

    def __init__(self, raw: Sequence[Track]) -> None:
        session = silero_session()
        self.unmixer = Unmixer()
        self.tracks: list[Track | None] = [None, None]
        self._as_heard = raw
        self._hops = 0  # taken so far
        self._last = np.zeros((0, 2), dtype=np.float32)  # samples before the next block
        self._silero = [GatedChannel(SileroChannel(session)) for _ in range(2)]
        self._raw = np.zeros((0, 2), dtype=np.float32)  # probabilities of what is not yet unmixed

    def feed(self, samples: Samples, speech: Probabilities) -> None:
        self._raw = np.concatenate([self._raw, speech])
        for block in self.unmixer.feed(samples, speech):
            self._take(block)

    def finish(self) -> None:
        for block in self.unmixer.finish():
            self._take(block)
        for track in self.tracks:
            if track:
                track.finish()

    def _take(self, block: Unmixed) -> None:
        frames = -(-len(block.samples) // HOP)
        raw, self._raw = self._raw[:frames], self._raw[frames:]
        whole = np.pad(block.samples, ((0, frames * HOP - len(block.samples)), (0, 0)))
        hops = whole.reshape(frames, HOP, 2)
        for channel, cleaned in enumerate(block.cleaned):
            before = np.pad(raw[:, channel], (0, frames - len(raw)))
            # nothing can be left where nothing was heard: the network need not listen there
            after = self._silero[channel].listen(hops[:, :, channel], (before >= 0.1) & cleaned)
            if cleaned and self.tracks[channel] is None:
                last = self._last[:, channel]
                self.tracks[channel] = self._as_heard[channel].until(self._hops, last)
            if track := self.tracks[channel]:
                track.add(block.samples[:, channel], after if cleaned else before)
        self._hops, self._last = self._hops + frames, block.samples[-HOP:].copy()


class ChannelDiarizer:
    """Who speaks when, if everybody has a channel: speaker = channel ("A" left, "B" right, ...).

    Two channels are tested for bleed, and freed of it, a minute at a time. Where a channel is noisy
    it is heard a second time, by another network.

    gated : the probabilities of the chunk fed last, bleed left out as far as level tells at once;
            shape (frames, channels). Regions to transcribe are best formed from these.
    """

    def __init__(self, channels: int) -> None:
        self.speakers = tuple(ascii_uppercase[:channels])
        self.gated: Probabilities = np.zeros((0, channels), dtype=np.float32)
        self._raw = [Track() for _ in range(channels)]
        network = _when_needed()
        self._again = [SecondEar(network) for _ in range(channels)]
        self._live = [_LiveVoice(speaker) for speaker in self.speakers]
        self._gate = BleedGate() if channels == 2 else None
        self._clean = _CleanTracks(self._raw) if channels == 2 else None

    def feed(self, chunk: AudioChunk, speech: Probabilities) -> tuple[Voice, ...]:
        """Voices that ended with this chunk, bleed left out by level: provisional."""
        for channel, track in enumerate(self._raw):
            track.add(chunk.samples[:, channel], speech[:, channel])
            self._again[channel].feed(chunk.samples[:, channel], speech[:, channel])
        if self._clean:
            self._clean.feed(chunk.samples, speech)
        self.gated = self._gate.feed(chunk.samples, speech) if self._gate else speech
        ended = [
            voice
            for channel, live in enumerate(self._live)
            for voice in live.feed(self.gated[:, channel])
        ]
        return tuple(sorted(ended, key=lambda voice: voice.span))

    def finish(self) -> Diarization:
        """Who spoke when, decided over the whole recording."""
        for track in self._raw:
            track.finish()
        for again in self._again:
            again.finish()
        if self._clean is None:
            tracks = tuple(self._voices(c, t) for c, t in enumerate(self._raw))
            return Diarization(_sorted(tracks), self.speakers)
        self._clean.finish()
        found = self._clean.unmixer.sides
        if found and _same_sound(found, self._raw[0], self._raw[1]):
            return Diarization(
                _sorted(self._by_level(found)),
                self.speakers,
                sees_overlap=False,
                blind_because="both channels hold nearly the same sound, so two people "
                "speaking at once cannot be told from one",
            )
        tracks = tuple(self._one_of_two(channel, found) for channel in range(2))
        notes = tuple(
            _bleed_note(channel, found, self._raw)
            for channel in range(2)
            if self._clean.tracks[channel] and found
        )
        return Diarization(_sorted(tracks), self.speakers, notes=notes)

    def _one_of_two(self, channel: int, found: Sides | None) -> tuple[Voice, ...]:
        assert self._clean is not None
        clean = self._clean.tracks[channel]
        if clean is None or found is None:
            return self._voices(channel, self._raw[channel])
        voices = self._voices(channel, clean, DOUBTFUL)
        own, other = self._raw[channel].level, self._raw[1 - channel].level
        sign = 1 if channel == 0 else -1
        least = sign * found.middle - found.apart / 2 * _NEAR_BLEED
        probability = clean.probability
        return tuple(
            voice
            for voice in voices
            if probability[_fine(voice.span)].max() >= _SURE
            or _loud(own, voice.span) - _loud(other, voice.span) >= least
        )

    def _voices(
        self, channel: int, track: Track, settings: Segmentation | None = None
    ) -> tuple[Voice, ...]:
        probability, level = track.probability, track.level
        around = surroundings(probability, level)
        if around is NOISE:
            level = track.level_in_noise
        speech = refined(probability, level, around, settings=settings)
        if settings is None:  # else bleed was taken out, which the second ear does not know
            speech = self._heard_again(channel, speech)
        return tuple(
            Voice(self.speakers[channel], span, float(probability[_fine(span)].mean()))
            for span in voice_spans(speech, frame=FINE_SECONDS)
        )

    def _heard_again(self, channel: int, speech: Frames) -> Frames:
        """`speech` of a channel, where it is noisy by both networks."""
        again, known = self._again[channel].speech(len(speech))
        if not known.any():
            return speech
        own = self._raw[channel].probability
        others = [track.probability for i, track in enumerate(self._raw) if i != channel]
        if any(hears_across(again & known, own, other) for other in others):
            return speech
        return np.where(known, again, speech)

    def _by_level(self, found: Sides) -> tuple[tuple[Voice, ...], ...]:
        """One at a time: whoever's side the level difference is on, over half a second."""
        first, second = self._raw
        probability = np.maximum(first.probability, second.probability)
        speech = speech_frames(probability, HEARING)
        difference = smooth(first.level - second.level, 63)
        return tuple(
            tuple(
                Voice(speaker, span, float(probability[_fine(span)].mean()))
                for span in voice_spans(speech & side, frame=FINE_SECONDS)
            )
            for speaker, side in zip(
                self.speakers,
                (difference >= found.middle, difference < found.middle),
                strict=True,
            )
        )


class _LiveVoice:
    """Voices of one channel while it is heard, in whole hops."""

    def __init__(self, speaker: str) -> None:
        self._speaker = speaker
        self._pending = np.zeros(0, dtype=np.float32)
        self._start = 0  # hop of the first pending probability

    def feed(self, probabilities: Samples) -> tuple[Voice, ...]:
        """Voices that ended: followed by more silence than a voice may hold."""
        self._pending = np.concatenate([self._pending, probabilities])
        silence = int(HEARING.voice_gap / HOP_SECONDS) + 1
        low = self._pending < HEARING.offset
        settled = 0
        for start, end in runs(low):
            if end - start >= silence:
                settled = end
        done, self._pending = self._pending[:settled], self._pending[settled:]
        offset, self._start = self._start * HOP_SECONDS, self._start + settled
        return tuple(
            Voice(self._speaker, span.shifted(offset))
            for span in voice_spans(speech_frames(done, Segmentation()))
        )


def _when_needed() -> Callable[[Samples], Posteriors]:
    """The segmentation network, loaded when it is first asked."""
    network = cache(SegmentationNetwork)

    def posteriors(samples: Samples) -> Posteriors:
        return network()(samples)

    return posteriors


def _sorted(tracks: tuple[tuple[Voice, ...], ...]) -> tuple[Voice, ...]:
    voices = [voice for track in tracks for voice in track]
    return tuple(sorted(voices, key=lambda voice: (voice.span, voice.speaker)))


def _fine(span: Span) -> slice:
    return slice(round(span.start / FINE_SECONDS), round(span.end / FINE_SECONDS))


def _loud(level: Levels, span: Span) -> float:
    """The level `span` reaches: its 90th percentile, in dBFS."""
    return float(np.percentile(level[_fine(span)], 90))


def _same_sound(found: Sides, first: Track, second: Track) -> bool:
    """Whether no level difference tells two people apart though both channels hear speech."""
    if found.apart >= SEPARATE or abs(found.middle) >= SEPARATE / 2:
        return False
    active = np.maximum(first.probability, second.probability) >= ACTIVE
    together = np.corrcoef(first.level[active], second.level[active])[0, 1]
    return bool(together > 0.6)


def _bleed_note(channel: int, found: Sides, tracks: Sequence[Track]) -> str:
    """What was heard where, and how much softer than the person the channel belongs to."""
    level = tracks[channel].level
    difference = smooth(tracks[0].level - tracks[1].level, 13)
    active = np.maximum(tracks[0].probability, tracks[1].probability) >= ACTIVE
    first, second = active & (difference > found.middle), active & (difference < found.middle)
    own, other = (first, second) if channel == 0 else (second, first)
    name, other_name = ("left", "right") if channel == 0 else ("right", "left")
    heard = f"the {name} channel also hears the person of the {other_name} one"
    if own.any() and other.any():
        down = np.median(level[own]) - np.median(level[other])
        heard += f", {abs(down):.0f} dB {'down' if down >= 0 else 'up'}"
    return f"{heard}: removed before overlap was counted"
