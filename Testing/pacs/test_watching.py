"""A service that measures new studies: nothing lost, nothing twice, nobody named."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pydicom
import pytest
from archived_studies import ID, OTHER, STUDY, Files, web_settings
from dicomweb_service import DicomWebService
from watched_archive import DAY, Watched, nothing_to_measure, watched

from EchoMeasureLib.errors import WeightsProblem
from EchoMeasureLib.exporting.measurements_reading import NOBODY
from EchoMeasureLib.pacs.filling_reviews import review_path
from EchoMeasureLib.review.document import read_document, resume_closed
from EchoMeasureLib.review.on_disk import changed

MINUTE, COMPLETE = 60.0, 301.0


@pytest.fixture
def archive(web: DicomWebService, files: Files) -> DicomWebService:
    """The study of three images, without a report and without the other one."""
    for uid in (f"{STUDY}.94", files.other):
        del web.archive.files[uid]
    return web


@pytest.fixture
def one(archive: DicomWebService, tmp_path: Path) -> Watched:
    return watched(tmp_path / "watched", web_settings(archive))


def rounds(service, watched: Watched, *seconds: float) -> None:
    """A round, and one more after each of these pauses."""
    service.round()
    for pause in seconds:
        watched.clock.now += pause
        service.round()


def review_of(watched: Watched) -> Path:
    return review_path(watched.folder / "studies" / STUDY, STUDY)


def test_a_study_without_a_uid_is_said_once_and_keeps_no_other_from_it(
    one: Watched, archive: DicomWebService
) -> None:
    archive.more_studies = [{"0020000D": {"vr": "UI"}}]
    rounds(one.start(), one, MINUTE)
    assert one.stages() == {STUDY: "waiting"}
    assert one.events() == ["found", "left_out"]


def test_a_study_is_measured_once_its_objects_have_been_the_same_for_some_time(
    one: Watched, archive: DicomWebService, files: Files
) -> None:
    late = archive.archive.files.pop(files.uids[2])
    service = one.start()
    rounds(service, one, MINUTE, MINUTE)
    assert one.stages() == {STUDY: "waiting"}
    archive.archive.files[files.uids[2]] = late
    rounds(service, one, COMPLETE - MINUTE)
    assert (one.stages(), one.measurer.measured) == ({STUDY: "waiting"}, [])
    rounds(service, one, COMPLETE)
    assert one.stages() == {STUDY: "done"}
    assert sorted(one.measurer.measured) == sorted(files.uids)
    assert archive.fetched == sorted(files.uids)
    document = read_document(review_of(one))
    assert set(document.images) == set(files.uids)
    assert set(document.layers) == {NOBODY}
    review = resume_closed(document, NOBODY)
    assert [entry.status.value for entry in review.entries.values()] == ["unreviewed"] * 3


def test_nothing_is_sent_unless_it_is_told_to(one: Watched, archive: DicomWebService) -> None:
    rounds(one.start(), one, MINUTE, COMPLETE, MINUTE)
    assert one.stages() == {STUDY: "done"}
    assert len(archive.archive.files) == 3


def test_what_was_done_is_not_done_again_by_the_next_process(
    one: Watched, archive: DicomWebService
) -> None:
    rounds(one.start(), one, MINUTE, COMPLETE)
    before = review_of(one).read_bytes()
    rounds(one.start(), one, MINUTE, 86400.0)
    assert len(archive.fetched) == len(one.measurer.measured) == 3
    assert review_of(one).read_bytes() == before


@pytest.mark.parametrize("number", [0, 1, 2])
def test_ended_while_it_measures_it_goes_on_with_the_rest(
    one: Watched, archive: DicomWebService, files: Files, number: int
) -> None:
    one.measurer.failing[files.uids[number]] = KeyboardInterrupt()
    service = one.start()
    rounds(service, one, MINUTE)
    one.clock.now += COMPLETE
    with pytest.raises(KeyboardInterrupt):
        service.round()
    assert one.measurer.measured == list(files.uids[:number])
    one.measurer.failing.clear()
    rounds(one.start(), one)
    assert one.measurer.measured == list(files.uids)
    assert len(archive.fetched) == 3
    assert one.stages() == {STUDY: "done"}
    review = resume_closed(read_document(review_of(one)), NOBODY)
    assert len(review.entries) == 3


def test_a_server_that_breaks_off_is_gone_on_with(
    one: Watched, archive: DicomWebService, files: Files
) -> None:
    archive.fault, archive.faults_left = "cut length", 2
    service = one.start()
    rounds(service, one, MINUTE)
    one.clock.now += COMPLETE
    assert not service.round(), "which --once says by its exit code"
    assert one.stages() == {STUDY: "waiting"}
    assert "broke off" in one.watcher.states.get(STUDY).problem
    rounds(service, one, MINUTE, 2 * MINUTE)
    assert one.stages() == {STUDY: "done"}
    assert one.events().count("not_fetched") == 2
    assert {uid: archive.fetched.count(uid) for uid in files.uids} == {
        files.uids[0]: 3,
        files.uids[1]: 1,
        files.uids[2]: 1,
    }


def test_a_server_that_is_away_is_asked_less_often_and_then_again(
    one: Watched, archive: DicomWebService
) -> None:
    archive.fault = "elsewhere"
    service = one.start()
    pauses = []
    for _ in range(6):
        assert not service.round()
        pauses.append(service.pause_s())
    assert pauses == [120.0, 240.0, 480.0, 900.0, 900.0, 900.0]
    record = one.health.record()
    assert (record["status"], record["server"]["reachable"]) == ("trouble", False)
    archive.fault = ""
    assert service.round()
    assert service.pause_s() == 60.0
    record = one.health.record()
    assert (record["status"], record["server"]["reachable"]) == ("ok", True)
    assert record["studies"]["waiting"] == 1
    assert one.events() == ["server_away"] * 6 + ["found", "well_again"]


def test_a_study_that_comes_with_a_report_is_left_alone_unless_told_otherwise(
    web: DicomWebService, tmp_path: Path
) -> None:
    plain = watched(tmp_path / "plain", web_settings(web))
    rounds(plain.start(), plain, MINUTE, COMPLETE)
    assert plain.stages() == {STUDY: "reported", OTHER: "done"}
    told = watched(tmp_path / "told", web_settings(web), with_reports=True)
    rounds(told.start(), told, MINUTE, COMPLETE)
    assert told.stages() == {STUDY: "done", OTHER: "done"}


def test_a_report_that_comes_last_counts_too(
    one: Watched, archive: DicomWebService, files: Files
) -> None:
    service = one.start()
    rounds(service, one, MINUTE)
    archive.archive.put_file(files.report)
    rounds(service, one, COMPLETE)
    assert one.stages() == {STUDY: "reported"}


def test_old_studies_are_not_looked_for(one: Watched) -> None:
    one.clock.now = DAY + 3 * 86400
    rounds(one.start(), one)
    assert one.stages() == {}


def test_objects_that_come_later_are_added_and_a_persons_work_stays(
    one: Watched, archive: DicomWebService, files: Files
) -> None:
    late = archive.archive.files.pop(files.uids[1])
    service = one.start()
    rounds(service, one, MINUTE, COMPLETE)
    first = next(iter(resume_closed(read_document(review_of(one)), NOBODY).entries))
    changed(review_of(one), "Anna Berg", lambda review: review.accept(first))
    archive.archive.files[files.uids[1]] = late
    rounds(service, one, MINUTE, COMPLETE, MINUTE)
    assert one.stages() == {STUDY: "done"}
    document = read_document(review_of(one))
    assert set(document.layers) == {NOBODY, "Anna Berg"}
    assert set(document.images) == set(files.uids)
    theirs = resume_closed(document, "Anna Berg")
    assert theirs.entry(first).status.value == "accepted"
    assert sorted(one.measurer.measured) == sorted(files.uids)


def test_what_can_not_be_measured_is_said_and_keeps_nothing_else_from_it(
    one: Watched, files: Files
) -> None:
    one.measurer.failing = {
        files.uids[0]: nothing_to_measure(),
        files.uids[1]: ValueError("Phantom^Paula"),
    }
    rounds(one.start(), one, MINUTE, COMPLETE)
    assert one.stages() == {STUDY: "done"}
    endings = one.watcher.states.get(STUDY).endings
    assert endings[files.uids[0]] == "Nothing that can be measured is shown."
    assert endings[files.uids[1]].startswith("A fault of the program: ValueError at ")
    assert endings[files.uids[2]] == "done"


def test_a_study_with_nothing_to_measure_is_refused(one: Watched, files: Files) -> None:
    one.measurer.failing = dict.fromkeys(files.uids, nothing_to_measure())
    rounds(one.start(), one, MINUTE, COMPLETE)
    assert one.stages() == {STUDY: "refused"}
    assert not review_of(one).exists()


def test_without_weights_it_waits_for_them(one: Watched, files: Files) -> None:
    one.measurer.failing = dict.fromkeys(files.uids, WeightsProblem("There are no weights."))
    service = one.start()
    rounds(service, one, MINUTE, COMPLETE)
    assert one.stages() == {STUDY: "fetched"}
    assert one.health.record()["problem"] == "There are no weights."
    one.measurer.failing.clear()
    rounds(service, one)
    assert one.stages() == {STUDY: "done"}


class TestSending:
    @pytest.fixture
    def sending(self, archive: DicomWebService, tmp_path: Path) -> Watched:
        more = {"send_to": "web", "send": ("5300", "1500"), "with_reports": True}
        return watched(tmp_path / "watched", web_settings(archive), **more)

    def reports(self, archive: DicomWebService) -> list[pydicom.Dataset]:
        found = (pydicom.dcmread(io.BytesIO(data)) for data in archive.archive.files.values())
        return [dataset for dataset in found if dataset.Modality == "SR"]

    def test_reports_say_that_nobody_has_reviewed_them(
        self, sending: Watched, archive: DicomWebService
    ) -> None:
        rounds(sending.start(), sending, MINUTE, COMPLETE)
        assert sending.stages() == {STUDY: "done"}
        reports = self.reports(archive)
        assert sorted(r.ContentTemplateSequence[0].TemplateIdentifier for r in reports) == [
            "1500",
            "5300",
        ]
        for report in reports:
            assert (report.CompletionFlag, report.VerificationFlag) == ("PARTIAL", "UNVERIFIED")
            assert "not reviewed" in str(report)
            assert report.StudyInstanceUID == STUDY

    def test_they_are_sent_once_also_when_the_study_looks_larger_for_them(
        self, sending: Watched, archive: DicomWebService
    ) -> None:
        rounds(sending.start(), sending, MINUTE, COMPLETE, MINUTE, COMPLETE, MINUTE)
        rounds(sending.start(), sending, MINUTE, COMPLETE)
        assert sending.stages() == {STUDY: "done"}
        assert len(self.reports(archive)) == 2
        assert sending.events().count("sent") == 1

    def test_what_is_refused_is_sent_again_later_and_is_the_same(
        self, sending: Watched, archive: DicomWebService
    ) -> None:
        archive.failure = 0xA700
        service = sending.start()
        rounds(service, sending, MINUTE, COMPLETE)
        assert sending.stages() == {STUDY: "measured"}
        folder = review_of(sending).parent
        written = {path.name: path.read_bytes() for path in folder.glob("*report*")}
        archive.failure = None
        rounds(sending.start(), sending, 2 * MINUTE)
        assert sending.stages() == {STUDY: "done"}
        uids = {pydicom.dcmread(folder / name).SOPInstanceUID for name in written}
        assert {report.SOPInstanceUID for report in self.reports(archive)} == uids
        assert {path.name: path.read_bytes() for path in folder.glob("*report*")} == written

    def test_a_new_one_names_the_one_before(
        self, sending: Watched, archive: DicomWebService, files: Files
    ) -> None:
        late = archive.archive.files.pop(files.uids[1])
        service = sending.start()
        rounds(service, sending, MINUTE, COMPLETE)
        archive.archive.files[files.uids[1]] = late
        rounds(service, sending, MINUTE, COMPLETE, MINUTE, COMPLETE)
        echo = [r for r in self.reports(archive) if r.SOPClassUID.endswith("88.72")]
        first, second = sorted(echo, key=lambda r: "PredecessorDocumentsSequence" in r)
        (study,) = second.PredecessorDocumentsSequence
        named = study.ReferencedSeriesSequence[0].ReferencedSOPSequence[0]
        assert named.ReferencedSOPInstanceUID == first.SOPInstanceUID

    def test_what_a_person_works_on_is_left_to_that_person(
        self, sending: Watched, archive: DicomWebService
    ) -> None:
        archive.failure = 0xA700
        service = sending.start()
        rounds(service, sending, MINUTE, COMPLETE)
        first = next(iter(resume_closed(read_document(review_of(sending)), NOBODY).entries))
        changed(review_of(sending), "Anna Berg", lambda review: review.accept(first))
        archive.failure = None
        rounds(service, sending, 2 * MINUTE)
        assert self.reports(archive) == []
        assert sending.stages() == {STUDY: "done"}


class TestDisk:
    def test_images_of_the_oldest_study_that_is_done_make_room_and_its_review_stays(
        self, web: DicomWebService, files: Files, tmp_path: Path
    ) -> None:
        more = {"with_reports": True, "most_bytes": 30_000}
        one = watched(tmp_path / "watched", web_settings(web), **more)
        other = web.archive.files.pop(files.other)
        service = one.start()
        rounds(service, one, MINUTE, COMPLETE)
        assert one.stages() == {STUDY: "done"}
        web.archive.files[files.other] = other
        rounds(service, one, MINUTE, COMPLETE, COMPLETE)
        assert one.stages() == {STUDY: "done", OTHER: "done"}
        assert "images_removed" in one.events()
        assert [path.name for path in review_of(one).parent.iterdir()] == [review_of(one).name]

    def test_a_study_that_is_larger_than_all_that_is_kept_is_refused(self, one: Watched) -> None:
        service = one.start(most_bytes=20_000)
        rounds(service, one, MINUTE, COMPLETE)
        assert one.stages() == {STUDY: "refused"}
        assert [*one.folder.glob("studies/*/*.dcm")] == []
        assert one.health.record()["status"] == "ok"

    def test_a_full_disk_is_trouble_and_no_loss(self, one: Watched) -> None:
        service = one.start(least_free=1 << 60)
        rounds(service, one, MINUTE, COMPLETE)
        assert one.stages() == {STUDY: "waiting"}
        assert "no room" in one.health.record()["problem"]
        rounds(one.start(), one)
        assert one.stages() == {STUDY: "done"}


def test_no_line_and_no_answer_names_anybody_or_any_study(
    one: Watched, archive: DicomWebService, files: Files
) -> None:
    archive.fault, archive.faults_left = "another object", 1
    one.measurer.failing[files.uids[0]] = ValueError("Phantom^Paula")
    rounds(one.start(), one, MINUTE, COMPLETE, MINUTE)
    said = "\n".join([*one.lines, json.dumps(one.health.record())])
    assert "measured" in one.events()
    for word in ("Paula", ID, STUDY, *files.uids):
        assert word not in said
    assert len({json.loads(line)["study"] for line in one.lines if "study" in line}) >= 1


def test_a_state_that_is_damaged_is_named(one: Watched) -> None:
    rounds(one.start(), one)
    (path,) = (one.folder / "state").glob("*.json")
    path.write_text(path.read_text(encoding="utf-8")[:50], encoding="utf-8")
    with pytest.raises(Exception, match="state"):
        one.start()
