"""The figures of one speaker, and rates with their uncertainty: plain values, no judgement."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Rate:
    """How often `by` did something to `over`, per minute of `over`'s speech (the exposure).

    per_minute, low, high : the rate and its 95 % interval (Poisson, exact); None where withheld,
                            and then `withheld` says why (too short: MEASURES.md, decision 4)
    """

    by: str
    over: str
    count: int
    exposure_minutes: float
    per_minute: float | None
    low: float | None
    high: float | None
    withheld: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Behaviours:
    """How often somebody did what with what they had heard; from the words.

    turns        : turns with words after somebody else's, in which any of it could have happened
    turns_giving : those that put something of one's own forward: advice, information, plans
    Which of the counts are only quotes to confirm: `Analysis.quoted`.
    """

    turns: int
    turns_giving: int
    follow_ups: int
    stacked_questions: int
    reflections: int
    reflections_complex: int
    validations: int
    emotions_named: int
    accuracy_checks: int
    accuracy_confirmed: int | None  # what the other answered; None where that is not shown
    accuracy_denied: int | None
    advice: int
    advice_unasked: int
    advice_before_asking: int
    dismissals: int
    sympathies: int
    self_shifts: int
    blame: int
    i_statements: int
    appreciations: int
    not_taken_up: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeakerMeasures:
    """What one person did in this conversation. Counts and seconds; None is "not measured"."""

    talk_seconds: float
    talk_share: float | None  # of all speech seconds, overlap counted for both; None: nobody spoke
    utterances: int
    words: int | None  # None: words were not transcribed
    words_per_minute: float | None
    turns: int
    longest_turn_seconds: float | None
    median_turn_seconds: float | None
    # Replies: offsets from the end of the other's turn to the start of mine (negative: overlap)
    response_median_seconds: float | None  # room given: gaps only, lapses (>= 5 s) left out
    response_count: int
    immediate_responses: int  # gaps under 0.25 s
    overlapped_responses: int | None  # began before the other had ended; None: not to be heard
    # Overlap; None where this recording cannot show it
    interruptions_made: int | None
    interruptions_received: int | None
    attempts_made: int | None
    attempts_received: int | None
    talk_overs: Rate | None  # interruptions and attempts made over the other
    backchannels: int | None
    terminal_overlaps: int | None
    dual_starts: int | None
    # Words; None where there are none, or the language has no rules
    questions_open: int | None
    questions_closed: int | None
    behaviours: Behaviours | None = None
