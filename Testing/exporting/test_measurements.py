"""`measurements.json` says of every number what it is, and is read back without the image."""

from __future__ import annotations

import csv
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from document_mutants import mutant
from measurements_trial import sound_measurements, sound_strip, try_measurements
from review_studies import (
    STUDY,
    beating,
    m_mode,
    plax,
    predicted,
    predicted_beats,
    spectral,
    upright,
)
from schemas import schema, validate

from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.measurements_reading import parse_measurements
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.exporting.table_rows import document_rows
from EchoMeasureLib.exporting.tables import write_json, write_table
from EchoMeasureLib.flags import Flag
from EchoMeasureLib.imaging.cine import ArraySource, Cine, Identity, Timing
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.entries import Status
from EchoMeasureLib.review.images import ImageFacts, image_key
from EchoMeasureLib.review.session import Review

CW = "1.2.840.99.1.9"


@pytest.fixture
def cine() -> Review:
    """Two and a half beats at 50 fps, LVID on every frame: ED 0, 40, 80 and ES 20, 60."""
    review = Review(plax(81), "AB")
    review.add_predictions(
        predicted("lvid", frame, upright(beating(frame), 60)) for frame in range(81)
    )
    return review


@pytest.fixture
def jets() -> Review:
    """Row 20 is the baseline and a row 10 cm/s: three jets of -300, -250 and -280 cm/s."""
    review = Review(spectral(RegionKind.CW, CW), "AB")
    beats = [[(10, 50)], [(30, 45)], [(50, 48)]]
    review.add_prediction(predicted_beats("trvmax", beats, 1, [0.9, 0.9, 0.05]))
    return review


def record_of(review: Review) -> dict[str, Any]:
    (key,) = review.images
    record = document(review, key)
    validate(record, "exporting/measurements.schema.json")
    return record


