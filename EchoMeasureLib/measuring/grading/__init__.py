"""Grades by published tables: outcome, rule that fired, what was missing, what would change it."""
