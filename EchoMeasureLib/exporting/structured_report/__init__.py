"""Structured reports in DICOM: written for other programs, and read from them."""
