"""Which files a cohort has, grouped by study, each image once: on disk, so memory stays small.

It holds paths, which may name persons: a temporary file without a name that goes with the run.
"""

from __future__ import annotations

import os
import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import groupby
from pathlib import Path
from types import TracebackType

from EchoMeasureLib.batch.chunks import FileTask, StudyTask
from EchoMeasureLib.batch.cohort_files import Looked
from EchoMeasureLib.batch.file_endings import Ending
from EchoMeasureLib.errors import OutputProblem
from EchoMeasureLib.exporting.measurement_records import Record
from EchoMeasureLib.exporting.pseudonyms import Key

TWIN = "It is the same image as another file of the cohort, which has the result."
OTHER_TWIN = (
    "It says that it is the same image as another file of the cohort, which has the result, but "
    "the two differ in size: one of them is cut short, or has another image's UID."
)
CHANGED_TWIN = (
    "It says that it is the same image as another file of the cohort, which has the result, but "
    "the two differ: one of them was changed, or has another image's UID."
)

_TABLES = """
CREATE TABLE files (
  place INTEGER PRIMARY KEY, id TEXT UNIQUE, path BLOB, size INTEGER, image TEXT, study TEXT,
  patient TEXT, refusal TEXT DEFAULT '', again TEXT DEFAULT ''
);
CREATE TABLE finished (id TEXT PRIMARY KEY, ending TEXT, image TEXT, bytes INTEGER);
CREATE TABLE measured (image TEXT PRIMARY KEY);
CREATE TABLE begun (study TEXT PRIMARY KEY);
"""

_CHANGED = """
UPDATE files SET again = size || ' ' || image WHERE id IN (
  SELECT id FROM files JOIN finished USING (id) WHERE finished.ending <> 'done'
  AND (files.size <> finished.bytes OR files.image <> finished.image)
);
DELETE FROM finished WHERE id IN (SELECT id FROM files WHERE again <> '');
"""
"""What was not measured and is not as it was then, such as a file that was still being copied."""

_RANKED = """
CREATE TEMP TABLE ranked AS
SELECT id, image, size, path, row_number() OVER (
  PARTITION BY image ORDER BY id IN (SELECT id FROM finished) DESC, size DESC, place
) AS rank FROM files
WHERE image <> '' AND id NOT IN (SELECT id FROM finished WHERE ending = 'failed');
CREATE INDEX ranked_id ON ranked (id);
CREATE TEMP TABLE first AS SELECT image, size, path FROM ranked WHERE rank = 1;
CREATE INDEX first_image ON first (image);
"""


def id_of_another(key: Key, id: str, image: str) -> str:
    """What results call a file in which another image lies than they have under the name `id`.

    Folders of two days may have the same name and the same names in them.
    """
    return key.pseudonym("file", f"{id} {image}")


@contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise OutputProblem(
            f"The list of the files could not be kept among this machine's temporary files "
            f"({error}).",
            "Make room there, or set TMPDIR to a folder that has some.",
        ) from error


