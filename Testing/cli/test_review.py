"""`echomeasure review`: a document made, read and decided from a script, as the panel would."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from command_line import COMMAND, surroundings
from review_studies import MODEL, beating, plax, predicted, predicted_beats, spectral, upright
from small_networks import write_small_networks
from ultrasound_files import region, write_ultrasound
from ultrasound_files import spectral as strip_region
from waiting import DEADLINE_S

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.definitions import Phase
from EchoMeasureLib.imaging.reading import read
from EchoMeasureLib.imaging.regions import RegionKind
from EchoMeasureLib.inference.prediction import Provenance
from EchoMeasureLib.measuring.subject import Subject
from EchoMeasureLib.review.document import load, read_document, save
from EchoMeasureLib.review.entries import Action, Status
from EchoMeasureLib.review.images import image_key
from EchoMeasureLib.review.layers import Layer
from EchoMeasureLib.review.session import Review
from EchoMeasureLib.review.together import TOGETHER

AB = ("--reviewer", "AB")
PUBLISHED = replace(MODEL, set="echonet")
"""Networks about which there is no warning; those of the fixtures are the phantom ones."""
STUDY = "1.2.840.99.7"


@pytest.fixture
def saved(tmp_path: Path) -> Path:
    """LVID on three frames of one image, the last one doubtful, and E/A on another."""
    review = Review(plax(), "EchoMeasure")
    for frame in range(3):
        confidence = 0.9 if frame < 2 else 0.05
        review.add_prediction(predicted("lvid", frame, upright(40 + frame), confidence))
    inflow = review.add_cine(spectral())
    review.add_prediction(predicted("mvpeak", 0, [(10, 12), (20, 14)]), inflow)
    save(review, tmp_path / "review.json")
    return tmp_path / "review.json"


@pytest.fixture
def heart(tmp_path: Path) -> Path:
    """50 frames a second, LVID largest at frames 0, 40 and 80; and E/A on another image."""
    review = Review(plax(81), "EchoMeasure")
    for frame in range(81):
        sure = 0.05 if frame == 20 else 0.9
        said = predicted("lvid", frame, upright(beating(frame), 60), sure)
        review.add_prediction(replace(said, model=PUBLISHED))
    inflow = review.add_cine(spectral())
    review.add_prediction(predicted("mvpeak", 0, [(10, 12), (20, 14)]), inflow)
    save(review, tmp_path / "heart.json")
    return tmp_path / "heart.json"


def layer(path: Path, reviewer: str = "AB") -> Layer:
    return read_document(path).layers[reviewer]


def statuses(path: Path, reviewer: str = "AB") -> dict[str, str]:
    return {entry.id: entry.status.value for entry in layer(path, reviewer).entries}


def review(*words: object, code: int = 0) -> None:
    assert main(["review", *map(str, words)]) == code


def shown(capsys: pytest.CaptureFixture[str], *words: object) -> dict:
    capsys.readouterr()
    review("show", *words, "--json")
    return json.loads(capsys.readouterr().out)


class TestDeciding:
    def test_every_decision_is_signed_and_no_other_layer_changes(self, saved: Path, capsys) -> None:
        before = layer(saved, "EchoMeasure")
        review("accept", saved, "lvid-f0", "lvid-f1", *AB)
        assert "AB begins a review" in capsys.readouterr().err
        review("reject", saved, "lvid-f2", "--reason", "off axis", *AB)
        assert statuses(saved) == {
            "lvid-f0": "accepted",
            "lvid-f1": "accepted",
            "lvid-f2": "rejected",
            "mvpeak-i2-f0": "unreviewed",
        }
        now = {entry.id: entry for entry in layer(saved).entries}
        assert {now[id].reviewer for id in ("lvid-f0", "lvid-f1", "lvid-f2")} == {"AB"}
        assert now["lvid-f2"].reason == "off axis"
        assert layer(saved, "EchoMeasure") == before
        assert [e.who for e in layer(saved).audit if e.action is Action.REJECT] == ["AB"]

    def test_the_calipers_may_be_named_after_the_reviewer(self, saved: Path) -> None:
        review("accept", saved, *AB, "lvid-f0", "lvid-f1")
        assert list(statuses(saved).values()).count("accepted") == 2

    def test_all_unflagged_are_those_that_count_in_one_image(self, heart: Path, capsys) -> None:
        """Of 81 frames five are ED or ES: nobody has looked at the others, and nothing needs them.

        Frame 20 is doubtful, so frame 19 stands for the first end-systole.
        """
        review("accept", heart, "--all-unflagged", *AB, code=2)
        assert "2 image(s)" in capsys.readouterr().err
        review("accept", heart, "--all-unflagged", "--image", 1, *AB)
        accepted = [id for id, status in statuses(heart).items() if status == "accepted"]
        assert accepted == [f"lvid-f{frame}" for frame in (0, 19, 40, 60, 80)]
        capsys.readouterr()
        review("accept", heart, "--all-unflagged", "--image", 1, *AB)
        assert "nothing is accepted" in capsys.readouterr().err

    @pytest.mark.parametrize(
        ("rows", "model", "why"),
        [
            (24, PUBLISHED, ""),
            (31, PUBLISHED, "above normal (normal up to 2.8)"),
            (28, PUBLISHED, "near a limit of normal"),
            (24, MODEL, "phantom networks"),
        ],
        ids=["2.4 m/s", "3.1 m/s", "2.8 m/s", "phantom"],
    )
    def test_what_the_panel_leaves_out_a_script_leaves_out_too(
        self, tmp_path: Path, capsys, rows: int, model: Provenance, why: str
    ) -> None:
        """A jet of so many rows of 10 cm/s below the baseline at row 20; 2.8 m/s is the limit."""
        jet = Review(spectral(RegionKind.CW), "AB")
        said = predicted_beats("trvmax", [[(10, 20 + rows)]])
        jet.add_prediction(replace(said, model=model))
        save(jet, path := tmp_path / "review.json")
        review("accept", path, "--all-unflagged", *AB)
        told = capsys.readouterr().err
        assert [*statuses(path).values()] == ["unreviewed" if why else "accepted"]
        assert (f"Left out: TR Vmax: {why}" in told) == bool(why)
        assert {e.detail for e in layer(path).audit if e.action is Action.ACCEPT} <= {TOGETHER}

    def test_what_was_decided_can_be_taken_back(self, saved: Path) -> None:
        review("accept", saved, "lvid-f0", "lvid-f1", *AB)
        review("reopen", saved, "lvid-f0", *AB)
        review("delete", saved, "lvid-f1", "--reason", "twice", *AB)
        assert statuses(saved)["lvid-f0"] == "unreviewed"
        assert "lvid-f1" not in statuses(saved)
        trail = [event.action for event in layer(saved).audit if event.who == "AB"]
        assert trail == [Action.ACCEPT, Action.ACCEPT, Action.REOPEN, Action.DELETE]

    def test_notes_and_phases(self, saved: Path, capsys) -> None:
        review("note", saved, "lvid-f0", "clear borders", *AB)
        review("choose", saved, "lvid-f0", "ed", *AB)
        (entry, *_) = layer(saved).entries
        assert (entry.notes, entry.phase, entry.status) == (
            "clear borders",
            Phase.ED,
            Status.UNREVIEWED,
        )
        first = shown(capsys, saved)["results"][0]
        assert (first["label"], first["code"], first["note"]) == (
            "LVIDd",
            "80007-8",
            "clear borders",
        )
        review("choose", saved, "lvid-f0", "none", *AB)
        assert shown(capsys, saved)["results"][0]["label"] == "LVID"

    @pytest.mark.parametrize(
        ("words", "told"),
        [
            (("accept", "lvid-f9"), "no caliper called 'lvid-f9'"),
            (("accept", "lvid-f0", "lvid-f9"), "no caliper called 'lvid-f9'"),
            (("accept",), "--all-unflagged"),
            (("accept", "lvid-f0", "--all-unflagged"), "not both"),
            (("accept", "--all-unflagged", "--image", "3"), "no image 3"),
            (("choose", "mvpeak-i2-f0", "ed"), "diastole only"),
        ],
    )
    def test_what_cannot_be_is_said_and_nothing_is_written(
        self, saved: Path, capsys, words: tuple[str, ...], told: str
    ) -> None:
        before = saved.read_bytes()
        review(words[0], saved, *words[1:], *AB, code=2)
        assert told in capsys.readouterr().err
        assert saved.read_bytes() == before

    def test_beats_are_left_out_and_count_again(self, tmp_path: Path, capsys) -> None:
        """Jets of 300 and 250 cm/s: their mean is 275."""
        jets = Review(spectral(RegionKind.CW), "AB")
        jets.add_prediction(predicted_beats("trvmax", [[(10, 50)], [(40, 45)]]))
        save(jets, path := tmp_path / "review.json")

        def mean() -> float:
            return next(v["mean"] for v in shown(capsys, path)["summary"] if v["id"] == "trvmax")

        assert mean() == pytest.approx(-275)
        review("leave-out", path, "trvmax-f0-b2", "--reason", "ectopic", *AB)
        assert mean() == pytest.approx(-300)
        assert shown(capsys, path)["results"][1]["left_out"] == "ectopic"
        review("count", path, "trvmax-f0-b2", *AB)
        assert mean() == pytest.approx(-275)

    def test_a_frame_is_marked_once_however_often_it_is_said(self, heart: Path, capsys) -> None:
        """The first end-systole is found at frame 19, beside the doubtful frame 20."""
        one = ("--image", 1, *AB)
        for _ in range(2):
            review("mark", heart, 22, "es", *one)
            first = shown(capsys, heart)["heart"][0]["beats"][0]
            assert (first["ed"], first["es"]) == (0, 22)
        labels = {r["entry"]: r["label"] for r in shown(capsys, heart)["results"]}
        assert (labels["lvid-f19"], labels["lvid-f22"]) == ("LVID", "LVIDs")
        for _ in range(2):
            review("mark", heart, 22, "none", *one)
            assert shown(capsys, heart)["heart"][0]["beats"][0]["es"] == 19
        review("mark", heart, 81, "es", *one, code=2)
        assert "81" in capsys.readouterr().err

    def test_the_person_can_be_described(self, saved: Path, capsys) -> None:
        review("describe", saved, "--sex", "F", "--age", 62, "--lavi", 31, *AB)
        assert "F, 62 years" in capsys.readouterr().out
        found = shown(capsys, saved)
        assert (found["subject"]["sex"], found["examination"]["lavi"]) == ("F", 31)
        review("describe", saved, "--lavi", 0, *AB, code=2)
        assert "Give it in mL/m2" in capsys.readouterr().err

    def test_what_is_not_known_after_all_is_taken_away(self, saved: Path, capsys) -> None:
        """A weight of the wrong person, and what else can be given."""
        review("describe", saved, "--sex", "F", "--weight", 700.5, *AB, code=2)
        review("describe", saved, "--sex", "F", "--weight", 70, "--disease", "--no-tr", *AB)
        review("describe", saved, "--rhythm", "af", "--rap", 8, "--group", "mitral_stenosis", *AB)
        before = shown(capsys, saved)
        nothing = ("--weight", "none", "--rhythm", "none", "--rap", "none", "--group", "none")
        review("describe", saved, *nothing, "--no-disease", "--tr", "--sex", "none", *AB)
        after = shown(capsys, saved)
        assert (before["subject"]["weight_kg"], before["subject"]["sex"]) == (70, "F")
        assert (after["subject"]["weight_kg"], after["subject"]["sex"]) == (None, "")
        given = ("rhythm", "rap", "group", "disease", "no_jet")
        assert [before["examination"][name] for name in given] == [
            *("af", 8, "mitral_stenosis", True, True)
        ]
        assert [after["examination"][name] for name in given] == [None, None, "", False, False]
        trail = [e.detail for e in layer(saved).audit if e.action is Action.DESCRIBE]
        assert trail[-1] == "describe: F, 70 kg, BSA after DuBois -> BSA after DuBois"

    def test_a_number_taken_away_comes_back_with_undo(self) -> None:
        """As the panel has it: in one session, by the same operation."""
        session = Review(plax(), "AB")
        session.describe(Subject(weight_kg=70))
        session.describe(Subject())
        session.undo()
        assert session.subject.weight_kg == 70

    def test_a_decision_needs_a_name(self, saved: Path) -> None:
        with pytest.raises(SystemExit) as end:
            main(["review", "accept", str(saved), "lvid-f0"])
        assert end.value.code == 2
        review("accept", saved, "lvid-f0", "--reviewer", " ", code=2)

    def test_deciding_the_same_again_writes_nothing(self, saved: Path) -> None:
        review("accept", saved, "lvid-f0", *AB)
        before = saved.read_bytes()
        review("accept", saved, "lvid-f0", *AB)
        assert saved.read_bytes() == before

    def test_the_panel_goes_on_where_the_script_ended(self, saved: Path) -> None:
        review("accept", saved, "lvid-f0", *AB)
        session = load(saved, plax(), "AB")
        session.accept("lvid-f1")
        save(session, saved)
        review("reject", saved, "lvid-f2", *AB)
        assert [*statuses(saved).values()][:3] == ["accepted", "accepted", "rejected"]

    def test_programs_that_decide_at_once_lose_nothing(self, saved: Path) -> None:
        """Two reviewers, two programs each, started together."""
        running = [
            subprocess.Popen(
                [*COMMAND, "review", "accept", str(saved), id, "--reviewer", who],
                env=surroundings(),
                stdout=subprocess.DEVNULL,
                stderr=subprocess.PIPE,
            )
            for who in ("AB", "CD")
            for id in ("lvid-f0", "lvid-f1")
        ]
        for process in running:
            _, err = process.communicate(timeout=DEADLINE_S)
            assert process.returncode == 0, err
        for who in ("AB", "CD"):
            assert [*statuses(saved, who).values()][:2] == ["accepted", "accepted"]


@pytest.fixture(scope="session")
def weights(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("weights")
    return write_small_networks(folder, ["lvid"], ["mvpeak"])


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A cine of two frames with 0.02 cm a pixel, and a strip of the same study."""
    folder = tmp_path_factory.mktemp("study")
    noise = np.random.default_rng(3).integers(0, 90, (2, 240, 320, 3), dtype=np.uint8)
    tags = {"StudyInstanceUID": STUDY, "FrameTime": 33.0}
    cine = write_ultrasound(
        folder / "plax.dcm", noise, [region((10, 10, 309, 229), (0.02, 0.02))], tags
    )
    strip = np.random.default_rng(4).integers(0, 90, (768, 1024, 3), dtype=np.uint8)
    inflow = write_ultrasound(
        folder / "inflow.dcm",
        strip,
        [strip_region((0, 342, 1023, 767), reference_y=300, data=3)],
        {"StudyInstanceUID": STUDY},
    )
    return cine, inflow


