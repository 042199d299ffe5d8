"""What a review accepts can be written, and what was written is read as it was."""

from __future__ import annotations

import math
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from examples import examples
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from review_studies import (
    MODEL,
    PLAX,
    SteppingClock,
    plax,
    predicted,
    predicted_beats,
    spectral,
    upright,
)

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import EchoMeasureError, InvalidArgument
from EchoMeasureLib.geometry import Box, Landmark
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import Region, RegionKind, RegionProblem, Trouble
from EchoMeasureLib.inference.prediction import Prediction, Provenance
from EchoMeasureLib.measuring.examination import Examination, Rhythm
from EchoMeasureLib.measuring.subject import BsaFormula, Subject
from EchoMeasureLib.review.document import dumps, parse, resume
from EchoMeasureLib.review.session import Review

DOPPLER = "1.2.840.99.1.2"
TORN = "wall \ud83d"

texts = st.one_of(
    st.text(st.characters(), max_size=20),
    st.sampled_from(["", " ", TORN, "\ud83d\ude00", "a\0b", "A\u030a", "\ufffe", "x" * 10_001]),
)
numbers = st.one_of(
    st.integers(),
    st.floats(),
    st.floats(0, 60),
    st.integers(-3, 90).map(np.int64),
    st.integers(0, 200).map(np.uint8),
    st.floats(width=32).map(np.float32),
    st.floats().map(np.float64),
    st.booleans().map(np.bool_),
    st.sampled_from([10**400, 1e300, 5e-324, -0.0, np.float16(np.inf), Fraction(1, 3), 1j]),
)
odd = st.one_of(
    st.none(),
    st.booleans(),
    numbers,
    texts,
    st.sampled_from([b"bytes", (), [], {}, object(), np.zeros(3), np.array(7), PLAX, DOPPLER]),
)
"""What a script may hand over by mistake."""


