"""`echomeasure export fhir`: the values of a study as FHIR R4."""

from __future__ import annotations

import argparse
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from EchoMeasureLib.cli.common import DONE, EXIT_CODES
from EchoMeasureLib.cli.identity_options import add_identity, person_of
from EchoMeasureLib.cli.streams import say
from EchoMeasureLib.cli.study_options import add_study, study_of
from EchoMeasureLib.exporting.fhir_bundle import fhir_bundle
from EchoMeasureLib.exporting.tables import write_json

EPILOG = f"""One Bundle as JSON: a DiagnosticReport with an Observation per value, coded in LOINC
and SNOMED CT where they have one, in UCUM units. It holds what a reviewer has accepted
or edited; what nobody has reviewed only with --include-unreviewed, and then it says so.
It is preliminary unless you say --final, and names no person unless --with-identity is
given.

examples:
  echomeasure export fhir review.json --out report.fhir.json
  echomeasure export fhir review.json --final --with-identity --out report.fhir.json

{EXIT_CODES}"""


def add_parser(kinds: Any) -> None:
    """Add the kind."""
    parser = kinds.add_parser(
        "fhir",
        help="a FHIR R4 DiagnosticReport with its Observations",
        description="Write what was reviewed as a FHIR R4 DiagnosticReport.",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_study(parser)
    add = parser.add_argument
    add("--out", type=Path, required=True, metavar="FILE", help="the JSON file to write")
    add("--include-unreviewed", action="store_true", help="also what nobody has reviewed")
    add("--final", action="store_true", help="say that the report is final")
    add_identity(parser)
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Write the bundle."""
    review = study_of(args)
    person = person_of(args, review)
    made = datetime.now(timezone.utc)
    bundle = fhir_bundle(review, made, args.include_unreviewed, args.final, person)
    write_json(args.out, bundle)
    kinds = [entry["resource"]["resourceType"] for entry in bundle["entry"]]
    say(f"{args.out}: {kinds.count('Observation')} observations")
    return DONE
