"""From landmarks to values with units."""
