"""Whisper through faster-whisper: pieces of speech become words with times.

What differs from faster-whisper's own `transcribe`, and why:

* each piece is encoded at its own length instead of 30 s: less than half the work;
* pieces are decoded together: the decoder reads its weights once for all of them;
* a recording's pieces are heard side by side, each by its own threads: decoding gains nothing from
  more threads;
* what was heard to tell the language is not heard again for its words;
* stretches that sound but were skipped are heard once more;
* no sampling: where the first try repeats itself or is unsure, wider and stricter searches follow.
  The same sound always gives the same words.
"""

import os
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from itertools import accumulate, groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from listenlive.audio import SAMPLE_RATE, Samples, seconds
from listenlive.conversation import Word
from listenlive.engines.shared import shared
from listenlive.errors import ModelError
from listenlive.span import Span

if TYPE_CHECKING:
    from faster_whisper.tokenizer import Tokenizer
    from faster_whisper.transcribe import WhisperModel, ctranslate2

_LONGEST = 30 * SAMPLE_RATE  # samples: what Whisper was trained to hear at once
_FRAME_SECONDS = 0.01  # of the spectrum that Whisper reads
_FRAMES = 3000  # likewise
_RETRY_TAIL = 300  # frames after a piece that is heard once more
_LEAST = 1000  # frames that are encoded at least: in less, short words are heard twice
_TAIL = 100  # frames of silence after a piece: without, its last words are repeated
# Pieces that are padded to the length of the longest of them. Padding each batch by itself saves
# 5 to 15 % and loses sentences: 165 wrong words of 1,335 instead of 125 (samples/evening, mono).
_ALIKE = 8
_TOGETHER = 4  # of them decoded at once; 8 save nothing more and take 100 MB more
_ABREAST = 2  # groups of them heard at once where there are threads, each half as large
_MOST_THREADS = 4  # that are used where their number is not given, as CTranslate2 does
_TOKENS_PER_SECOND = 10  # nobody speaks faster; a search that goes on is in a loop
_SPARE_TOKENS = 24  # for the shortest pieces

_REPEATS = 2.4  # compression ratio above which text repeats itself (OpenAI's own threshold)
_LOOP = 12  # tokens said again right after themselves: more than anybody's "no, no, no, no"
_UNSURE = -0.7  # mean log probability under which a wider search is worth its time
_HOPELESS = -1.0  # mean log probability of text that was not heard (OpenAI's own threshold)
_DOUBTFUL = -0.5  # the same where Whisper also thinks that nobody speaks: speech was at -0.2
_SHORT_LOOP = 4  # tokens said again right after themselves in what is hardly speech: "music music"
_NO_SPEECH = 0.6  # probability that nothing was said (OpenAI's own threshold)
_PERHAPS_NO_SPEECH = 0.3  # the same where the words are a guess anyway; accents stay under 0.1
_SPARSE = 1.0  # tokens a second: speech has three and more, "1, 2, 3, 4" to a guitar had 0.4
_LONG_ENOUGH = 5.0  # seconds from which few words are telling
_BEAM = 5  # width of the search where the first one was unsure
_NGRAM = 3  # tokens that may not come twice in the last search, against loops

_HOLE = 1.5  # seconds without a word that are worth hearing again; a pause ends regions before
_HOLE_SOUND = 0.4  # share of them that must sound; the rest is pauses and padding
_LOUD = 0.003  # power, of the loud speech in a piece: 25 dB under it is breath and room
_FRAME = 0.02  # seconds over which loudness is measured

_LANGUAGE_PIECES = 3  # heard to tell the language: a minute of speech
_TELLING = 15 * SAMPLE_RATE  # samples that tell it without being padded to 30 s
_LANGUAGE_CLEAR = 0.9  # probability from which it is not in question
# English is what most people speak as a second language: what sounds like two languages at once is
# more often English with an accent (10 of 31 Chinese speakers of English were taken for another
# language by their first 20 s, 1 of 31 this way).
_ACCENTED = 4.0

_SHORTEST = 0.02  # seconds: Whisper's own resolution; a word is never shorter
_TIMELESS = 3  # words in a row that take no time were not said; one or two happen in fast speech
_SLOWEST = 0.4  # seconds that any word may take, and for each of its letters:
_SLOWEST_LETTER = 0.1
_UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})  # as faster-whisper splits words

