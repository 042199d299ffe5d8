"""The report says what the review says, to anybody, without anything else being there."""

from __future__ import annotations

import base64
import io
import itertools
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timezone
from pathlib import Path

import numpy as np
import pydicom
import pytest
from html_pages import Node, parsed, part
from marked_file import MARK, check_bytes, check_files, painted, write_marked
from PIL import Image
from reported_study import ReportedStudy, write_reported_study
from review_studies import beating, m_mode, plax, predicted, predicted_beats, spectral, upright

from EchoMeasureLib import RESEARCH_USE_ONLY
from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.exporting.measurement_documents import document
from EchoMeasureLib.exporting.report.printing import pdf_of
from EchoMeasureLib.exporting.report.report_page import report_page
from EchoMeasureLib.exporting.report.shown_frames import shown_frames
from EchoMeasureLib.exporting.report.style import STYLE
from EchoMeasureLib.exporting.study_files import read_study
from EchoMeasureLib.exporting.tables import write_json
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.review.document import save
from EchoMeasureLib.review.image_files import FindImages, found_images
from EchoMeasureLib.review.session import Review

MADE = datetime(2026, 1, 2, 3, 4, tzinfo=timezone.utc)


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> ReportedStudy:
    return write_reported_study(tmp_path_factory.mktemp("study"))


@pytest.fixture(scope="module")
def page(study: ReportedStudy) -> Node:
    files = read_study([study.saved])
    return parsed(report_page(files, shown_frames(files.review, beside([study.folder])), MADE))


def beside(folders: Iterable[Path], named: Iterable[Path] = ()) -> FindImages:
    """Finds images in folders, and among files that are named."""
    return lambda keys: found_images(keys, named, folders)


def page_of(review: Review, folder: Path) -> Node:
    save(review, folder / "review.json")
    files = read_study([folder / "review.json"])
    return parsed(report_page(files, shown_frames(files.review), MADE))


def test_every_value_stands_there_as_the_sheet_has_it(study: ReportedStudy, page: Node) -> None:
    rows = {row[0]: row for row in part(page, "Values").rows()}
    there = [row for row in study.review.sheet().rows if row.text]
    assert len(there) > 20
    for row in there:
        cells = rows[row.name]
        assert cells[1:3] == [row.text, row.range]
        assert ("\u25b2 H" in cells[3], "\u25bc L" in cells[3]) == (
            row.mark == "H",
            row.mark == "L",
        )
        assert row.word in cells[3] if row.mark else True
        assert ("~" in cells[3]) == row.near
        assert cells[6] == ("given" if row.manual else "yes" if row.reviewed else "no")
    absent = part(page, "Values that are missing").text
    assert all(row.name in absent for row in study.review.sheet().rows if not row.text)


def test_beats_are_counted_and_those_that_do_not_count_have_their_reason(page: Node) -> None:
    """Of two septa one is rejected; of four jets the second is left out."""
    values = {row[0]: row[4] for row in part(page, "Values").rows() if len(row) > 1}
    assert values["IVSd"] == "1 of 2"
    assert values["TR Vmax"].startswith("3 of 4 SD ")
    left_out = {row[0]: (row[1], row[4]) for row in part(page, "Beats that do not count").rows()}
    assert left_out["IVSd"] == ("beat 1", "rejected: off axis")
    assert left_out["TR Vmax"] == ("beat 2", "left out: post-ectopic")


def test_grades_tell_their_rule_and_what_they_asked(study: ReportedStudy, page: Node) -> None:
    grades = part(page, "Grades").all("section")
    assert len(grades) == len(study.review.sheet().grades) > 3
    for shown, grade in zip(grades, study.review.sheet().grades, strict=True):
        assert grade.guideline in shown.text
        rule = f" (rule {grade.rule})" if grade.fired else ""
        assert f"{grade.words}{rule}" in shown.text.replace("  ", " ")
        assert all(criterion.words in shown.text for criterion in grade.criteria)
        assert all(name in shown.text for name in grade.missing)


