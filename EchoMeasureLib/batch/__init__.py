"""Folders, studies and cohorts measured unattended: every file ends once."""
