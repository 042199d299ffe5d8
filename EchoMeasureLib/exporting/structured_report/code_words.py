"""What the codes of values mean, in the words of LOINC and SNOMED CT (DICOM CIDs 12300, 12304)."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

LOINC: Mapping[str, str] = MappingProxyType(
    {
        "17985-3": "Left Atrium to Aortic Root Ratio",
        "18038-0": "Mitral Valve E to A Ratio",
        "18050-5": "Inferior Vena Cava % Collapse",
        "18155-2": "Interventricular Septum to Posterior Wall Thickness Ratio",
        "29434-8": "Left ventricular fractional shortening (of minor axis) (2D)",
        "59111-5": "E Velocity to Annulus E Velocity Ratio",
        "77891-0": "Left ventricular ejection fraction (Teichholz) 2D",
        "77903-3": "Tricuspid Annular Plane Systolic Excursion (TAPSE)",
        "78191-4": "Mitral valve deceleration time",
        "79911-4": "Mitral septal e-prime Vmax",
        "79914-8": "Mitral valve VTI",
        "79921-3": "Tricuspid regurgitation Vmax",
        "79937-9": "Tricuspid regurgitation peak gradient",
        "79953-6": "Aortic root diameter",
        "79958-5": "Aortic valve area (Continuity VTI)",
        "79959-3": "Aortic valve area (Continuity VTI) / BSA",
        "79962-7": "Aortic valve mean gradient",
        "79963-5": "Aortic valve peak instantaneous gradient",
        "79964-3": "Aortic valve Vmax",
        "79965-0": "Aortic valve VTI",
        "79966-8": "Ascending Aorta Dimension",
        "79967-6": "Inferior vena cava diameter",
        "79969-2": "Interventricular septum diastolic dimension 2D",
        "79975-9": "Left atrial end systolic diameter (AP) 2D",
        "80007-8": "Left ventricular internal diastolic dimension - 2D",
        "80011-0": "Left ventricular internal systolic dimension - 2D",
        "80019-3": "Left ventricular mass (dimension method) 2D",
        "80020-1": "Left ventricular mass (dimension method) 2D / BSA",
        "80021-9": "Left ventricular mass (dimension method) 2D / height^^2.7",
        "80028-4": "Left ventricular outflow tract dimension (2D)",
        "80029-2": "Left ventricular outflow tract Vmax",
        "80030-0": "Left ventricular outflow tract VTI",
        "80032-6": "Left ventricular posterior wall diastolic thickness",
        "80049-0": "Main pulmonary artery diameter",
        "80054-0": "Mitral lateral e-prime Vmax",
        "80058-1": "Mitral regurgitation peak gradient",
        "80062-3": "Mitral regurgitation Vmax",
        "80065-6": "Mitral valve A-wave duration",
        "80066-4": "Mitral valve A-wave Vmax",
        "80070-6": "Mitral valve E-wave Vmax",
        "80080-5": "Right ventricular basal dimension 4C",
        "8277-6": "BSA",
    }
)
"""What the LOINC codes of the catalog and the formulae mean."""

PRECOORDINATED = frozenset(LOINC) - {"17985-3", "18050-5", "18155-2", "59111-5", "8277-6"}
"""The codes of CID 12300."""

SNOMED: Mapping[str, str] = MappingProxyType(
    {
        "399023006": "Right Ventricular Peak Systolic Pressure",
        "82799009": "Cardiac Output",
        "90096001": "Stroke Volume",
    }
)
"""The same of SNOMED CT."""
