"""Questions in SQL to the results of a cohort, by DuckDB over its parts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from EchoMeasureLib.batch.cohort_rows import TABLES, columns_of
from EchoMeasureLib.batch.cohort_tables import FOLDER as TABLES_FOLDER
from EchoMeasureLib.batch.merged_parts import asked_files
from EchoMeasureLib.batch.parts import ENDINGS, parts
from EchoMeasureLib.batch.run_folder import read_run
from EchoMeasureLib.errors import InvalidArgument, InvalidDocument, needed_for


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows that a question gives."""

    columns: tuple[str, ...]
    rows: Iterator[Sequence[Any]]
    """Read as they are asked for, once."""


def query(out: Path, sql: str) -> Answer:
    """The answer to a question about the tables of `cohort_rows.TABLES`.

    Also while a run goes on, of the parts that are there; nothing but this cohort can be read, and
    nothing written. Raises `InvalidDocument` where there is no cohort or no part, `InvalidArgument`
    with the words of DuckDB for a question that it does not understand, and `MissingPackage`.
    """
    read_run(out)
    # Views are bound to the place that was named, so it must be the same later on.
    folder = out.resolve()
    found = parts(folder)
    if not found:
        raise InvalidDocument(f"{out} has no results yet.", "Ask when a chunk is done.")
    with needed_for("Asking a cohort"):
        import duckdb
    newest = found[-1].stat().st_mtime_ns
    whole = {name: folder / TABLES_FOLDER / f"{name}.parquet" for name in TABLES}
    # A table is read from its own file once a run has ended, until then from the parts.
    ended = {n: p for n, p in whole.items() if p.exists() and p.stat().st_mtime_ns >= newest}
    running = asked_files(folder, found) if len(ended) < len(TABLES) else []
    connection = duckdb.connect()
    try:
        connection.execute("SET preserve_insertion_order = false")
        for name, kind in TABLES.items():
            columns = ", ".join(f'"{column.name}"' for column in columns_of(kind))
            mine = [ended[name]] if name in ended else running
            sources = " UNION ALL ".join(_sources(mine, columns, kind))
            connection.execute(f"CREATE VIEW {name} AS {sources}")
        connection.execute(f"SET allowed_directories = [{_quoted(f'{folder}/')}]")
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        statements = connection.extract_statements(sql)
        if len(statements) != 1 or statements[0].type.name not in ("SELECT", "EXPLAIN"):
            raise InvalidArgument("That is not one question.", "Begin it with SELECT or DESCRIBE.")
        result = connection.execute(statements[0])
        columns_found = tuple(str(column[0]) for column in result.description or ())
    except duckdb.Error as error:
        raise InvalidArgument(
            f"DuckDB says: {_first_line(error)}.",
            f"The tables are {', '.join(TABLES)}; `DESCRIBE files` shows the columns of one.",
        ) from error
    return Answer(columns_found, _rows(connection, result, duckdb.Error))


def _sources(found: Sequence[Path], columns: str, kind: str) -> Iterator[str]:
    """The rows of a kind in these files, by how the files end."""
    readers = {ENDINGS[0]: "read_parquet", ENDINGS[1]: "read_json_auto"}
    for ending, reader in readers.items():
        if named := ", ".join(_quoted(str(path)) for path in found if path.suffix == ending):
            yield f"SELECT {columns} FROM {reader}([{named}]) WHERE kind = '{kind}'"


def _rows(connection: Any, result: Any, errors: type[Exception]) -> Iterator[Sequence[Any]]:
    try:
        while some := result.fetchmany(1000):
            yield from some
    except errors as error:
        raise InvalidArgument(f"DuckDB says: {_first_line(error)}.") from error
    finally:
        connection.close()


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0].rstrip(".!")


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
