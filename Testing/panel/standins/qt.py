"""Stands in for Slicer's `qt` module: PySide6's classes under PythonQt's names.

What differs between the two and matters here: PythonQt has properties as attributes
(`label.text`), which PySide6 gives to the modules named in `properties_for`; and it
shows `objectName` as `name`.
"""

from __future__ import annotations

import ctypes
import sys

from PySide6 import QtCore, QtGui, QtUiTools, QtWidgets
from shibokensupport import feature

TRUE_PROPERTY = 0x02

# This mode takes a reference of None too many at many calls (PySide6 6.12), which ends
# Python before 3.12, where None is counted, once they are used up. Lend it some.
if sys.version_info < (3, 12):
    ctypes.c_ssize_t.from_address(id(None)).value += 10**12

for _module in (QtCore, QtGui, QtWidgets):
    globals().update({n: getattr(_module, n) for n in dir(_module) if n.startswith("Q")})

QtCore.QObject.name = property(lambda self: self.objectName())


_uses_pyside = feature._mod_uses_pyside


def _safely_uses_pyside(module: object) -> bool:
    try:
        return bool(_uses_pyside(module))
    except RuntimeError:  # torch's namespaces of operators refuse to be looked at
        return False


feature._mod_uses_pyside = _safely_uses_pyside


def properties_for(*modules: str) -> None:
    """Give these modules, before they are imported, properties as attributes."""
    for module in modules:
        feature.set_selection(TRUE_PROPERTY, module)


class QUiLoader(QtUiTools.QUiLoader):
    """The loader, which knows the widgets of ctk and Slicer."""

    def __init__(self) -> None:
        import ctk
        import slicer

        super().__init__()
        for kind in (ctk.ctkCollapsibleButton, slicer.qMRMLNodeComboBox, slicer.qMRMLWidget):
            self.registerCustomWidget(kind)
