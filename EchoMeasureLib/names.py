"""Names of the files that this program writes: one place for all of them."""

from __future__ import annotations

import hashlib
import re

LONGEST = 100
"""Characters of a text that is taken as it is; with what stands around it a name stays
under the 255 that file systems allow."""

_PLAIN = re.compile(rf"[a-z0-9]([a-z0-9._-]{{0,{LONGEST - 2}}}[a-z0-9])?")

_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?")
"""Names that Windows keeps for itself, whatever their ending."""


def file_name(text: str, start: str = "", end: str = "") -> str:
    """A name for a file about `text`: the text itself where it is plain, else a hash of it.

    Plain are lower-case ASCII letters and digits, with dots, dashes and underscores inside,
    so a UID and the id of a caliper stay readable. Anything else may be a path, a device, a
    person's name, or the same as another name on a disk that ignores case; it comes from files
    that anybody may have written. Different texts get different names.
    """
    if _PLAIN.fullmatch(text) and (start or not _DEVICES.fullmatch(text)):
        return f"{start}{text}{end}"
    digest = hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
    # An underscore begins no plain text, so no text can pass for another one's hash.
    return f"{start}_{digest[:24]}{end}"
