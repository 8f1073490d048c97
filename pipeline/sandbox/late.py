"""What a reader imports only when a mail needs it, imported at once: a confined process can load no library.

Afterwards a module in Python can still be found, slowly, by opening it; but not one in machine code.
"""

import importlib
import os
import pkgutil
import sys
from collections.abc import Sequence
from contextlib import suppress
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import spec_from_file_location
from pathlib import Path
from types import ModuleType

# What the functions of `parser` import; tests/pipeline/test_confinement.py compares.
MODULES = (
    "charset_normalizer",
    "cryptography.exceptions",
    "cryptography.hazmat.primitives.asymmetric.ed25519",
    "dkim",
)


def load() -> None:
    """Imports `MODULES`, and all encodings that a charset label may name."""
    for name in MODULES:
        importlib.import_module(name)
    encodings = importlib.import_module("encodings")
    for module in pkgutil.iter_modules(encodings.__path__):
        # Two of them are Windows'.
        with suppress(ImportError):
            importlib.import_module(f"encodings.{module.name}")


def code() -> set[str]:
    """Where the code lies that is in use: the standard library, and the top folder or file of each other module."""
    places = {str(Path(os.__file__).parent)}
    for name, module in list(sys.modules.items()):
        if "." not in name:
            found = getattr(module, "__path__", None) or [getattr(module, "__file__", None)]
            places.update(str(place) for place in found if place)
    return places


class _WithoutStat(MetaPathFinder):
    """Finds modules by opening them, where Python's own finder would call stat(2), which is forbidden."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, _target: ModuleType | None = None, /
    ) -> ModuleSpec | None:
        tail = fullname.rpartition(".")[2]
        for folder in sys.path if path is None else path:
            package = f"{folder}/{tail}"
            for file, inside in ((f"{package}/__init__.py", [package]), (f"{package}.py", None)):
                with suppress(OSError):
                    os.close(os.open(file, os.O_RDONLY | os.O_CLOEXEC))
                    return spec_from_file_location(fullname, file, submodule_search_locations=inside)
        return None


def find_by_opening() -> None:
    """From now on, what Python's finders do not find is looked for once more, without stat(2)."""
    sys.meta_path.append(_WithoutStat())