Features = npt.NDArray[np.float32]
_WordsOfEach = list[list[dict[str, Any]]]  # the words of a few pieces, with their times
_Decode = Callable[[Sequence[Features]], _WordsOfEach]


@dataclass(frozen=True, slots=True)
class _Search:
    """How to look for the likeliest text."""

    beam: int
    ngram: int = 0  # length of token sequences that may not come twice; 0: any may


@dataclass(frozen=True, slots=True)
class _Text:
    """What a search found.

    sureness  : mean log probability of its tokens
    no_speech : probability that nothing was said
    """

    tokens: tuple[int, ...]
    text: str
    sureness: float
    no_speech: float

    @property
    def repeats(self) -> bool:
        """Whether it is stuck in a loop."""
        raw = self.text.encode()
        dense = bool(raw) and len(raw) / len(zlib.compress(raw)) > _REPEATS
        return dense or _longest_loop(self.tokens) >= _LOOP

    @property
    def silent(self) -> bool:
        """Whether it is more likely that nothing was said."""
        if self.no_speech > _NO_SPEECH and self.sureness < _DOUBTFUL:
            return True
        guess = self.sureness < _HOPELESS or _longest_loop(self.tokens) >= _SHORT_LOOP
        return self.no_speech > _PERHAPS_NO_SPEECH and guess

    def sparse(self, length: float) -> bool:
        """Whether it has hardly any words for `length` seconds of sound, perhaps of no speech."""
        few = len(self.tokens) < _SPARSE * length
        return length >= _LONG_ENOUGH and few and self.no_speech > _PERHAPS_NO_SPEECH


@dataclass(frozen=True, slots=True, eq=False)
class _Encoded:
    """A piece as the decoder sees it, padded to `length` frames."""

    features: Features
    length: int
    view: "ctranslate2.StorageView"