class TestMaking:
    def test_an_empty_review_takes_calipers_by_hand(self, files, tmp_path: Path, capsys) -> None:
        """0.02 cm a pixel: 100 pixels are 2 cm, and 110 are 2.2 cm."""
        cine, _ = files
        document = tmp_path / "review.json"
        review("init", cine, "--out", document, *AB)
        review(
            "place", document, "lvid", "--points", "50,50", "50,150", "--frame", 1, "--phase", "ed",
            "--file", cine, *AB,
        )  # fmt: skip
        (first,) = shown(capsys, document)["results"]
        assert (first["entry"], first["status"], first["label"]) == ("lvid-f1", "edited", "LVIDd")
        assert first["value"] == pytest.approx(2.0)
        review("move", document, "lvid-f1", "--points", "50,50", "50,160", "--file", cine, *AB)
        found = shown(capsys, document)
        assert found["results"][0]["value"] == pytest.approx(2.2)
        lvidd = next(row for row in found["summary"] if row["id"] == "lvidd")
        assert lvidd["mean"] == pytest.approx(2.2)

    def test_numbers_need_the_file_beside_the_document_or_named(
        self, files, tmp_path: Path, capsys
    ) -> None:
        cine, _ = files
        document = tmp_path / "review.json"
        review("init", cine, "--out", document, *AB)
        words = ("place", document, "lvid", "--points", "50,50", "50,150", *AB)
        review(*words, code=2)
        told = capsys.readouterr().err
        assert image_key(read(cine)) in told
        assert "--file" in told
        (tmp_path / "beside.dcm").write_bytes(cine.read_bytes())
        review(*words)

    def test_networks_fill_a_review_that_nobody_has_decided_on(
        self, files, weights: Path, tmp_path: Path, capsys
    ) -> None:
        document = tmp_path / "review.json"
        words = ("-m", "lvid", "-m", "mvpeak", "--weights", weights)
        review("init", *files, "--out", document, *words)
        found = shown(capsys, document)
        assert found["reviewer"] == "EchoMeasure"
        assert [image["number"] for image in found["images"]] == [1, 2]
        assert {record["status"] for record in found["results"]} == {"unreviewed"}
        placed = [(r["caliper"], r["image"], r["frame"]) for r in found["results"]]
        assert {("lvid", 1, 0), ("lvid", 1, 1), ("mvpeak", 2, 0)} == set(placed)
        assert all(
            e.who.startswith("network") or e.action is Action.ADD_IMAGE
            for e in layer(document, "EchoMeasure").audit
        )

    def test_images_can_be_added_later(self, files, weights: Path, tmp_path: Path) -> None:
        cine, inflow = files
        document = tmp_path / "review.json"
        review("init", cine, "--out", document, "-m", "lvid", "--weights", weights, *AB)
        review("accept", document, "lvid-f0", *AB)
        review("add", document, inflow, "-m", "mvpeak", "--weights", weights, *AB)
        now = statuses(document)
        assert now["lvid-f0"] == "accepted"
        assert any(id.startswith("mvpeak-i2-f0") for id in now)

    def test_auto_takes_what_an_image_allows_and_weights_are_there_for(
        self, files, weights: Path, tmp_path: Path, capsys
    ) -> None:
        document = tmp_path / "review.json"
        review("init", *files, "--out", document, "-m", "auto", "--weights", weights)
        found = {(r["image"], r["caliper"]) for r in shown(capsys, document)["results"]}
        assert found == {(1, "lvid"), (2, "mvpeak")}

    def test_what_can_be_measured_nowhere_is_said(
        self, files, weights: Path, tmp_path: Path, capsys
    ) -> None:
        cine, _ = files
        words = ("-m", "lvid", "-m", "tapse", "--weights", weights)
        review("init", cine, "--out", tmp_path / "r.json", *words, code=5)
        assert "tapse can be measured in none of the files" in capsys.readouterr().err
        assert (tmp_path / "r.json").exists()

    def test_a_folder_that_cannot_be_written_to_is_said_before_any_network_runs(
        self, files, tmp_path: Path, capsys
    ) -> None:
        """There are no weights here, so nothing can have run."""
        (tmp_path / "file").write_text("no folder")
        words = ("-m", "lvid", "--weights", tmp_path, "--out", tmp_path / "file" / "r.json")
        review("init", files[0], *words, code=1)
        assert "cannot be written to" in capsys.readouterr().err

    def test_nothing_is_overwritten(self, saved: Path, files, capsys) -> None:
        before = saved.read_bytes()
        review("init", files[0], "--out", saved, code=2)
        assert "is there already" in capsys.readouterr().err
        assert saved.read_bytes() == before

    def test_two_studies_are_no_review(
        self, files, real_file: Callable[[str], Path], tmp_path: Path, capsys
    ) -> None:
        other = real_file("color3d_jpeg_baseline.dcm")
        review("init", files[0], other, "--out", tmp_path / "r.json", code=2)
        assert "belongs to study" in capsys.readouterr().err
        assert not (tmp_path / "r.json").exists()


