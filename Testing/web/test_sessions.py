"""Whole sessions of one person: over TLS, from a server, until the last page is closed."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme
from archived_studies import STUDY, fill, write_files
from dicomweb_service import DicomWebService
from playwright.sync_api import Browser, BrowserContext, expect
from served_review import ServedReview
from waiting import DEADLINE_S

pytestmark = pytest.mark.slow

PASSWORD = "correct horse"


@pytest.fixture
def elsewhere() -> str:
    """An address of this machine by which others reach it."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.connect(("192.0.2.1", 9))  # for documentation: nothing is sent
        except OSError:
            pytest.skip("this machine has no network")
        return str(one.getsockname()[0])


@pytest.fixture
def trusting(browser: Browser) -> Iterator[BrowserContext]:
    """A browser whose person has agreed to a certificate that nobody vouches for."""
    context = browser.new_context(ignore_https_errors=True)
    context.set_default_timeout(1000 * DEADLINE_S)
    yield context
    context.close()


def ended(review: ServedReview) -> tuple[int, str]:
    """Wait for its own end; exit code and what it said."""
    _, said = review.process.communicate(timeout=DEADLINE_S)
    return review.process.returncode, said


def test_others_get_in_over_tls_with_the_password_and_the_last_page_ends_it(
    elsewhere: str, trusting: BrowserContext, plax: Path, tmp_path: Path
) -> None:
    issued = trustme.CA().issue_cert(elsewhere)
    issued.cert_chain_pems[0].write_to_path(tmp_path / "ours.pem")
    issued.private_key_pem.write_to_path(tmp_path / "key.pem")
    (tmp_path / "password").write_text(f"{PASSWORD}\n")
    words = ["--listen", elsewhere, "--certificate", "ours.pem", "--key", "key.pem"]
    words += ["--password-file", "password", "--end-after", "0.2"]
    files = [str(tmp_path / word) if (tmp_path / word).is_file() else word for word in words]
    review = ServedReview(tmp_path / "data", str(plax), *files)
    assert review.address.startswith(f"https://{elsewhere}:")
    assert "token" not in review.address
    with pytest.raises(OSError, match="refused"):
        socket.create_connection(("127.0.0.1", review.port)).close()
    page = trusting.new_page()
    page.goto(review.address)
    page.get_by_label("Password").fill("guess")
    page.get_by_role("button").click()
    expect(page.locator("body")).to_contain_text("That is not the password")
    page.goto(review.address)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button").click()
    expect(page.locator("#frame-words")).to_contain_text("frame 1 of 6")
    (cookie,) = trusting.cookies()
    assert (cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (True, True, "Strict")
    page.close()
    assert ended(review) == (0, "The review is saved.\n")


def test_kept_it_goes_on_without_a_page(
    trusting: BrowserContext, plax: Path, tmp_path: Path
) -> None:
    review = ServedReview(tmp_path / "data", str(plax), "--keep")
    for _ in range(2):
        page = trusting.new_page()
        page.goto(review.address)
        expect(page.locator("#frame-words")).to_contain_text("frame 1 of 6")
        page.close()
        review.next_address()
    assert review.process.poll() is None
    assert review.stop() == (0, "The review is saved.\n")


def test_a_study_on_a_server_is_shown_and_its_files_are_gone_at_the_end(
    trusting: BrowserContext, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with DicomWebService().running() as service:
        fill(service.archive, write_files(tmp_path / "archived"))
        service.login = ("echo", "measure")
        config = tmp_path / "servers.toml"
        config.write_text(
            f'[servers.here]\nprotocol = "dicomweb"\nurl = "{service.url}"\nuser = "echo"\n'
        )
        monkeypatch.setenv("ECHOMEASURE_PACS_HERE_PASSWORD", "measure")
        words = (f"{service.url}/studies/{STUDY}", "--config", str(config), "--end-after", "0.2")
        review = ServedReview(tmp_path / "data", *words)
        (kept,) = (tmp_path / "data" / "fetched").iterdir()
        assert kept.stat().st_mode & 0o077 == 0 or os.name == "nt"
        page = trusting.new_page()
        page.goto(review.address)
        expect(page.locator("#frame-words")).to_contain_text("frame")
        expect(page.locator("#images li")).to_have_count(3)
        page.close()
        assert ended(review) == (0, "The review is saved.\n")
        assert list((tmp_path / "data" / "fetched").iterdir()) == []
