"""A real PACS: Orthanc, over DICOMweb and DIMSE.

`make validate` installs it and runs these, where there is no network but the loopback.
"""

from __future__ import annotations

import io
import ssl
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pydicom
import pytest
import trustme
from orthanc import Orthanc
from report_study import ReportStudy, report_study
from tls_front import tls_front

from EchoMeasureLib.cli.main import main
from EchoMeasureLib.errors import ServerProblem
from EchoMeasureLib.pacs.configuration import PacsConfig, read_config
from EchoMeasureLib.pacs.fetching import fetch_study
from EchoMeasureLib.pacs.queries import Query
from EchoMeasureLib.pacs.receiving import Receiver
from EchoMeasureLib.pacs.sending import send
from EchoMeasureLib.pacs.server_opening import open_server
from EchoMeasureLib.phantoms.encoding import Form
from EchoMeasureLib.phantoms.generate import generate, write
from EchoMeasureLib.progress import Progress

pytestmark = pytest.mark.slow

BOTH = pytest.mark.parametrize("server", ["web", "dimse"])


@pytest.fixture(scope="module")
def orthanc(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Orthanc]:
    made = Orthanc(tmp_path_factory.mktemp("orthanc")).start()
    yield made
    made.stop()


@pytest.fixture(scope="module")
def study(orthanc: Orthanc, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A study with a JPEG cine and a strip, in the archive; its files by SOP Instance UID."""
    folder = tmp_path_factory.mktemp("phantoms")
    paths = [
        write(generate("plax", "480x640", 1, 24), folder, Form.JPEG)[0],
        write(generate("trvmax", "480x640", 1), folder, Form.RGB)[0],
    ]
    for path in paths:
        orthanc.put(path)
    return {str(pydicom.dcmread(p, stop_before_pixels=True).SOPInstanceUID): p for p in paths}


@pytest.fixture
def config(orthanc: Orthanc, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PacsConfig:
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "measure")
    path = orthanc.config(tmp_path / "servers.toml")
    monkeypatch.setenv("ECHOMEASURE_PACS", str(path))
    return read_config(path)


def uid_of(study: dict[str, Path]) -> str:
    return str(pydicom.dcmread(next(iter(study.values()))).StudyInstanceUID)


@pytest.mark.parametrize("server", ["web", "dimse", "move"])
def test_a_cine_comes_as_it_is_stored(
    config: PacsConfig, study: dict[str, Path], server: str, tmp_path: Path
) -> None:
    with open_server(config.server(server)) as asked:
        done = fetch_study(asked, uid_of(study), Receiver(tmp_path / "in", 1 << 30), "US")
    assert done.new == 2
    for uid, path in study.items():
        came, stored = pydicom.dcmread(done.folder / f"{uid}.dcm"), pydicom.dcmread(path)
        assert came == stored
        assert came.PixelData == stored.PixelData
        assert came.file_meta.TransferSyntaxUID == stored.file_meta.TransferSyntaxUID
        if server == "web":
            assert (done.folder / f"{uid}.dcm").read_bytes() == path.read_bytes()


@BOTH
@pytest.mark.parametrize(
    ("patient_id", "found"),
    [("PHANTOM-000001", 1), ("PHANTOM-*", 1), ("PHANTOM-00000?", 1), ("*X Y^Z*", 0)],
)
def test_wildcards_reach_it(
    config: PacsConfig, study: dict[str, Path], server: str, patient_id: str, found: int
) -> None:
    query = Query(patient_id=patient_id, study=uid_of(study))
    with open_server(config.server(server)) as asked:
        assert len(asked.studies(query)) == found


@pytest.fixture(scope="module")
def reviewed(tmp_path_factory: pytest.TempPathFactory) -> ReportStudy:
    return report_study(tmp_path_factory.mktemp("reviewed"))


@BOTH
@pytest.mark.parametrize("template", ["5300", "1500"])
def test_reports_are_stored_and_come_back_as_they_were_written(
    config: PacsConfig,
    orthanc: Orthanc,
    reviewed: ReportStudy,
    server: str,
    template: str,
    tmp_path: Path,
) -> None:
    report = tmp_path / f"{template}.dcm"
    words = ["export", "sr", str(reviewed.document), "--template", template]
    assert main([*words, "--include-unreviewed", "--out", str(report)]) == 0
    with open_server(config.server(server)) as asked:
        (answer,) = send(asked, [report])
        assert (answer.stored, answer.words) == (True, "")
        written = pydicom.dcmread(report)
        receiver = Receiver(tmp_path / "back", 1 << 30)
        done = fetch_study(asked, str(written.StudyInstanceUID), receiver, "SR")
    came = pydicom.dcmread(done.folder / f"{written.SOPInstanceUID}.dcm")
    assert came == written
    assert main(["sr", str(done.folder / f"{written.SOPInstanceUID}.dcm")]) == 0
    assert pydicom.dcmread(io.BytesIO(orthanc.file(str(written.SOPInstanceUID)))) == written


def test_a_study_is_fetched_measured_and_its_report_and_pictures_sent_and_fetched_again(
    config: PacsConfig, study: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    uid = uid_of(study)
    assert main(["pacs", "fetch", "web", "--study", uid, "--out", "in"]) == 0
    names = sorted(str(path) for path in Path("in", uid).iterdir())
    words = ["review", "init", *names, "--out", "review.json", "-m", "auto", "--reviewer", "AB"]
    assert main([*words, "--frames", "0", "--no-neighbours"]) == 0
    words = ["export", "sr", "review.json", "--template", "5300", "--include-unreviewed"]
    assert main([*words, "--out", "report.dcm", "--file", *names]) == 0
    words = ["export", "pictures", "review.json", "--format", "dcm"]
    assert main([*words, "--out", "pictures", "--file", *names]) == 0
    captures = sorted(Path("pictures").rglob("*.dcm"))
    assert captures
    assert main(["pacs", "send", "web", "report.dcm", *map(str, captures)]) == 0
    words = ["pacs", "fetch", "dimse", "--study", uid, "--modality", "any", "--out", "back"]
    assert main(words) == 0
    for path in (Path("report.dcm"), *captures):
        sent = pydicom.dcmread(path)
        assert sent.StudyInstanceUID == uid
        assert pydicom.dcmread(f"back/{uid}/{sent.SOPInstanceUID}.dcm") == sent, path


def test_who_is_refused_hears_why(
    config: PacsConfig, study: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    dimse = config.server("dimse")
    for change, said in (
        ({"called_aet": "OTHER"}, "is not called OTHER"),
        ({"calling_aet": "NOBODY"}, "does not know NOBODY|refuses the association|without a word"),
    ):
        server = open_server(replace(dimse, **change))
        with pytest.raises(ServerProblem, match=said):
            server.studies(Query())
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "wrong")
    with (
        open_server(config.server("web")) as server,
        pytest.raises(ServerProblem, match="refuses the login"),
    ):
        server.studies(Query())


@pytest.fixture(scope="module")
def encrypted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Orthanc, Path, int]]:
    """An Orthanc with one strip whose DIMSE has TLS, and before whose HTTP a proxy has it.

    With the folder of the certificates and the proxy's port.
    """
    folder = tmp_path_factory.mktemp("encrypted")
    authority = trustme.CA()
    made = authority.issue_cert("127.0.0.1")
    authority.cert_pem.write_to_path(folder / "ca.pem")
    made.private_key_pem.write_to_path(folder / "key.pem")
    made.cert_chain_pems[0].write_to_path(folder / "server.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(folder / "server.pem", folder / "key.pem")
    orthanc = Orthanc(folder / "orthanc", folder).start()
    try:
        orthanc.put(write(generate("trvmax", "480x640", 1), folder, Form.RGB)[0])
        with tls_front(context, orthanc.web_port) as port:
            yield orthanc, folder, port
    finally:
        orthanc.stop()


@BOTH
def test_over_tls_it_is_asked_by_who_trusts_it_and_by_nobody_else(
    encrypted: tuple[Orthanc, Path, int],
    reviewed: ReportStudy,
    server: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Found, fetched, sent and fetched back."""
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "measure")
    orthanc, folder, port = encrypted
    settings = read_config(orthanc.config(tmp_path / "servers.toml")).server(server)
    if server == "web":
        url = f"https://127.0.0.1:{port}/dicom-web"
        settings = replace(settings, url=url, port=port, tls=True, ca_file=folder / "ca.pem")
    assert settings.tls
    report = tmp_path / "report.dcm"
    words = ["export", "sr", str(reviewed.document), "--template", "5300"]
    assert main([*words, "--include-unreviewed", "--out", str(report)]) == 0
    with open_server(settings) as asked:
        (study,) = asked.studies(Query(modality="US"))
        receiver = Receiver(tmp_path / "in", 1 << 30)
        assert fetch_study(asked, study.uid, receiver, "US").new == 1
        (answer,) = send(asked, [report])
        assert answer.stored
        written = pydicom.dcmread(report)
        done = fetch_study(asked, str(written.StudyInstanceUID), receiver, "SR")
    assert pydicom.dcmread(done.folder / f"{written.SOPInstanceUID}.dcm") == written
    with (
        open_server(replace(settings, ca_file=None)) as stranger,
        pytest.raises(ServerProblem, match="is not trusted"),
    ):
        stranger.studies(Query())