def test_the_trail_tells_what_a_person_did_and_networks_in_one_line(page: Node) -> None:
    rows = part(page, "Audit trail").rows()
    done = {(row[3], row[4]): row for row in rows}
    moved = next(row for (what, _), row in done.items() if what == "move")
    assert re.search(r"[\d.]+ cm \u2192 [\d.]+ cm unreviewed \u2192 edited", moved[5])
    rejected = next(row for (what, _), row in done.items() if what == "reject")
    assert (rejected[2], rejected[5:]) == ("AB", ["unreviewed \u2192 rejected", "off axis"])
    (networks,) = [row for row in rows if row[3] == "predict" and "lvid" in row[4]]
    assert networks[4] == "300 calipers (ivs 60, lvid 60, lvpw 60, aortic_root 60, la 60)"


def test_it_says_where_it_is_from(study: ReportedStudy, page: Node) -> None:
    origin = part(page, "Where this is from").text
    for facts in study.review.images.values():
        assert facts.identity.sop_instance_uid in origin
    assert "ab" * 32 in origin
    assert "robust, torch, float32" in origin


def test_it_says_which_frames_of_a_cine_were_run(tmp_path: Path) -> None:
    """Seven of 81, counted from 1; the caliper by hand on the third frame was not run."""
    review = Review(plax(81), "AB")
    for frame in (0, 40, 41, 42, 44, 79, 80):
        review.add_prediction(predicted("lvid", frame, upright(beating(frame))))
    review.place("ivs", 2, [(40.0, 40.0), (40.0, 60.0)])
    rows = part(page_of(review, tmp_path), "Where this is from").rows()
    (found,) = [row for row in rows if len(row) == 4 and row[2].endswith("of 81")]
    assert list(found) == ["Image 1", "LVID", "7 of 81", "1, 41-43, 45, 80-81"]


def test_what_it_is_for_is_said_first_and_last_and_drafts_are_told(page: Node) -> None:
    (header,), (footer,) = page.all("header"), page.all("footer")
    assert RESEARCH_USE_ONLY in header.text
    assert RESEARCH_USE_ONLY in footer.text
    assert "Draft: no person stands behind" in header.text


def test_what_to_look_at_again_names_its_values_and_is_said_once(tmp_path: Path) -> None:
    """20 frames/s and beats of 0.8 s are 16 frames per beat, fewer than 20."""
    review = Review(plax(33, fps=20), "AB")
    review.add_predictions(
        predicted("lvid", frame, upright(beating(frame, fps=20))) for frame in range(33)
    )
    page = page_of(review, tmp_path)
    told = "16 frames per beat: end-systole may lie between two of them, EF and FS be too low"
    (line,) = part(page, "Look again").all("li")
    assert line.text.startswith("LVIDs, FS, ESV (Teichholz) : ")
    assert told in line.text
    rows = {row[0]: row for row in part(page, "Values").rows()}
    assert told not in rows["FS"][5]
    assert told in rows["EF (Teichholz)"][5]


def pictures(page: Node) -> list[np.ndarray]:
    found = []
    for picture in part(page, "Pictures").all("img"):
        kind, data = picture.attributes["src"].split(",")
        assert kind == "data:image/png;base64"
        found.append(np.asarray(Image.open(io.BytesIO(base64.b64decode(data)))))
    return found


def test_few_frames_show_every_value(study: ReportedStudy, page: Node) -> None:
    """One end-diastole, one end-systole, and the two strips."""
    titles = [figure.all("strong")[0].text for figure in page.all("figure")]
    assert len(titles) == len(pictures(page)) == 4
    assert [title.split(", ")[-1] for title in titles[:2]] == ["end-systole", "end-diastole"]
    assert titles[2:] == ["Image 2", "Image 3"]
    said = part(page, "Pictures").text
    for name in ("LVIDd", "LVIDs", "IVSd", "LVPWd", "LA ", "TR Vmax", "MV E", "MV A", "E/A"):
        assert name in said


def test_without_the_files_the_report_is_made_and_says_what_it_lacks(
    study: ReportedStudy, tmp_path: Path
) -> None:
    shutil.copy(study.saved, tmp_path / "review.json")
    files = read_study([tmp_path / "review.json"])
    page = parsed(report_page(files, shown_frames(files.review, beside([tmp_path])), MADE))
    shown = part(page, "Pictures")
    assert shown.all("img") == []
    assert shown.text.count("No picture. The file of the image was not at hand.") == 4
    assert "LVIDd" in part(page, "Values").text


