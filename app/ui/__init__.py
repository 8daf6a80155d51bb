"""The window. Needs the extra `editor`; which binding of Qt is qtpy's choice, PySide6 unless QT_API names another."""

import os

os.environ.setdefault("QT_API", "pyside6")