class WhisperTranscriber:
    """Whisper from a folder of weights. int8 on a CPU, float16 on a GPU if there is one.

    beam_size : width of the first search; 3 finds clearly more than 1 and costs hardly more, since
                fewer pieces are searched again; 5 finds some more in calls
    threads   : CPU threads; 0: as many as there are cores, at most 4
    device    : "auto", "cpu" or "cuda"
    together  : pieces decoded at once; fewer cost a little more, let others in sooner and need
                25 MB less each; the words are the same. None: as is quickest for many pieces,
                some groups of them side by side
    between   : called in between, so that more urgent work need not wait
    Raises ModelError if the folder holds no usable model.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        beam_size: int = 5,
        threads: int = 0,
        device: str = "auto",
        together: int | None = None,
        between: Callable[[], None] | None = None,
    ) -> None:
        from faster_whisper.transcribe import ctranslate2

        if device == "auto":
            device = "cuda" if ctranslate2.get_cuda_device_count() else "cpu"
        threads = threads or min(os.cpu_count() or 1, _MOST_THREADS)
        self._abreast = _ABREAST if together is None and device == "cpu" and threads > 1 else 1
        self._whisper = shared(
            (model_dir.resolve(), device, threads, self._abreast),
            lambda: _loaded(model_dir, device=device, threads=threads, abreast=self._abreast),
        )
        self._first = _Search(beam_size)
        stricter = _Search(max(_BEAM, beam_size), _NGRAM)
        self._wider = (_Search(_BEAM), stricter) if beam_size < _BEAM else (stricter,)
        self._tokenizers: dict[str, Tokenizer] = {}
        self._together = together or _TOGETHER // self._abreast
        self._told: _Encoded | None = None
        self._between = between or (lambda: None)

    def transcribe(
        self, pieces: Sequence[Samples], *, language: str | None
    ) -> tuple[tuple[Word, ...], ...]:
        """The words of each piece (float32, shape (n,), at most 30 s), times relative to it.

        language None: detected on the longest pieces. ValueError if a piece is longer than 30 s.
        """
        if longest := [len(piece) for piece in pieces if len(piece) > _LONGEST]:
            raise ValueError(f"need pieces of at most 30 s, got {seconds(max(longest)):.1f} s")
        heard = [i for i, piece in enumerate(pieces) if piece.any()]
        if not heard:
            return tuple(() for _ in pieces)
        if language is None:
            language, _ = self.language_of([pieces[i] for i in heard])
        found: list[tuple[Word, ...]] = [() for _ in pieces]
        by_length = sorted(heard, key=lambda i: len(pieces[i]))  # so that a batch is of one length
        words = self._in_batches([pieces[i] for i in by_length], self._tokenizer(language))
        for i, theirs in zip(by_length, words, strict=True):
            found[i] = theirs
        return self._completed(found, pieces, self._tokenizer(language))

    def sketch(self, piece: Samples, *, language: str) -> tuple[Word, ...]:
        """The words of one piece (as for `transcribe`) at the first try, the narrowest search.

        Up to 9 s of speech cost about 0.25 s of CPU, nearly all of it the encoder's.
        """
        if not piece.any():
            return ()
        tokenizer, features = self._tokenizer(language), self._features(piece[:_LONGEST])
        frames = features.shape[1]
        encoded = self._encoded(features, frames + _TAIL)
        (text,) = self._searched(encoded, frames, tokenizer, _Search(1))
        if text.silent or text.repeats:
            return ()
        aligned = self._aligned(text, encoded, frames, tokenizer)
        return self._read_out(aligned, seconds(len(piece)), tokenizer)

    def language_of(self, pieces: Sequence[Samples]) -> tuple[str, float]:
        """The likeliest language of `pieces` (as for `transcribe`) and its probability.

        The longest few are heard and their probabilities averaged; under about 10 s of speech the
        answer is a guess. Where it is unclear, English is taken sooner than others: where the first
        one clearly is, the rest could not change that and is not heard.
        """
        if not self._whisper.model.is_multilingual:
            return "en", 1.0
        self._told = None
        longest = sorted(pieces, key=len, reverse=True)[:_LANGUAGE_PIECES]
        sums: dict[str, float] = {}
        for piece in longest:
            found = self._languages(piece[:_LONGEST])
            if not sums and found["en"] >= _LANGUAGE_CLEAR:
                return "en", found["en"]
            for code, probability in found.items():
                sums[code] = sums.get(code, 0.0) + probability / len(longest)
        best = max(sums, key=sums.__getitem__)
        if sums[best] < _LANGUAGE_CLEAR and sums["en"] * _ACCENTED >= sums[best]:
            best = "en"
        return best, sums[best]

    def _languages(self, piece: Samples) -> dict[str, float]:
        """The probability of each language in `piece`."""
        features = self._features(piece)
        length = _enough(features.shape[1] + _TAIL if len(piece) >= _TELLING else _FRAMES)
        encoded = self._encoded(features, length)
        if self._told is None:
            self._told = _Encoded(features, length, encoded)
        (found,) = self._whisper.model.detect_language(encoded)
        return {token[2:-2]: probability for token, probability in found}

    def _completed(
        self,
        found: Sequence[tuple[Word, ...]],
        pieces: Sequence[Samples],
        tokenizer: "Tokenizer",
    ) -> tuple[tuple[Word, ...], ...]:
        """`found` with what was skipped: stretches of sound without a word are heard once more."""
        holes = [
            (i, hole)
            for i, (words, piece) in enumerate(zip(found, pieces, strict=True))
            if words
            for hole in _holes(words, piece)
        ]
        again = self._in_batches([_slice(pieces[i], hole) for i, hole in holes], tokenizer)
        complete = list(found)
        for (i, hole), words in zip(holes, again, strict=True):
            complete[i] = _filled(complete[i], words, hole)
        return tuple(complete)

    def _in_batches(
        self, pieces: Sequence[Samples], tokenizer: "Tokenizer"
    ) -> list[tuple[Word, ...]]:
        return [
            words
            for start in range(0, len(pieces), _ALIKE)
            for words in self._words(pieces[start : start + _ALIKE], tokenizer)
        ]

    def _words(self, pieces: Sequence[Samples], tokenizer: "Tokenizer") -> list[tuple[Word, ...]]:
        """The words of each of a few pieces, padded to one length."""
        features = [self._features(piece) for piece in pieces]
        longest = max(f.shape[1] for f in features)
        groups = [
            features[start : start + self._together]
            for start in range(0, len(features), self._together)
        ]
        decode = partial(self._decoded, longest=longest, tokenizer=tokenizer)
        aligned = [words for group in self._each(decode, groups) for words in group]
        return [
            self._read_out(words, seconds(len(piece)), tokenizer)
            for words, piece in zip(aligned, pieces, strict=True)
        ]

    def _each(
        self, decode: _Decode, groups: Sequence[Sequence[Features]]
    ) -> Iterable[_WordsOfEach]:
        """What `decode` makes of each of `groups`, side by side where that is wanted.

        Else on this thread, which is the one that can make way for others.
        """
        if self._abreast == 1:
            return map(decode, groups)
        with ThreadPoolExecutor(self._abreast, thread_name_prefix="decoder") as abreast:
            return list(abreast.map(decode, groups))

    def _read_out(
        self, aligned: Iterable[Mapping[str, Any]], end: float, tokenizer: "Tokenizer"
    ) -> tuple[Word, ...]:
        """Aligned tokens of a piece that lasts `end` seconds as words."""
        spaced = tokenizer.language_code not in _UNSPACED
        return _spoken(_placed(_glued(aligned, spaced=spaced), end))

    def _decoded(
        self, features: Sequence[Features], *, longest: int, tokenizer: "Tokenizer"
    ) -> _WordsOfEach:
        """The words of a few pieces with their times, decoded together.

        longest : frames of the longest piece that they are padded alike with
        """
        length = min(longest + _TAIL, _FRAMES)
        encoded = [self._encoded_once(f, length) for f in features]
        first = self._searched(_stacked(encoded), longest, tokenizer, self._first)
        return [
            self._aligned(self._settled(text, f, tokenizer), view, f.shape[1], tokenizer)
            for text, view, f in zip(first, encoded, features, strict=True)
        ]

    def _aligned(
        self, text: _Text, encoded: "ctranslate2.StorageView", frames: int, tokenizer: "Tokenizer"
    ) -> list[dict[str, Any]]:
        """The words of one text with their times; `frames` of `encoded` are no padding.

        One by one: all tokens are read at once here, so there is nothing to share, and each needs
        40 MB for the probabilities of the whole vocabulary.
        """
        self._between()
        (words,) = self._whisper.find_alignment(tokenizer, [list(text.tokens)], encoded, [frames])
        return list(words)

    def _settled(self, first: _Text, features: Features, tokenizer: "Tokenizer") -> _Text:
        """`first` if it is sound; else the best of what wider searches find, maybe nothing."""
        nothing = _Text((), "", 0.0, first.no_speech)
        length = features.shape[1] / 100
        if first.silent or first.sparse(length):
            return nothing
        if not first.repeats and first.sureness >= _UNSURE:
            return first
        tried = [first, *self._retried(first, features, tokenizer)]
        sound = [t for t in tried if not (t.repeats or t.silent or t.sparse(length))]
        return max(sound, key=lambda text: text.sureness, default=nothing)

    def _retried(self, first: _Text, features: Features, tokenizer: "Tokenizer") -> Iterator[_Text]:
        """What wider searches find, each stricter than the one before, until one does not loop."""
        searches = [search for search in self._wider if first.repeats or not search.ngram]
        if not searches:
            return
        encoded = self._encoded(features, features.shape[1] + _RETRY_TAIL)
        for search in searches:
            (text,) = self._searched(encoded, features.shape[1], tokenizer, search)
            yield text
            if not text.repeats:
                return

    def _searched(
        self,
        encoded: "ctranslate2.StorageView",
        frames: int,
        tokenizer: "Tokenizer",
        search: _Search,
    ) -> list[_Text]:
        """The likeliest text of each encoded piece; the longest has `frames`."""
        # With timestamps: without, whole sentences are skipped where speech goes on long.
        prompt = list(tokenizer.sot_sequence)
        tokens = round(frames * _FRAME_SECONDS * _TOKENS_PER_SECOND) + _SPARE_TOKENS
        self._between()
        results = self._whisper.model.generate(
            encoded,
            [prompt] * encoded.shape[0],
            beam_size=search.beam,
            no_repeat_ngram_size=search.ngram,
            max_length=min(tokens, self._whisper.max_length),
            return_scores=True,
            return_no_speech_prob=True,
            suppress_blank=True,
            suppress_tokens=self._suppressed(tokenizer),
        )
        return [
            _read(r.sequences_ids[0], r.scores[0], r.no_speech_prob, tokenizer) for r in results
        ]

    def _features(self, samples: Samples) -> Features:
        """Log-mel spectrum, shape (mels, frames of 10 ms)."""
        features = self._whisper.feature_extractor(samples)[:, :-1]
        return np.asarray(features, dtype=np.float32)

    def _encoded(self, features: Features, length: int) -> "ctranslate2.StorageView":
        """One piece as the decoder sees it, padded with silence to `length` frames."""
        from faster_whisper.transcribe import ctranslate2

        length = _enough(length)
        padded = np.zeros((1, features.shape[0], length), dtype=np.float32)
        padded[0, :, : features.shape[1]] = features[:, :length]
        view = ctranslate2.StorageView.from_array(padded)
        self._between()
        # One by one: larger batches do not fit the cache and cost more per piece.
        return self._whisper.model.encode(view, to_cpu=True)

    def _encoded_once(self, features: Features, length: int) -> "ctranslate2.StorageView":
        """As `_encoded`, taken over from telling the language where that is the same."""
        told = self._told
        if told and told.length == _enough(length) and np.array_equal(told.features, features):
            self._told = None
            return told.view
        return self._encoded(features, length)

    def _tokenizer(self, language: str) -> "Tokenizer":
        from faster_whisper.tokenizer import Tokenizer

        if language not in self._tokenizers:
            self._tokenizers[language] = Tokenizer(
                self._whisper.hf_tokenizer,
                self._whisper.model.is_multilingual,
                task="transcribe",
                language=language,
            )
        return self._tokenizers[language]

    def _suppressed(self, tokenizer: "Tokenizer") -> tuple[int, ...]:
        """Tokens that are no speech: notes, brackets, speaker tags, and Whisper's own marks."""
        from faster_whisper.transcribe import get_suppressed_tokens

        return tuple(get_suppressed_tokens(tokenizer, [-1]))


