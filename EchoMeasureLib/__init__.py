"""EchoMeasure: measurements on echocardiograms. Research use only, not a medical device.

Importing this package loads neither torch nor Slicer.
"""

__version__ = "0.1.0"

RESEARCH_USE_ONLY = "Research use only. Not a medical device; not for diagnosis or treatment."
"""Said by every skin and every report."""
