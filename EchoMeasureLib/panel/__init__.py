"""The Qt side of the Slicer panel, one class per part. Qt and ctk are imported when used.

Written for PythonQt, where properties are attributes (`label.text`), signals are
connected with `widget.signal.connect(f)`, and there are no signals of one's own.
"""