def _loaded(model_dir: Path, *, device: str, threads: int, abreast: int) -> "WhisperModel":
    """The model in `model_dir`, for `abreast` callers at once who share the `threads`."""
    from faster_whisper.transcribe import WhisperModel

    if not (model_dir / "tokenizer.json").is_file():  # faster-whisper would download one
        raise ModelError(f"{model_dir} has no tokenizer.json: this is no whole model.")
    try:
        return WhisperModel(
            str(model_dir),
            device=device,
            compute_type="float16" if device == "cuda" else "int8",
            cpu_threads=threads // abreast,
            num_workers=abreast,
            local_files_only=True,
        )
    except (RuntimeError, ValueError, OSError) as error:
        raise ModelError(
            f"cannot load the model in {model_dir}: {error}. "
            "Check it with: listenlive models verify"
        ) from error


def _enough(frames: int) -> int:
    """How many frames are encoded for `frames`: an even number, as the encoder halves them."""
    return min(max(frames + frames % 2, _LEAST), _FRAMES)


def _longest_loop(tokens: Sequence[int]) -> int:
    """Tokens of the longest stretch that only repeats what came right before it.

    ::

        a b c a b c a b d     5: "a b c", then five that repeat it
    """
    longest = 0
    for period in range(1, len(tokens) // 2 + 1):
        run = 0
        for before, after in zip(tokens, tokens[period:], strict=False):
            run = run + 1 if before == after else 0
            if run >= period:
                longest = max(longest, run)
    return longest


def _holes(words: Sequence[Word], piece: Samples) -> Iterator[Span]:
    """Where `piece` goes on sounding, but no word was heard for a while.

    ::

        sound   ~~~~~~~~~~~~~~~~~~~~~    ~~~~
        words   one two              three four
        holes          |-----------|
    """
    loud = _loud(piece)
    ends = [0.0, *(word.span.end for word in words)]
    starts = [*(word.span.start for word in words), seconds(len(piece))]
    for end, start in zip(accumulate(ends, max), starts, strict=True):
        frames = loud[int(end / _FRAME) : int(start / _FRAME)]
        if start - end >= _HOLE and frames.mean() >= _HOLE_SOUND:
            yield Span(end, start)


def _loud(piece: Samples) -> npt.NDArray[np.bool_]:
    """Which frames of `_FRAME` seconds are about as loud as the speech in `piece`."""
    size = round(_FRAME * SAMPLE_RATE)
    frames = piece[: len(piece) // size * size].reshape(-1, size).astype(np.float64)
    power = np.square(frames).mean(axis=1)
    return np.asarray(power > np.quantile(power, 0.9) * _LOUD, dtype=np.bool_)


def _slice(piece: Samples, span: Span) -> Samples:
    return piece[round(span.start * SAMPLE_RATE) : round(span.end * SAMPLE_RATE)]


def _filled(words: tuple[Word, ...], found: Sequence[Word], hole: Span) -> tuple[Word, ...]:
    """`words` with those `found` in `hole`, except the neighbours heard once more at its edges."""
    at = sum(word.span.start < hole.end for word in words)
    before, after = words[:at], words[at:]
    fresh = [replace(word, span=word.span.shifted(hole.start)) for word in found]
    if before and fresh and _bare(before[-1]) == _bare(fresh[0]):
        fresh = fresh[1:]
    if after and fresh and _bare(after[0]) == _bare(fresh[-1]):
        fresh = fresh[:-1]
    return (*before, *fresh, *after)


def _bare(word: Word) -> str:
    return "".join(filter(str.isalnum, word.text)).lower()


def _stacked(encoded: Sequence["ctranslate2.StorageView"]) -> "ctranslate2.StorageView":
    from faster_whisper.transcribe import ctranslate2

    if len(encoded) == 1:
        return encoded[0]
    return ctranslate2.StorageView.from_array(np.concatenate([np.array(e) for e in encoded]))


def _read(tokens: Sequence[int], score: float, no_speech: float, tokenizer: "Tokenizer") -> _Text:
    spoken = tuple(token for token in tokens if token < tokenizer.eot)
    # The score is the mean over the tokens; the end mark counts as one more, as in OpenAI's code.
    sureness = score * len(tokens) / (len(tokens) + 1)
    return _Text(spoken, tokenizer.decode(list(spoken)).strip(), sureness, no_speech)


@dataclass(frozen=True, slots=True)
class _Aligned:
    """A word with the times Whisper's attention gives it."""

    text: str
    start: float
    end: float
    probability: float

    @property
    def cut(self) -> "_Aligned":
        """The same, no longer than a word takes: the rest is a pause that was given to it."""
        longest = _SLOWEST + _SLOWEST_LETTER * len(self.text)
        if self.end - self.start <= longest:
            return self
        if self.text[-1:].isalnum():  # the pause came before it
            return replace(self, start=self.end - longest)
        return replace(self, end=self.start + longest)


def _glued(alignment: Iterable[Mapping[str, Any]], *, spaced: bool) -> list[_Aligned]:
    """Aligned tokens as words with their punctuation, which lends no time: pauses hide in it.

    spaced : whether the language puts spaces between words
    """
    words: list[_Aligned] = []
    opening = ""
    for each in alignment:
        raw = str(each["word"])
        text, spoken = opening + raw.strip(), any(map(str.isalnum, raw))
        if not spoken and (raw.startswith(" ") or not words):
            opening = text
        elif words and not opening and not (raw.startswith(" ") or (spoken and not spaced)):
            last = words[-1]
            end = float(each["end"]) if spoken else last.end
            words[-1] = replace(last, text=last.text + text, end=end)
        else:
            start, end, probability = (float(each[key]) for key in ("start", "end", "probability"))
            words.append(_Aligned(text, start, end, probability))
            opening = ""
    return words


def _placed(words: Iterable[_Aligned], end: float) -> Iterator[Word]:
    """Aligned words as words: in order, never empty, inside 0..end."""
    at = 0.0
    for word in (word.cut for word in words):
        starts = min(max(word.start, at), max(end - _SHORTEST, 0.0))
        ends = max(min(word.end, end), starts + _SHORTEST)
        at = max(at, word.start)
        yield Word(word.text, Span(starts, ends), min(max(word.probability, 0.0), 1.0))


def _spoken(words: Iterable[Word]) -> tuple[Word, ...]:
    """`words` without runs that take no time: text that went on where the sound had ended."""
    spoken: list[Word] = []
    for timeless, run in groupby(words, key=lambda word: word.span.duration < 1.5 * _SHORTEST):
        together = tuple(run)
        if not timeless or len(together) < _TIMELESS:
            spoken += together
    return tuple(spoken)
