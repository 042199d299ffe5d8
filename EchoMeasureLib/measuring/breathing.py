"""What breathing does to the inferior vena cava, and how the person was asked to breathe."""

from __future__ import annotations

from EchoMeasureLib.choices import Choice


class Manoeuvre(Choice):
    """How the person breathed while the inferior vena cava was seen.

    The limits of its collapse differ (ASE/EACVI 2015, ASE 2025): 50 % for a sniff, 20 % for
    quiet breathing. Where nobody said which it was there is none; it is asked, never assumed.
    """

    SNIFF = "sniff"
    QUIET = "quiet"
