"""The files by which Slicer builds, installs and lists the extension agree with each other."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from list_scripts import cmake_set, installed_by, listing, tracked
from PIL import Image

from EchoMeasureLib.panel.state_icons import COLOURS
from EchoMeasureLib.review.answers import State

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def catalog_entry() -> dict[str, object]:
    return json.loads((ROOT / "EchoMeasure.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def s4ext() -> dict[str, str]:
    lines = (ROOT / "EchoMeasure.s4ext").read_text(encoding="utf-8").splitlines()
    pairs = (line.split(" ", 1) for line in lines if line.strip() and not line.startswith("#"))
    return dict(pairs)


def test_every_file_of_the_library_is_installed() -> None:
    listed = ROOT / "EchoMeasureLib" / "CMakeLists.txt"
    named = installed_by(listed)
    there = tracked("EchoMeasureLib")
    hint = "run: python Testing/support/list_scripts.py"
    assert sorted(set(there) - set(named)) == [], f"not installed by Slicer; {hint}"
    assert sorted(set(named) - set(there)) == [], f"listed but not there; {hint}"
    assert listed.read_text(encoding="utf-8") == listing(there), hint


def test_every_file_of_the_module_is_installed() -> None:
    listed = ROOT / "EchoMeasure" / "CMakeLists.txt"
    named = installed_by(listed)
    expanded = [name.replace("${MODULE_NAME}", "EchoMeasure") for name in named]
    assert sorted(expanded) == tracked("EchoMeasure")


def test_the_top_level_adds_both_folders() -> None:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    assert re.findall(r"add_subdirectory\((\w+)\)", text) == ["EchoMeasure", "EchoMeasureLib"]


@pytest.mark.parametrize(
    ("key", "variable"),
    [
        ("homepage", "EXTENSION_HOMEPAGE"),
        ("category", "EXTENSION_CATEGORY"),
        ("contributors", "EXTENSION_CONTRIBUTORS"),
        ("description", "EXTENSION_DESCRIPTION"),
        ("iconurl", "EXTENSION_ICONURL"),
        ("screenshoturls", "EXTENSION_SCREENSHOTURLS"),
        ("depends", "EXTENSION_DEPENDS"),
    ],
)
def test_s4ext_says_what_cmake_says(s4ext: dict[str, str], key: str, variable: str) -> None:
    assert [s4ext[key]] == cmake_set(ROOT / "CMakeLists.txt", variable)


@pytest.mark.parametrize(
    ("key", "of_s4ext"),
    [
        ("category", "category"),
        ("scm_url", "scmurl"),
        ("scm_type", "scm"),
        ("scm_revision", "scmrevision"),
        ("build_subdirectory", "build_subdirectory"),
    ],
)
def test_the_catalog_entry_says_what_s4ext_says(
    catalog_entry: dict[str, object], s4ext: dict[str, str], key: str, of_s4ext: str
) -> None:
    assert catalog_entry[key] == s4ext[of_s4ext]


def test_the_catalog_entry_depends_on_pytorch_as_cmake_does(
    catalog_entry: dict[str, object],
) -> None:
    depends = cmake_set(ROOT / "CMakeLists.txt", "EXTENSION_DEPENDS")
    assert catalog_entry["build_dependencies"] == depends == ["PyTorch"]


def test_the_catalog_entry_keeps_to_schema_1_0_2(catalog_entry: dict[str, object]) -> None:
    """Keys and types of slicer-extension-catalog-entry-schema-v1.0.2.json in Slicer's sources."""
    allowed = {
        "$schema": str,
        "category": str,
        "scm_url": str,
        "scm_revision": str,
        "scm_type": str,
        "build_dependencies": list,
        "dicom_support_rule": str,
        "build_subdirectory": str,
        "enabled": bool,
        "tier": int,
    }
    assert {"$schema", "category", "scm_url"} <= set(catalog_entry) <= set(allowed)
    for key, value in catalog_entry.items():
        assert isinstance(value, allowed[key]), key
    schema = str(catalog_entry["$schema"])
    assert schema.endswith("/slicer-extension-catalog-entry-schema-v1.0.2.json#")
    assert catalog_entry["scm_type"] in ("git", "local")
    assert catalog_entry["tier"] in range(1, 6)


def test_the_extension_is_called_as_its_files_are(s4ext: dict[str, str]) -> None:
    project = re.search(r"project\((\w+)\)", (ROOT / "CMakeLists.txt").read_text(encoding="utf-8"))
    assert project is not None
    assert project.group(1) == "EchoMeasure"
    assert s4ext["scmurl"].endswith("/SlicerEchoMeasure.git")


# What the Extensions Index checks when an extension is proposed: its scripts
# check_description_files.py and check_repository_structure.py, as of 2026.

