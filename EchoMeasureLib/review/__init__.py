"""Every caliper of a study, its status and its history. Knows nothing of Slicer."""
