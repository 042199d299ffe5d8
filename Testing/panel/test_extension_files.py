"""The files by which Slicer builds, installs and lists the extension agree with each other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from list_scripts import cmake_set, installed_by, listing, tracked
from PIL import Image

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