def mostly(usual: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """The usual, and now and then anything."""
    return st.sampled_from([usual] * 6 + [odd]).flatmap(lambda chosen: chosen)


IDS = [
    "lvid-f0",
    "ivs-f1",
    "avvmax-i2-f0",
    "avvmax-i2-f0-b2",
    "lvid-f2",
    "lvid-f3",
    np.str_("lvid-f0"),
]
ids = mostly(st.sampled_from(IDS))
frames = mostly(st.one_of(st.integers(0, 5), st.integers(0, 5).map(np.int32)))
inside = st.tuples(st.floats(0, 79), st.floats(0, 59))
two_points = st.one_of(
    st.lists(inside, min_size=2, max_size=2),
    st.lists(mostly(st.tuples(numbers, numbers)), min_size=2, max_size=2),
    st.just(np.array([[40.0, 2.0], [40.0, 30.0]])),
    st.just(np.array([[40, 2], [40, 30]], np.uint8)),
)
models = mostly(st.one_of(st.just(MODEL), st.builds(Provenance, texts, texts, texts)))
chances = mostly(st.one_of(st.none(), st.floats(0, 1), st.floats(0, 1, width=32).map(np.float32)))
landmark = st.builds(Landmark, st.floats(0, 79), st.floats(0, 59), texts, chances, chances, chances)


def landmarks(count: int) -> st.SearchStrategy[Any]:
    return mostly(st.lists(mostly(landmark), min_size=count, max_size=count).map(tuple))


linear = st.builds(
    Prediction,
    mostly(st.sampled_from(["lvid", "ivs", "lvpw", "la"])),
    frames,
    landmarks(2),
    models,
)
of_beats = st.builds(
    lambda measurement, beats, model: Prediction(measurement, 0, beats[0], model, tuple(beats)),
    st.just("avvmax"),
    st.lists(landmarks(1), min_size=1, max_size=3),
    models,
)
sizes = mostly(st.tuples(*[st.sampled_from([0.1, np.float32(0.1), -10.0, 1e-300, 7, 1e300])] * 2))
region_values = st.builds(
    Region,
    st.just(-1),
    mostly(st.sampled_from(RegionKind)),
    mostly(st.sampled_from([Box(0, 0, 79, 59), Box(1, 2, 3, 4), Box(0, 0, 1.9, 9)])),  # type: ignore[arg-type]
    mostly(st.sampled_from([("cm", "cm"), ("s", "cm/s"), ("s", "cm"), (TORN, "")])),
    sizes,
    mostly(st.sampled_from([(None, None), (0.0, 20), (None, np.int16(20))])),
    sizes,
    mostly(st.sampled_from([(), (RegionProblem("x", TORN, Trouble.SCALE),)])),
    mostly(st.booleans()),
)
subjects = mostly(
    st.one_of(
        st.builds(Subject, st.sampled_from(["", "M", "F"]), st.floats(50, 200).map(np.float32)),
        st.builds(Subject, weight_kg=st.integers(40, 90).map(np.int16), age=st.just(8)),
    )
)
examinations = mostly(
    st.builds(
        Examination,
        mostly(st.sampled_from([None, Rhythm.AF, "af"])),
        disease=mostly(st.booleans()),
        lavi=st.one_of(st.none(), st.floats(10, 60).map(np.float32)),
        rap=st.sampled_from([None, np.int8(8)]),
        from_file=mostly(st.sampled_from([frozenset(), frozenset({"rap"}), ["lavi"]])),
    )
)
on_the_strip = mostly(st.just(DOPPLER))
where = mostly(st.sampled_from([None, PLAX]))
words = mostly(texts)

CALLS: dict[str, tuple[st.SearchStrategy[Any], ...]] = {
    "place": (
        mostly(st.sampled_from(["lvid", "ivs", "lvpw"])),
        frames,
        mostly(two_points),
        where,
        mostly(st.sampled_from([None, Phase.ED, Phase.ES, "ED"])),
    ),
    "move": (ids, mostly(two_points)),
    "preview": (ids, mostly(two_points)),
    "adopt": (ids,),
    "accept": (ids,),
    "reject": (ids, words),
    "reopen": (ids,),
    "reset": (ids,),
    "delete": (ids, words),
    "note": (ids, words),
    "leave_out": (ids, words),
    "count": (ids,),
    "mark": (frames, mostly(st.sampled_from([Phase.ED, Phase.ES, "ed"])), where),
    "choose": (ids, mostly(st.sampled_from([None, Phase.ED, Phase.ES])), st.booleans()),
    "add_prediction": (mostly(linear), where),
    "add_beats": (mostly(of_beats), on_the_strip),
    "calibrate": (mostly(st.lists(region_values, max_size=2)), where, words),
    "describe": (subjects,),
    "examine": (examinations,),
    "on_frame": (frames, where),
    "is_open": (where,),
    "cine": (where,),
    "entry": (ids,),
    "undo": (),
    "redo": (),
}
METHODS = {"add_beats": "add_prediction"}


def call(name: str) -> st.SearchStrategy[tuple[str, tuple[Any, ...]]]:
    return st.tuples(st.just(name), st.tuples(*CALLS[name]))


calls = st.sampled_from(list(CALLS)).flatmap(call)


def begun(reviewer: Any = "AB") -> Review:
    """A review of a cine and a Doppler still with something on each."""
    review = Review(plax(), reviewer, SteppingClock())
    review.add_cine(spectral(RegionKind.CW))
    for id in ("lvid", "ivs"):
        for frame in range(2):
            review.add_prediction(predicted(id, frame, upright(20 + frame)))
    review.add_prediction(predicted_beats("avvmax", [[(9, 30)], [(30, 32)]]), DOPPLER)
    return review


def same_after_writing(review: Review) -> None:
    document = parse(dumps(review), "it")
    layer, now = document.layers[review.reviewer], review.layer()
    assert layer.entries == now.entries
    assert layer.audit == now.audit
    assert (layer.subject, layer.examination) == (now.subject, now.examination)
    assert layer.calibrations == now.calibrations
    assert layer.marks == now.marks
    assert dict(document.images) == dict(review.images)
    again = resume(document, review.cine(), review.reviewer, SteppingClock())
    assert again.layer().subject == now.subject
    assert [entry.id for entry in again.layer().entries] == [entry.id for entry in now.entries]


@given(st.lists(calls, max_size=12))
@settings(max_examples=examples(30), suppress_health_check=list(HealthCheck), deadline=None)
def test_any_calls_with_any_values_end_in_a_document_that_loads_equal(
    steps: list[tuple[str, tuple[Any, ...]]],
) -> None:
    review = begun()
    for name, arguments in steps:
        before = review.layer()
        try:
            getattr(review, METHODS.get(name, name))(*arguments)
        except EchoMeasureError:
            assert review.layer() == before, "what was refused changed something"
    same_after_writing(review)


@given(st.one_of(texts, odd))
@settings(max_examples=examples(15), deadline=None)
def test_any_name_of_a_reviewer_is_taken_and_found_again_or_refused(name: Any) -> None:
    try:
        review = begun(name)
    except EchoMeasureError:
        return
    same_after_writing(review)
    layer = parse(dumps(review), "it").layers
    assert resume(parse(dumps(review), "it"), plax(), name).reviewer in layer


@given(texts, st.lists(numbers, min_size=2, max_size=2), st.lists(numbers, max_size=2))
@settings(max_examples=examples(15), deadline=None)
def test_any_image_is_taken_as_it_can_be_written_or_refused(
    uid: str, times: list[Any], waves: list[Any]
) -> None:
    cine = Cine(
        ArraySource(np.zeros((2, 60, 80, 3), np.uint8)),
        Timing(tuple(times), uid, tuple(waves)),
        identity=Identity(sop_instance_uid=uid, manufacturer=uid),
    )
    try:
        review = Review(cine, "AB", SteppingClock())
    except EchoMeasureError:
        return
    review.place("lvid", 1, upright(20))
    same_after_writing(review)


@pytest.mark.parametrize(
    ("given_text", "kept"),
    [
        (TORN, "wall \ufffd"),
        ("\ud83d\ude00", "\U0001f600"),
        ("A\u030a", "\u00c5"),
        ("one\r\ntwo\rthree", "one\ntwo\nthree"),
        ("bell\x07", "bell\ufffd"),
        ("\u6f22\u5b57 \u0645\u06cc\u200c", "\u6f22\u5b57 \u0645\u06cc\u200c"),
    ],
)
def test_text_is_kept_as_every_program_can_hold_it(given_text: str, kept: str) -> None:
    review = begun()
    assert review.note("lvid-f0", given_text).notes == kept
    assert review.reject("lvid-f0", given_text).reason == kept


REFUSED: dict[str, Callable[[Review], object]] = {
    "frame 1.5": lambda r: r.place("lvid", 1.5, upright(9)),  # type: ignore[arg-type]
    "frame True": lambda r: r.place("lvid", True, upright(9)),
    "frame 3.0": lambda r: r.place("lvid", 3.0, upright(9)),  # type: ignore[arg-type]
    "a point of text": lambda r: r.move("lvid-f0", ["ab", "cd"]),  # type: ignore[list-item]
    "a point nowhere": lambda r: r.move("lvid-f0", [(math.nan, 0), (0, 0)]),
    "a point too far": lambda r: r.move("lvid-f0", [(1e300, 0), (0, 0)]),
    "no reason": lambda r: r.reject("lvid-f0", None),  # type: ignore[arg-type]
    "a note of 5": lambda r: r.note("lvid-f0", 5),  # type: ignore[arg-type]
    "a note of a book": lambda r: r.note("lvid-f0", "x" * 10_001),
    "a list as id": lambda r: r.accept(["lvid-f0"]),  # type: ignore[arg-type]
    "bounds of 1.9": lambda r: r.calibrate(
        [Region(-1, RegionKind.TWO_D, Box(0, 0, 1.9, 9), ("cm", "cm"), (0.1, 0.1))]  # type: ignore[arg-type]
    ),
    "no truth value": lambda r: r.calibrate(
        [
            Region(
                *(-1, RegionKind.TWO_D, Box(0, 0, 9, 9), ("cm", "cm"), (0.1, 0.1)),
                low_priority="false",  # type: ignore[arg-type]
            )
        ]
    ),
    "millimetres": lambda r: r.calibrate(
        [Region(-1, RegionKind.TWO_D, Box(0, 0, 79, 59), ("mm", "mm"), (1.0, 1.0))]
    ),
    "a size of infinity": lambda r: r.calibrate(
        [Region(-1, RegionKind.TWO_D, Box(0, 0, 9, 9), ("cm", "cm"), (math.inf, 0.1))]
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_what_could_not_be_read_again_is_refused_at_the_door(what: str) -> None:
    review = begun()
    before = review.layer()
    with pytest.raises(InvalidArgument, match=r"^At |no caliper"):
        REFUSED[what](review)
    assert review.layer() == before


def test_numbers_of_numpy_become_those_of_python() -> None:
    review = begun()
    entry = review.place("lvid", np.int64(3), np.array([[40, 2], [40, 32]], np.int16))
    assert (type(entry.frame), type(entry.caliper.points[0].x)) == (int, float)
    assert entry.id == "lvid-f3"
    review.describe(Subject("F", np.float32(162.5), np.int64(61), None, BsaFormula.MOSTELLER))
    assert {type(review.subject.height_cm), type(review.subject.weight_kg)} == {float, int}
    same_after_writing(review)