class CohortIndex:
    """Filled with what is found, then asked for what is left to do. For one thread."""

    def __init__(self, key: Key) -> None:
        """Raises `OutputProblem` where nothing can be kept."""
        self._key = key
        # SQLite's own temporary file, which has no name: it goes with the process, however.
        self._db = sqlite3.connect("", isolation_level=None)
        with _kept():
            self._db.executescript("PRAGMA journal_mode=OFF; PRAGMA synchronous=OFF;" + _TABLES)

    def __enter__(self) -> CohortIndex:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._db.close()

    def add(self, found: Iterable[Looked]) -> None:
        """Take in files. Raises `OutputProblem` where they cannot be kept, as what follows."""
        with _kept():
            self._db.execute("BEGIN")
            self._db.executemany(
                "INSERT OR IGNORE INTO files (id, path, size, image, study, patient) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                map(self._row, found),
            )
            self._db.execute("COMMIT")

    def _row(self, looked: Looked) -> tuple[str, bytes, int, str, str, str]:
        file = looked.file
        id = self._key.pseudonym("file", file.name)
        image = self._key.pseudonym("image", looked.image) if looked.image else ""
        study = self._key.pseudonym("study", looked.study or looked.image or f"file {file.name}")
        patient = self._key.pseudonym("patient", looked.patient) if looked.patient else ""
        return id, os.fsencode(file.path), file.size, image, study, patient

    def finish(self, rows: Iterable[Record]) -> None:
        """Rows of files that have ended in an earlier run."""
        with _kept():
            self._db.execute("BEGIN")
            for row in rows:
                ended = (row["file"], row["ending"], row["image"] or "", row["bytes"])
                self._db.execute("INSERT OR IGNORE INTO finished VALUES (?, ?, ?, ?)", ended)
                if row["ending"] == Ending.DONE.value:
                    self._db.execute("INSERT OR IGNORE INTO measured VALUES (?)", (row["image"],))
                    self._db.execute("INSERT OR IGNORE INTO begun VALUES (?)", (row["study"],))
            self._db.execute("COMMIT")

    def settle(self) -> None:
        """Decide, once all are in, what is left, and which of several with one image is measured.

        The largest, as a copy may be cut short; none where the image has its result already.
        """
        with _kept():
            self._tell_apart()
            self._db.executescript(_CHANGED)
            self._settle_twins()

    def _tell_apart(self) -> None:
        """Files that are others than those that were measured under their names."""
        others = self._db.execute(
            "SELECT id, files.image FROM files JOIN finished USING (id) WHERE ending = 'done' "
            "AND files.image <> '' AND files.image <> finished.image"
        ).fetchall()
        self._db.executemany(
            "UPDATE OR IGNORE files SET id = ? WHERE id = ?",
            ((id_of_another(self._key, id, image), id) for id, image in others),
        )

    def _settle_twins(self) -> None:
        self._db.executescript("DROP TABLE IF EXISTS ranked; DROP TABLE IF EXISTS first;" + _RANKED)
        self._db.execute(
            "UPDATE files SET refusal = CASE WHEN size = (SELECT size FROM first "
            "WHERE first.image = files.image) THEN ? ELSE ? END WHERE id IN "
            "(SELECT id FROM ranked WHERE rank > 1 OR image IN (SELECT image FROM measured)) "
            "AND id NOT IN (SELECT id FROM finished)",
            (TWIN, OTHER_TWIN),
        )
        self._db.execute("CREATE INDEX IF NOT EXISTS files_study ON files (study)")

    @property
    def before(self) -> Counter[str]:
        """How the files have ended that ended in an earlier run and are as they were."""
        with _kept():
            rows = self._db.execute("SELECT ending, count(*) FROM finished GROUP BY ending")
            return Counter(dict(rows))

    @property
    def count(self) -> int:
        """Number of files, with those of an earlier run that are no longer there."""
        return self.before.total() + self.left

    @property
    def left(self) -> int:
        """Number of those that have not ended yet."""
        query = "SELECT count(*) FROM files WHERE id NOT IN (SELECT id FROM finished)"
        with _kept():
            return int(self._db.execute(query).fetchone()[0])

    def studies(self) -> Iterator[StudyTask]:
        """What is left to do, study by study, in the order in which the files were met."""
        with _kept():
            rows = self._db.execute(
                "SELECT files.study, files.study IN (SELECT study FROM begun), id, files.path, "
                "files.image, refusal, again, patient, first.path FROM files JOIN "
                "(SELECT study, min(place) AS begin FROM files GROUP BY study) USING (study) "
                "LEFT JOIN first ON first.image = files.image AND refusal <> '' "
                "WHERE id NOT IN (SELECT id FROM finished) ORDER BY begin, place"
            )
            for (study, begun), group in groupby(rows, key=lambda row: (str(row[0]), bool(row[1]))):
                yield StudyTask(study, tuple(_task(*row[2:]) for row in group), begun)

    def path_of(self, image: str) -> Path | None:
        """The file of an image by its pseudonym; None where it is not among the files."""
        with _kept():
            row = self._db.execute(
                "SELECT path FROM files WHERE image = ? ORDER BY refusal <> '', size DESC LIMIT 1",
                (image,),
            ).fetchone()
        return None if row is None else Path(os.fsdecode(row[0]))


def _task(
    id: str,
    path: bytes,
    image: str,
    refusal: str,
    again: str,
    patient: str,
    twin: bytes | None,
) -> FileTask:
    other = os.fsdecode(twin or b"")
    return FileTask(id, os.fsdecode(path), image, refusal, other, again, patient)