def test_a_file_that_is_not_as_it_was_measured_gives_no_picture(tmp_path: Path) -> None:
    """Of the three frames that were measured the file has two."""
    echo = write_marked(tmp_path / "echo.dcm")
    review = Review(read(echo), "AB")
    review.place("lvid", 1, [(300, 100), (300, 200)])
    other = pydicom.dcmread(echo)
    other.NumberOfFrames, other.PixelData = 2, other.PixelData[: 2 * 768 * 1024 * 3]
    other.save_as(echo)
    (shown,) = shown_frames(review, beside((), [echo]))
    assert shown.reason == "The file of the image is not as it was when it was measured."
    assert not shown.data_url


HOSTILE = '<img src=x onerror=alert(1)></td><script>alert("1")</script>&lt;\u202e'


def test_text_in_a_review_never_becomes_markup(tmp_path: Path) -> None:
    """Names, notes and reasons may be written by anybody."""
    cine = plax()
    cine.identity = replace(cine.identity, manufacturer=HOSTILE, model=HOSTILE)
    review = Review(cine, f"AB{HOSTILE}")
    entry = review.place("lvid", 0, upright(45), phase=Phase.ED)
    review.note(entry.id, HOSTILE)
    other = review.place("ivs", 0, upright(9, 20), phase=Phase.ED)
    review.reject(other.id, HOSTILE)
    page = page_of(review, tmp_path)
    assert not page.all("script", "iframe", "object", "link", "a", "form")
    assert not page.all("img")
    told = '<img src=x onerror=alert(1)></td><script>alert("1")</script>&lt;\\u202e'
    assert f"AB{told}" in page.all("header")[0].text
    assert told in part(page, "Audit trail").text
    assert told in part(page, "Where this is from").text


def test_a_word_without_end_pushes_nothing_off_the_page(tmp_path: Path) -> None:
    """A line may end within it; the text, as a person reads or copies it, is the same."""
    address = "https://archive.example.org/?a&b=" + "c4" * 150
    review = Review(plax(), "AB" * 40)
    entry = review.place("lvid", 0, upright(45), phase=Phase.ED)
    review.note(entry.id, address)
    review.reject(entry.id, "Q" * 300)
    save(review, tmp_path / "review.json")
    files = read_study([tmp_path / "review.json"])
    html = report_page(files, shown_frames(files.review), MADE)
    words = re.sub("<(?!wbr)[^>]*>", " ", html.partition("<main>")[2]).replace("<wbr>", " ").split()
    free = [word for word in words if not re.fullmatch(r"[0-9a-f.]{41,64}", word)]
    assert max(map(len, free)) <= 45, "a piece of 20, of which a letter may be an entity"
    trail = part(parsed(html), "Audit trail").text
    assert address in trail
    assert "Q" * 300 in trail


def test_it_needs_nothing_else_and_no_script(page: Node) -> None:
    for node in page.all():
        assert not any(key.startswith("on") for key in node.attributes), node.name
        assert not node.attributes.keys() & {"href", "style"}
        assert node.attributes.get("src", "data:").startswith("data:")
    assert "url(" not in STYLE
    assert "@import" not in STYLE
    (policy,) = [m for m in page.all("meta") if "http-equiv" in m.attributes]
    assert policy.attributes["content"].startswith("default-src 'none'")


def test_those_who_do_not_see_it_can_read_it(page: Node) -> None:
    (html,) = page.all("html")
    assert html.attributes["lang"] == "en"
    levels = [int(node.name[1]) for node in page.all("h1", "h2", "h3", "h4")]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))
    assert all(th.attributes["scope"] in ("col", "row", "rowgroup") for th in page.all("th"))
    for image in page.all("img"):
        assert len(image.attributes["alt"]) > 20
    for table in page.all("table"):
        assert len({len(row) for row in table.rows() if len(row) > 1}) == 1


