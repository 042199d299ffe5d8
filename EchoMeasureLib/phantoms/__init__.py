"""Synthetic studies with known truth, written as real DICOM."""