@pytest.mark.parametrize("content", [None, "{", '{"schema": "other"}'])
def test_what_is_no_review_is_a_file_that_cannot_be_read(tmp_path: Path, content) -> None:
    path = tmp_path / "review.json"
    if content is not None:
        path.write_text(content)
    review("show", path, code=3)
    review("accept", path, "lvid-f0", *AB, code=3)


def test_what_a_flag_means_is_said_below_the_calipers(tmp_path: Path, capsys) -> None:
    """Aortic flow leaves the probe: it cannot lie above the baseline, at 80 cm/s."""
    jet = Review(spectral(RegionKind.CW), "EchoMeasure")
    jet.add_prediction(predicted("avvmax", 0, [(10, 12)]))
    save(jet, tmp_path / "review.json")
    review("show", tmp_path / "review.json")
    lines = capsys.readouterr().out.splitlines()
    assert "flagged wrong side of the baseline" in lines[-2]
    assert lines[-1].startswith("  By the file this wave goes towards the probe, and this flow")


def test_people_see_values_images_and_who_decided(saved: Path, capsys) -> None:
    review("accept", saved, "lvid-f0", *AB)
    capsys.readouterr()
    review("show", saved)
    text = capsys.readouterr().out
    assert "review of AB, 4 calipers, 1 of them reviewed" in text
    assert "image 2: 1.2.840.99.1.2, 1 frame of 80 x 60 pixels" in text
    line = next(line for line in text.splitlines() if "lvid-f0" in line)
    assert "LVID 4.00 cm" in line
    assert "accepted by AB" in line
    assert "flagged low confidence" in next(li for li in text.splitlines() if "lvid-f2" in li)
    review("show", saved, "--reviewer", "XY", code=2)