KNOWN_CATEGORIES = {"Cardiac", "Ultrasound", "Quantification", "Informatics"}
"""Those of the Index's list that would fit."""


def test_the_index_knows_the_category(catalog_entry: dict[str, object]) -> None:
    assert catalog_entry["category"] in KNOWN_CATEGORIES


def test_the_repository_is_called_as_the_index_asks(catalog_entry: dict[str, object]) -> None:
    url = urlsplit(str(catalog_entry["scm_url"]))
    assert (url.scheme, url.netloc) == ("https", "github.com")
    assert Path(url.path).stem == "SlicerEchoMeasure"


def test_no_file_names_the_repository_otherwise() -> None:
    done = subprocess.run(
        ["git", "grep", "-nIE", r"github(usercontent)?\.com/EchoMeasure/EchoMeasure"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert [line for line in done.stdout.splitlines() if __name__.split(".")[-1] not in line] == []


def test_the_top_level_project_is_the_extension() -> None:
    text = (ROOT / "CMakeLists.txt").read_text(encoding="utf-8")
    (name,) = re.findall(r"^project\((\w+)\)", text, re.MULTILINE)
    assert name == Path("EchoMeasure.json").stem
    (minimum,) = re.findall(r"cmake_minimum_required\(VERSION ([\d.]+)\)", text)
    assert minimum == "3.28"  # the template of Slicer 5.12


@pytest.mark.parametrize("key", ["homepage", "iconurl", "screenshoturls"])
def test_addresses_begin_with_https(s4ext: dict[str, str], key: str) -> None:
    for address in s4ext[key].split():
        assert address.startswith("https://")


@pytest.mark.parametrize("key", ["iconurl", "screenshoturls"])
def test_pictures_that_the_catalog_shows_are_in_the_repository(
    s4ext: dict[str, str], key: str
) -> None:
    for address in s4ext[key].split():
        _, _, path = address.partition("/SlicerEchoMeasure/main/")
        assert path in tracked("."), address


def test_the_description_says_what_must_be_known_before_installing(s4ext: dict[str, str]) -> None:
    for words in ("Research use only", "MIT licence", "carry no licence", "iCardio.ai", "K241430"):
        assert words in s4ext["description"]


def test_the_readme_says_what_the_index_asks_for() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    for words in (
        "iCardio.ai EchoMeasure, FDA K241430",
        "nothing to do with",
        "patent",
        "https://doi.org/10.1016/j.jacc.2025.07.053",
        "![Step 3]",
    ):
        assert words in text, words
    modules = re.search(r"### Modules\n\n((?:\* .*\n)+)", text)
    assert modules is not None
    named = re.findall(r"^\* \*\*(\w+)\*\*", modules.group(1), re.MULTILINE)
    assert named == ["EchoMeasure"]


def test_the_panel_names_colours_in_one_place_only() -> None:
    """Elsewhere palette roles, so that the light and the dark theme are both readable."""
    named = subprocess.run(
        ["git", "grep", "-lE", "#[0-9a-fA-F]{6}|QColor|rgb[(]", "--", "EchoMeasureLib/panel/*.py"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert named.stdout.split() == ["EchoMeasureLib/panel/state_icons.py"]


@pytest.mark.parametrize("state", list(State))
def test_the_colour_of_a_state_is_seen_in_both_themes(state: State) -> None:
    """A contrast of 3 : 1, as WCAG 2.1 wants it of graphics."""
    for colour, ground in zip(COLOURS[state], ("#ffffff", "#2d2d2d"), strict=True):
        light, dark = sorted((luminance(colour), luminance(ground)), reverse=True)
        assert (light + 0.05) / (dark + 0.05) >= 3


def luminance(colour: str) -> float:
    """Relative luminance of "#rrggbb" (WCAG 2.1)."""
    shares = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (x / 12.92 if x <= 0.04045 else ((x + 0.055) / 1.055) ** 2.4 for x in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_the_icon_has_the_size_that_the_extensions_manager_wants() -> None:
    icon = Image.open(ROOT / "EchoMeasure" / "Resources" / "Icons" / "EchoMeasure.png")
    assert icon.size == (128, 128)
    assert icon.mode == "RGBA"
    assert icon.getpixel((0, 0))[3] == 0  # round corners are transparent


def test_the_license_lies_where_the_index_looks_for_it() -> None:
    assert "MIT" in (ROOT / "LICENSE.txt").read_text(encoding="utf-8")


def test_slicer_finds_no_package_where_it_expects_modules() -> None:
    assert not (ROOT / "EchoMeasure" / "__init__.py").exists()
    assert not (ROOT / "Testing" / "__init__.py").exists()
