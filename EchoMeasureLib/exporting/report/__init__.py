"""A report that people read: one page of a study, as HTML and PDF."""