def contrast(colour: str) -> float:
    """Of a colour on white, as WCAG 2 defines it."""
    shares = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [s / 12.92 if s <= 0.04045 else ((s + 0.055) / 1.055) ** 2.4 for s in shares]
    return 1.05 / (0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05)


def test_every_colour_of_text_can_be_read_on_white() -> None:
    colours = re.findall(r"(?<![\w-])color: (#[0-9a-f]{6})", STYLE)
    assert len(colours) >= 2
    assert min(map(contrast, colours)) >= 7


def test_measurements_make_a_report_too_and_nobody_reviewed_them(tmp_path: Path) -> None:
    review = Review(spectral(RegionKind.CW), "EchoMeasure")
    peaks = [[(10.0, 44.0)], [(35.0, 46.0)], [(60.0, 44.0)]]
    review.add_prediction(predicted_beats("trvmax", peaks, confidences=(0.9, 0.1, 0.9)))
    (key,) = review.images
    write_json(tmp_path / "measurements.json", document(review, key))
    files = read_study([tmp_path / "measurements.json"])
    page = parsed(report_page(files, shown_frames(files.review), MADE))
    assert "Draft: no person has reviewed any of these values." in page.all("header")[0].text
    assert "Phantom networks" in page.all("header")[0].text
    row = next(r for r in part(page, "Beats that do not count").rows() if r[0] == "TR Vmax")
    said = "The network is not sure of the peak: its peak probability is 0.10, under 0.7."
    assert row[3:] == ["2.60 m/s", f"flagged low confidence. {said}"]
    assert not any(h.text == "Audit trail" for h in page.all("h2"))


def test_files_that_say_the_same_are_told_apart_by_number_not_by_name(tmp_path: Path) -> None:
    paths = []
    for number, length in enumerate((45, 46)):
        review = Review(plax(), "AB")
        review.place("lvid", 0, upright(length), phase=Phase.ED)
        paths.append(tmp_path / f"Gerda-{number}.json")
        save(review, paths[-1])
    files = read_study(paths)
    page = report_page(files, shown_frames(files.review), MADE)
    assert "is in file 1 and in file 2: file 2 counts." in parsed(page).text
    assert "Gerda" not in page


