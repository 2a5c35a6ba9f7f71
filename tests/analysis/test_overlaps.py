import pytest

from drawing import draw
from listenlive.analysis.overlaps import overlaps
from listenlive.conversation import MomentKind
from listenlive.span import Span


@pytest.mark.parametrize(
    ("picture", "kind", "by"),
    [
        (
            """
            A  ==============================
            B            ====
            """,
            MomentKind.BACKCHANNEL,
            "B",
        ),
        (
            """
            A  ==============================
            B            ============
            """,
            MomentKind.ATTEMPT,
            "B",
        ),
        (
            """
            A  ======================
            B                     =====================
            """,
            MomentKind.TERMINAL,
            "B",
        ),
        (
            """
            A  ======================
            B             ================================
            """,
            MomentKind.INTERRUPTION,
            "B",
        ),
        (
            """
            A      =========================
            B       ======
            """,
            MomentKind.DUAL_START,
            "B",
        ),
        (  # who begins first can be the one to give way
            """
            A       ========================
            B      ======
            """,
            MomentKind.DUAL_START,
            "B",
        ),
        (  # the holder pauses while the other says a word: nobody took the floor
            """
            A  =========      ===============
            B         =====
            """,
            MomentKind.BACKCHANNEL,
            "B",
        ),
        (  # the holder pauses for 0.6 s inside an attempt, and goes on
            """
            A  =============      =================
            B            ===========
            """,
            MomentKind.ATTEMPT,
            "B",
        ),
        (  # an attempt in two utterances is one attempt
            """
            A  ==========================================
            B            ==========   =======
            """,
            MomentKind.ATTEMPT,
            "B",
        ),
        (  # the entrant pauses after having taken the floor
            """
            A  =====================
            B            ===========     ==================
            """,
            MomentKind.INTERRUPTION,
            "B",
        ),
        (  # hearing tore the holder's voice apart for 0.2 s
            """
            A  ============  ====
            B             =============================
            """,
            MomentKind.INTERRUPTION,
            "B",
        ),
        (  # long talk at once, until the holder stops
            """
            A  ========================================
            B            ==========================================
            """,
            MomentKind.INTERRUPTION,
            "B",
        ),
        (  # brief, but the holder stops and the entrant speaks on after a pause
            """
            A  ===============
            B           =======    ===============
            """,
            MomentKind.INTERRUPTION,
            "B",
        ),
        (  # both begin as the holder's pause ends: the holder was only pausing
            """
            A  =========     =================
            B                =====
            """,
            MomentKind.BACKCHANNEL,
            "B",
        ),
    ],
)
def test_kind_of_overlap(picture, kind, by):
    (found,) = overlaps(draw(picture, step=0.1))
    assert (found.kind, found.by) == (kind, by)


@pytest.mark.parametrize(
    "picture",
    [
        """
        A  ==========
        B             ===========
        """,
        """
        A  ==========             =======
        B             ==========
        """,
        """
        A  ===============
        B        =
        """,  # a blip of 0.1 s
    ],
)
def test_no_overlap(picture):
    assert overlaps(draw(picture, step=0.1)) == ()


def test_the_span_is_from_the_onset_to_the_end_of_the_holders_talk():
    (found,) = overlaps(
        draw(
            """
            A  ========
            B      ============
            """
        )
    )
    assert (found.span, found.shared, found.over) == (Span(2.0, 4.0), 2.0, "A")


def test_after_losing_the_floor_a_short_remark_is_a_listener_signal():
    found = overlaps(
        draw(
            """
            A  ===============     ====
            B         ====================================
            """,
            step=0.1,
        )
    )
    assert [(each.kind, each.by) for each in found] == [
        (MomentKind.INTERRUPTION, "B"),
        (MomentKind.BACKCHANNEL, "A"),
    ]


def test_three_people_talk_over_each_other_in_pairs():
    found = overlaps(
        draw(
            """
            A  ========
            B      ============
            C                ==========
            """
        )
    )
    assert [(each.kind, each.by, each.over) for each in found] == [
        (MomentKind.INTERRUPTION, "B", "A"),
        (MomentKind.INTERRUPTION, "C", "B"),
    ]