def by_id(record: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {value["id"]: value for value in record["summary"]}


def test_the_schema_knows_every_word_of_the_code() -> None:
    definitions = schema("exporting/measurements.schema.json")["$defs"]
    assert definitions["flag"]["enum"] == [flag.value for flag in Flag]
    result = definitions["result"]["properties"]
    assert result["status"]["enum"] == [status.value for status in Status]
    assert result["phase"]["enum"] == [*(phase.value for phase in Phase), None]
    saved = schema("review/review.schema.json")["$defs"]["value"]["properties"]["flags"]
    assert saved["items"]["enum"] == [flag.value for flag in Flag]


class TestWriting:
    def test_a_number_has_the_name_and_code_of_its_phase_and_no_other(self, cine: Review) -> None:
        results = record_of(cine)["results"]
        said = {r["frame"]: (r["label"], r["code"], r["phase"]) for r in results}
        assert said[40] == ("LVIDd", "80007-8", "ed")
        assert said[20] == ("LVIDs", "80011-0", "es")
        assert said[30] == ("LVID", "", None)

    @pytest.mark.parametrize(
        ("measurement", "phase", "label", "code"),
        [
            ("ivs", None, "IVS", ""),
            ("ivs", Phase.ED, "IVSd", "79969-2"),
            ("la", None, "LA", ""),
            ("la", Phase.ES, "LA", "79975-9"),
            ("aortic_root", None, "Ao root", "79953-6"),
        ],
    )
    def test_a_code_claims_no_phase_that_nobody_knows(
        self, measurement: str, phase: Phase | None, label: str, code: str
    ) -> None:
        review = Review(plax(1), "AB")
        review.place(measurement, 0, upright(12), phase=phase)
        (result,) = record_of(review)["results"]
        assert (result["label"], result["code"]) == (label, code)
        assert result["chosen_phase"] == (phase.value if phase else None)

    def test_a_jet_is_systolic_and_every_beat_a_result(self, jets: Review) -> None:
        results = record_of(jets)["results"]
        assert [r["value"] for r in results] == pytest.approx([-300, -250, -280])
        assert {(r["label"], r["phase"], r["code"]) for r in results} == {
            ("TR Vmax", "systole", "79921-3")
        }
        assert [r["flags"] for r in results] == [[], [], ["low_confidence"]]
        assert [b["value"] for b in results[0]["beats"]] == pytest.approx([-300, -250, -280])

    def test_the_headline_is_the_mean_of_the_beats_that_count(self, jets: Review) -> None:
        """(300 + 250) / 2 = 275 cm/s; 4 x 2.75^2 = 30.25 mmHg."""
        values = by_id(record_of(jets))
        assert values["trvmax"]["mean"] == pytest.approx(-275)
        assert values["trvmax"]["text"] == "2.8 m/s"
        assert values["trvmax"]["range"] == "up to 2.8"
        assert values["tr_gradient"]["mean"] == pytest.approx(30.25)

    def test_a_value_that_cannot_be_given_is_there_with_its_reason(self) -> None:
        review = Review(plax(1), "AB")
        review.place("lvid", 0, upright(45), phase=Phase.ED)
        values = by_id(record_of(review))
        assert values["lvidd"]["mean"] == pytest.approx(4.5)
        assert values["lvids"]["mean"] is None
        assert values["lvids"]["reason"]
        assert "fs" not in values

    def test_the_beats_of_the_heart_are_told(self, cine: Review) -> None:
        """A beat lasts 0.8 s: 75 a minute."""
        heart = record_of(cine)["heart"]
        whole = [beat for beat in heart["beats"] if beat["complete"]]
        assert [(beat["ed"], beat["es"]) for beat in whole] == [(0, 20), (40, 60)]
        assert (whole[1]["ed_s"], whole[1]["es_s"]) == pytest.approx((0.8, 1.2))
        assert heart["heart_rate"] == pytest.approx(75, abs=1)

    def test_only_the_image_itself_comes_in(self, jets: Review) -> None:
        key = jets.add_cine(plax())
        jets.place("lvid", 0, upright(45), key, Phase.ED)
        record = document(jets, key)
        assert {result["caliper"] for result in record["results"]} == {"lvid"}
        assert "trvmax" not in by_id(record)

    def test_the_table_has_a_line_per_beat_and_a_line_per_value(
        self, jets: Review, tmp_path: Path
    ) -> None:
        write_table(tmp_path / "t.csv", document_rows(record_of(jets)))
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
            lines = list(csv.DictReader(file))
        kinds = Counter((line["kind"], line["measurement"]) for line in lines)
        assert kinds["caliper", "trvmax"] == 3
        assert kinds["beat", "trvmax"] == 3
        assert kinds["summary", "trvmax"] == 1
        assert kinds["derived", "tr_gradient"] == 1
        summary = next(line for line in lines if line["kind"] == "summary")
        assert float(summary["value"]) == pytest.approx(-275)
        assert (summary["label"], summary["code"], summary["range"], summary["frame"]) == (
            "TR Vmax",
            "79921-3",
            "up to 2.8",
            "",
        )

    def test_the_line_of_a_value_has_the_frames_of_its_beats(
        self, cine: Review, tmp_path: Path
    ) -> None:
        """ED at frames 0, 40 and 80; the second is left out."""
        cine.leave_out("lvid-f40")
        write_table(tmp_path / "t.csv", document_rows(record_of(cine)))
        with (tmp_path / "t.csv").open(encoding="utf-8", newline="") as file:
            found = {(x["kind"], x["measurement"]): x["frames"] for x in csv.DictReader(file)}
        assert found["summary", "lvidd"] == "0 80"
        assert found["summary", "lvids"] == "20 60"


FORM_1 = (
    *("measurement", "caliper", "frame", "time_s", "points", "value", "unit", "calibrated"),
    *("region", "flags", "reason", "origin", "decoder", "model", "beats"),
)
"""What every result of form 1 had."""


def test_readers_of_form_1_find_all_that_it_had(cine: Review, jets: Review) -> None:
    for review in (cine, jets):
        assert all(set(FORM_1) <= result.keys() for result in record_of(review)["results"])


class TestReadingBack:
    def test_what_was_written_gives_the_same_sheet(
        self, cine: Review, jets: Review, tmp_path: Path
    ) -> None:
        cine.accept("lvid-f40")
        cine.note("lvid-f40", "clear")
        cine.mark(22, Phase.ES)
        jets.leave_out("trvmax-f0", "ectopic")
        for review in (cine, jets):
            review.describe(Subject("F", 165, 70))
            write_json(tmp_path / "measurements.json", record_of(review))
            again = read_study([tmp_path / "measurements.json"]).review
            assert again.sheet() == review.sheet()
            (key,) = review.images
            assert again.beats(key) == review.beats(key)
            assert again.marks(key) == review.marks(key)
            assert again.images == review.images

    @pytest.mark.parametrize(
        ("image", "place"),
        [
            (spectral, lambda r: r.place("mvpeak", 0, [(10, 12), (20, 14)])),
            (m_mode, lambda r: r.place("tapse", 0, [(10, 30), (30, 10)])),
            (plax, lambda r: r.place("ivc", 2, upright(19), phase=Phase.EXPIRATION)),
        ],
    )
    def test_a_caliper_is_read_as_it_was(
        self, image: Callable[[], Cine], place: Callable[[Review], object]
    ) -> None:
        review = Review(image(), "AB")
        place(review)
        found = parse_measurements(record_of(review), "it")
        (before,), (after,) = review.entries.values(), found.entries
        assert after.caliper == before.caliper
        assert (after.status, after.reviewer, after.phase) == (
            before.status,
            before.reviewer,
            before.phase,
        )

    @pytest.mark.parametrize(
        ("changes", "told"),
        [
            ({"schema": "echomeasure-measurements-1"}, "earlier EchoMeasure"),
            ({"schema": "echomeasure-measurements-9"}, "newer EchoMeasure"),
            ({"schema": "something"}, "no measurements of EchoMeasure"),
            ({"results.0.frame": 81}, "there is no frame 81"),
            ({"results.0.caliper": "heart"}, "no measurement of that name"),
            ({"results.0.measurement": "e"}, "lvid gives lvid"),
            ({"results.0.value": None}, "a number or a reason"),
            ({"results.0.reason": "why"}, "a number or a reason"),
            ({"results.0.unit": "cm/s"}, "lvid is in cm"),
            ({"results.0.points": []}, "lvid takes 2, not 0"),
            ({"results.0.entry": "lvid-f1"}, "it differs|is there twice"),
            ({"results.0.chosen_phase": "diastole"}, "no phase diastole"),
            ({"results.0.status": "fine"}, "is none of"),
            ({"results.0.value": 1e300}, ""),
            ({"source.times_s": [0.0]}, "1 times for 81 frames"),
            ({"source.image": None}, "expected text"),
            ({"subject.height_cm": 1.7}, "height of 1.7"),
            ({"heart.marked.ed": [81]}, "there is no frame 81"),
        ],
    )
    def test_what_cannot_be_is_refused_with_its_place(
        self, cine: Review, changes: dict[str, Any], told: str
    ) -> None:
        record = record_of(cine)
        for place, value in changes.items():
            *way, last = place.split(".")
            parent: Any = record
            for key in way:
                parent = parent[int(key) if key.isdigit() else key]
            parent[last] = value
        if not told:
            parse_measurements(record, "it")
            return
        with pytest.raises(InvalidDocument, match=told):
            parse_measurements(record, "it")

    @pytest.mark.parametrize("sound", [sound_measurements, sound_strip])
    def test_mutants_are_right_or_refused(self, sound: Callable[[], str], tmp_path: Path) -> None:
        """`make fuzz` tries many more."""
        text, path = sound(), tmp_path / "measurements.json"
        found: Counter[str] = Counter()
        for number in range(200):
            path.write_bytes(mutant(text, number))
            found[try_measurements(path).partition(":")[0]] += 1
        assert found["read"] + found["refused"] == 200
        assert min(found.values()) > 30


def written(review: Review, path: Path) -> Path:
    write_json(path, record_of(review))
    return path


def of_patient(check: str, uid: str, study: str = STUDY) -> Cine:
    pixels, timing = plax(1).frame(0)[None], Timing((0.0,), "still")
    identity = Identity(sop_instance_uid=uid, study_instance_uid=study, patient=check)
    return Cine(ArraySource(pixels), timing, plax(1).regions, identity)


def lone(cine: Cine, length: float = 45, measurement: str = "lvid") -> Review:
    review = Review(cine, "AB")
    review.place(measurement, 0, upright(length), phase=Phase.ED)
    return review


class TestStudies:
    def test_files_of_one_study_make_one_sheet(self, jets: Review, tmp_path: Path) -> None:
        files = [
            written(lone(plax()), tmp_path / "plax.json"),
            written(jets, tmp_path / "tr.json"),
        ]
        study = read_study(files)
        assert study.notes == ()
        assert study.review.measured()["lvidd"].value == pytest.approx(4.5)
        assert study.review.measured()["trvmax"].value == pytest.approx(-275)

    def test_a_review_goes_before_measurements_and_later_ones_before_earlier(
        self, tmp_path: Path
    ) -> None:
        first = written(lone(plax(), 41), tmp_path / "a.json")
        second = written(lone(plax(), 42), tmp_path / "b.json")
        save(lone(plax(), 43), tmp_path / "review.json")
        found = read_study([second, first])
        assert found.review.measured()["lvidd"].value == pytest.approx(4.1)
        (note,) = found.notes
        assert "a.json counts" in note
        found = read_study([tmp_path / "review.json", first])
        assert found.review.measured()["lvidd"].value == pytest.approx(4.3)
        assert "review.json counts" in found.notes[0]

    def test_the_same_id_in_two_images_is_two_calipers(self, tmp_path: Path) -> None:
        files = [
            written(lone(plax(uid=f"1.2.{n}"), 40 + n), tmp_path / f"{n}.json") for n in (1, 2)
        ]
        review = read_study(files).review
        assert len(review.entries) == 2

    @pytest.mark.parametrize(
        ("first", "second", "told"),
        [
            (of_patient("3f0a1-c4e", "1.2.1"), of_patient("aaaaa-c4e", "1.2.2"), "two patients"),
            (of_patient("", "1.2.1"), of_patient("", "1.2.2", "1.2.840.99.2"), "of one study"),
        ],
    )
    def test_two_patients_are_refused(
        self, first: Cine, second: Cine, told: str, tmp_path: Path
    ) -> None:
        files = [
            written(lone(first), tmp_path / "a.json"),
            written(lone(second), tmp_path / "b.json"),
        ]
        with pytest.raises(InvalidArgument, match=told):
            read_study(files)

    def test_a_file_that_does_not_say_whose_it_is_is_told(self, tmp_path: Path) -> None:
        files = [
            written(lone(plax()), tmp_path / "a.json"),
            written(lone(of_patient("", "", "")), tmp_path / "b.json"),
        ]
        (note,) = read_study(files).notes
        assert "b.json does not say whose it is" in note

    def test_the_reader_s_word_goes_before_a_header(self, tmp_path: Path) -> None:
        by_header = Subject("F", 165, 70, from_file=frozenset({"sex", "height_cm"}))
        layer = replace(lone(plax()).layer(), subject=by_header)
        header = Review.resume([ImageFacts.of(plax())], layer)
        by_hand = lone(plax(uid="1.2.3"), measurement="ivs")
        by_hand.describe(Subject(height_cm=170))
        files = [
            written(by_hand, tmp_path / "hand.json"),
            written(header, tmp_path / "header.json"),
        ]
        subject = read_study(files).review.subject
        assert (subject.sex, subject.height_cm, subject.weight_kg) == ("F", 170, 70)
        assert subject.from_file == {"sex"}

    def test_foreign_json_is_refused(self, tmp_path: Path) -> None:
        (tmp_path / "a.json").write_text(json.dumps({"schema": "x"}))
        with pytest.raises(InvalidDocument, match="neither a review nor measurements"):
            read_study([tmp_path / "a.json"])

    def test_an_image_is_known_by_its_key(self) -> None:
        review = lone(of_patient("", "", ""))
        (key,) = review.images
        assert record_of(review)["source"]["image"] == key == image_key(review.cine())