@BOTH
def test_a_server_that_is_killed_in_the_middle_and_started_again_loses_and_doubles_nothing(
    server: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ECHOMEASURE_PACS_WEB_PASSWORD", "measure")
    orthanc = Orthanc(tmp_path / "orthanc").start()
    try:
        folder = tmp_path / "phantoms"
        folder.mkdir()
        stored = {}
        for seed in range(1, 7):
            path, _ = write(generate("trvmax", "480x640", 1), folder, Form.RGB)
            header = pydicom.dcmread(path)
            header.SOPInstanceUID = header.file_meta.MediaStorageSOPInstanceUID = f"1.2.3.{seed}"
            header.save_as(path)
            orthanc.put(path)
            stored[f"1.2.3.{seed}"] = pydicom.dcmread(path)
        settings = read_config(orthanc.config(tmp_path / "servers.toml")).server(server)
        receiver = Receiver(tmp_path / "in", 1 << 30)
        uid = str(header.StudyInstanceUID)

        def kill_at_the_third(progress: Progress) -> None:
            if progress.done == 2:
                orthanc.kill()

        with open_server(settings) as asked, pytest.raises(ServerProblem):
            fetch_study(asked, uid, receiver, "US", kill_at_the_third)
        orthanc.start()
        with open_server(settings) as asked:
            done = fetch_study(asked, uid, receiver, "US")
        assert (done.new, done.present) == (4, 2)
        files = {path.stem: pydicom.dcmread(path) for path in done.folder.iterdir()}
        assert files == stored
    finally:
        orthanc.stop()