class TestPrivacy:
    @pytest.fixture
    def saved(self, tmp_path: Path) -> Path:
        cine = read(write_marked(tmp_path / "echo.dcm"))
        review = Review(cine, "AB")
        review.place("lvid", 1, [(300, 100), (300, 200)])
        review.place("mvpeak", 0, [(400, 482), (460, 500)])
        save(review, tmp_path / "review.json")
        return tmp_path / "review.json"

    def test_no_name_gets_into_the_page_nor_into_its_pictures(
        self, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        out = tmp_path / "report.html"
        assert main(["report", str(saved), "--out", str(out)]) == 0
        assert check_files([out]) == {".html"}
        printed = capsys.readouterr()
        check_bytes("what is printed", (printed.out + printed.err).encode())
        assert len(pictures(parsed(out.read_text(encoding="utf-8")))) == 2

    def test_with_identity_the_person_is_named_and_pictures_stay_as_they_are(
        self, saved: Path, tmp_path: Path
    ) -> None:
        out = tmp_path / "report.html"
        assert main(["report", str(saved), "--with-identity", "--out", str(out)]) == 0
        page = parsed(out.read_text(encoding="utf-8"))
        assert f"{MARK}, Gerda" in page.all("header")[0].text
        assert "1933-01-17" in page.all("header")[0].text
        assert all(painted(picture) == 0 for picture in pictures(page))

    def test_nobody_can_be_named_without_a_file(
        self, saved: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
    ) -> None:
        (tmp_path / "echo.dcm").unlink()
        out = tmp_path / "report.html"
        assert main(["report", str(saved), "--with-identity", "--out", str(out)]) == 2
        assert "nothing else says whose they are" in capsys.readouterr().err
        assert not out.exists()


@pytest.mark.slow
class TestPdf:
    """Chromium prints; `make validate` installs it or says that it is missing."""

    def test_the_page_is_printed_on_a4(self, tmp_path: Path) -> None:
        page = page_of_few(tmp_path)
        data = pdf_of(page)
        assert data.startswith(b"%PDF-")
        # A4 is 210 x 297 mm: 595.3 x 841.9 points.
        boxes = re.findall(rb"/MediaBox \[0 0 ([\d.]+) ([\d.]+)\]", data)
        assert {(round(float(w)), round(float(h))) for w, h in boxes} == {(595, 842)}
        if shutil.which("pdftotext"):
            (tmp_path / "report.pdf").write_bytes(data)
            words = ["pdftotext", "-layout", str(tmp_path / "report.pdf"), "-"]
            text = subprocess.run(words, capture_output=True, text=True, check=True).stdout
            assert "LVIDd" in text
            assert "Page 1 of" in text

    def test_the_pdf_is_an_object_of_the_study_of_its_images(self, tmp_path: Path) -> None:
        echo = write_marked(tmp_path / "echo.dcm")
        review = Review(read(echo), "AB")
        review.place("lvid", 1, [(300, 100), (300, 200)])
        save(review, tmp_path / "review.json")
        out = tmp_path / "report.dcm"
        assert main(["report", str(tmp_path / "review.json"), "--dicom-pdf", str(out)]) == 0
        found, image = pydicom.dcmread(out), pydicom.dcmread(echo)
        assert found.SOPClassUID == pydicom.uid.EncapsulatedPDFStorage
        for keyword in ("PatientName", "PatientID", "PatientBirthDate", "StudyInstanceUID"):
            assert found[keyword].value == image[keyword].value
        assert found.SeriesInstanceUID != image.SeriesInstanceUID
        assert found.SourceInstanceSequence[0].ReferencedSOPInstanceUID == image.SOPInstanceUID
        assert found.BurnedInAnnotation == "NO"
        pdf = found.EncapsulatedDocument[: found.EncapsulatedDocumentLength]
        assert pdf.startswith(b"%PDF-")
        assert pdf.rstrip().endswith(b"%%EOF")
        check_bytes("the pages", pdf)

    def test_a_picture_of_no_study_has_no_report_in_dicom(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ECHOMEASURE_BROWSER", sys.executable)
        Image.new("RGB", (64, 48)).save(tmp_path / "still.png")
        review = Review(read(tmp_path / "still.png"), "AB")
        review.place("lvid", 0, [(10, 10), (10, 30)])
        save(review, tmp_path / "review.json")
        words = ["report", str(tmp_path / "review.json"), "--dicom-pdf", str(tmp_path / "r.dcm")]
        assert main(words) == 2
        assert "would belong to no patient" in capsys.readouterr().err

    def test_without_a_browser_one_sentence_says_so_and_nothing_is_written(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
    ) -> None:
        monkeypatch.setenv("ECHOMEASURE_BROWSER", str(tmp_path / "none"))
        page_of_few(tmp_path)
        words = ["--out", str(tmp_path / "r.html"), "--pdf", str(tmp_path / "r.pdf")]
        assert main(["report", str(tmp_path / "review.json"), *words]) == 1
        assert "a PDF is printed by Chromium, Chrome or Edge" in capsys.readouterr().err
        assert {path.name for path in tmp_path.iterdir()} == {"review.json"}


def page_of_few(folder: Path) -> str:
    review = Review(plax(), "AB")
    review.place("lvid", 0, upright(45), phase=Phase.ED)
    save(review, folder / "review.json")
    files = read_study([folder / "review.json"])
    return report_page(files, shown_frames(files.review), MADE)


def test_of_the_vena_cava_breaths_are_counted(tmp_path: Path) -> None:
    review = Review(m_mode(), "AB")
    widest = [[(x, 20.0), (x, 40.0)] for x in (10.0, 40.0, 70.0)]
    review.add_prediction(predicted_beats("ivcmmax", widest))
    second = [entry.id for entry in review.entries.values()][1]
    review.leave_out(second, "cough")
    page = page_of(review, tmp_path)
    values = {row[0]: row for row in part(page, "Values").rows() if len(row) > 1}
    assert values["IVC (M-mode)"][4].startswith("2 of 3 breaths")
    row = part(page, "Beats that do not count").rows()[-1]
    assert (row[0], row[1], row[4]) == ("IVC (M-mode)", "breath 2", "left out: cough")
