"""Whose review it is: one patient's, and one reviewer's however the name is spelled."""

from __future__ import annotations

import json
import unicodedata
from pathlib import Path

import numpy as np
import pytest
from review_studies import plax
from ultrasound_files import region, write_ultrasound

from EchoMeasureLib.errors import InvalidArgument, InvalidDocument
from EchoMeasureLib.imaging.cine import Cine
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.review.document import concerns, dumps, load, parse, read_document, save
from EchoMeasureLib.review.session import Review

COMPOSED, APART = "J\u00f6rg", unicodedata.normalize("NFD", "J\u00f6rg")
POINTS = [(20.0, 20.0), (20.0, 40.0)]


class Studies:
    """Files of one study UID, as an archive that mixed two patients up hands them out."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0

    def __call__(self, id: str | None, born: str | None, study: str = "1.2.3") -> Cine:
        self._count += 1
        tags = {"FrameTime": "40", "StudyInstanceUID": study, "PatientName": "Doe^Jane"}
        tags |= {"PatientID": id or "", "PatientBirthDate": born or ""}
        tags |= {"SpecificCharacterSet": "ISO_IR 192"}
        pixels = np.full((2, 48, 64, 3), self._count, np.uint8)
        path = self._folder / f"{self._count}.dcm"
        write_ultrasound(path, pixels, [region((0, 0, 63, 47), (0.05, 0.05))], tags)
        return read(path)


@pytest.fixture
def image(tmp_path: Path) -> Studies:
    return Studies(tmp_path)


class TestTwoPatients:
    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("P1", "19500101"), ("P2", "19500101")),
            (("P1", "19500101"), ("P1", "20100101")),
            (("P1", None), ("P2", None)),
            ((None, "19500101"), (None, "20100101")),
        ],
    )
    def test_of_one_study_uid_are_never_one_review(
        self,
        image: Studies,
        first: tuple[str | None, str | None],
        second: tuple[str | None, str | None],
    ) -> None:
        review, other = Review(image(*first), "AB"), image(*second)
        audit = review.audit
        with pytest.raises(InvalidArgument, match="another patient"):
            review.add_cine(other)
        assert len(review.images) == 1
        assert review.audit == audit

    @pytest.mark.parametrize(
        ("first", "second"),
        [
            (("P1", "19500101"), ("P1", "19500101")),
            (("P1", "19500101"), (" P1 ", "19500101")),
            (("P1", "19500101"), ("P1", None)),
            (("P1", "19500101"), (None, None)),
            ((COMPOSED, None), (APART, None)),
        ],
    )
    def test_what_one_file_does_not_say_tells_nobody_apart(
        self,
        image: Studies,
        first: tuple[str | None, str | None],
        second: tuple[str | None, str | None],
    ) -> None:
        review = Review(image(*first), "AB")
        review.add_cine(image(*second))
        assert len(review.images) == 2

    def test_a_saved_review_is_not_gone_on_with_by_the_other(
        self, image: Studies, tmp_path: Path
    ) -> None:
        mine, other = image("P1", "19500101"), image("P2", "19500101")
        review = Review(mine, "AB")
        review.place("lvid", 0, POINTS)
        save(review, tmp_path / "r.json")
        document = read_document(tmp_path / "r.json")
        assert concerns(document, image("P1", "19500101"))
        assert not concerns(document, other)
        with pytest.raises(InvalidDocument, match="another patient"):
            save(Review(other, "AB"), tmp_path / "r.json")
        assert read_document(tmp_path / "r.json") == document

    def test_a_document_that_mixes_them_is_refused(self, image: Studies) -> None:
        review = Review(image("P1", "19500101"), "AB")
        review.add_cine(image("P1", "19500101"))
        record = json.loads(dumps(review))
        record["images"][1]["patient"] = image("P2", "19500101").identity.patient
        with pytest.raises(InvalidDocument, match="two patients"):
            parse(json.dumps(record), "the text")

    def test_the_same_image_under_another_patient_is_not_opened(self, image: Studies) -> None:
        first = image("P1", "19500101")
        review = Review(first, "AB")
        text = dumps(review)
        changed = json.loads(text)
        changed["images"][0]["patient"] = image("P2", "19500101").identity.patient
        document = parse(json.dumps(changed), "the text")
        assert not concerns(document, first)

    def test_a_document_of_before_learns_whose_it_is(self, image: Studies, tmp_path: Path) -> None:
        mine = image("P1", "19500101")
        review = Review(mine, "AB")
        review.place("lvid", 0, POINTS)
        save(review, tmp_path / "r.json")
        record = json.loads((tmp_path / "r.json").read_text())
        del record["images"][0]["patient"]
        (tmp_path / "r.json").write_text(json.dumps(record))
        again = load(tmp_path / "r.json", mine, "AB")
        again.place("ivs", 0, POINTS)
        save(again, tmp_path / "r.json")
        assert not concerns(read_document(tmp_path / "r.json"), image("P2", "19500101"))

    def test_nobody_is_found_by_what_is_kept(self, image: Studies, tmp_path: Path) -> None:
        cine = image("MRN-0042", "19500101")
        review = Review(cine, "AB")
        save(review, tmp_path / "r.json")
        text = (tmp_path / "r.json").read_text()
        # Four digits alone stand in many a UID.
        for secret in ("MRN", "-0042", "19500101", "1950-01-01", "Doe"):
            assert secret not in text
        # Among the million numbers of a clinic the digits fit more than one, at any birth date.
        id_digits, birth_digits = map(len, cine.identity.patient.split("-"))
        assert 16 ** (id_digits + birth_digits) < 1_000_000 * 365 * 100 / 2
        # Another study of the same person has other digits: studies are not linked by them.
        assert image("MRN-0042", "19500101", "1.2.4").identity.patient != cine.identity.patient


class TestSpelling:
    def test_two_spellings_of_a_name_are_one_reviewer(self, tmp_path: Path) -> None:
        path = tmp_path / "r.json"
        review = Review(plax(), COMPOSED)
        review.place("lvid", 0, POINTS)
        save(review, path)
        again = load(path, plax(), APART)
        assert again.audit == review.audit
        again.accept(next(iter(again.entries)))
        save(again, path)
        assert list(read_document(path).layers) == [COMPOSED]

    def test_a_document_with_the_other_spelling_is_gone_on_with(self, tmp_path: Path) -> None:
        """Written by an earlier version on a system that takes letters apart."""
        path = tmp_path / "r.json"
        review = Review(plax(), COMPOSED)
        review.place("lvid", 0, POINTS)
        path.write_text(dumps(review).replace(COMPOSED, APART), encoding="utf-8")
        again = load(path, plax(), COMPOSED)
        assert again.layer().has_work
        again.accept(next(iter(again.entries)))
        save(again, path)
        document = read_document(path)
        assert list(document.layers) == [COMPOSED]
        assert len(document.layers[COMPOSED].audit) == 2
