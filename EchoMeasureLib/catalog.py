"""What EchoMeasure measures: one row per measurement, each giving one or more values.

Conventions, units and ranges: ASE/EACVI 2015 chamber quantification
(Lang et al., J Am Soc Echocardiogr 2015;28:1-39) unless a row says otherwise.
Codes: DICOM TID 5300 (CID 12300, LOINC). Networks: EchoNet-Measurements
(Sahashi et al., J Am Coll Cardiol 2025;86:964-978), checkpoint hashes as in the
repository's LFS pointers at commit 6f2a3e7 (2026-06-25).
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from EchoMeasureLib.catalog_lengths import CAVA, EXCURSION, LENGTHS, OUTFLOW
from EchoMeasureLib.catalog_tracings import TRACINGS
from EchoMeasureLib.catalog_velocities import VELOCITIES
from EchoMeasureLib.definitions import Definition
from EchoMeasureLib.errors import UnknownMeasurement

CATALOG_VERSION = "2026.5"

_ROWS = (*LENGTHS, *VELOCITIES, *EXCURSION, *CAVA, *OUTFLOW, *TRACINGS)

CATALOG: Mapping[str, Definition] = MappingProxyType({row.id: row for row in _ROWS})
"""Every measurement by id, in clinical order."""

NETWORKED: Mapping[str, Definition] = MappingProxyType(
    {id: row for id, row in CATALOG.items() if row.by_network}
)
"""Those whose points a network may find."""

RANK: Mapping[str, int] = MappingProxyType({id: rank for rank, id in enumerate(CATALOG)})
"""Place of each measurement in clinical order."""


def definition(id: str) -> Definition:
    """The measurement of that id. Raises `UnknownMeasurement` with the known ids.

    >>> tapse = definition("tapse")
    >>> tapse.points, tapse.outputs[0].unit, tapse.outputs[0].plausible
    (('end-diastole', 'end-systole'), 'cm', Range(low=0.2, high=5))
    """
    try:
        return CATALOG[id]
    except KeyError:
        raise UnknownMeasurement(
            f"There is no measurement called '{id}'.", f"Known: {', '.join(CATALOG)}."
        ) from None


def of_same_flow(id: str) -> tuple[str, ...]:
    """All that is measured of the same flow, its peak first, in clinical order.

    Raises `UnknownMeasurement`.

    >>> of_same_flow("avvmax")
    ('avvmax', 'avvti')
    """
    peak = definition(id).flow or id
    return tuple(row.id for row in CATALOG.values() if peak in (row.id, row.flow))
