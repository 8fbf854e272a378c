"""What goes into the frozen lab and what stays out: tables, and functions that apply them. Standard library only."""

from __future__ import annotations

from fnmatch import fnmatch
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).resolve().parents[1]

ICONS = {"win32": "courseai-lab.ico", "darwin": "courseai-lab.icns"}
"""The lab's own icon, made before it is frozen, by platform; on Linux the desktop entry brings it."""

HIDDEN = (
    # vispy names its backends and shaders in text; pyqtgraph and torch load some parts by name.
    "vispy.app.backends._pyside6",
    "vispy.app.backends._qt",
    "vispy.glsl",
    "PySide6.QtTest",
    "PySide6.QtOpenGLWidgets",
    "PySide6.QtSvg",
    "torch.testing",
    "torch.ao",
    "torch._inductor",
    "torchgen",
)

HIDDEN_BELOW = ("torch._dynamo.polyfills", "OpenGL.arrays", "OpenGL.platform")
"""Packages whose modules are all loaded by name."""

EXCLUDED = (
    # What the course never shows, what only developers run, and what a network would be needed for.
    "courseai_lab.training",
    "tkinter",
    "sqlite3",
    "lib2to3",
    "idlelib",
    "pydoc_data",
    "readline",
    "test",
    "IPython",
    "setuptools",
    "pkg_resources",
    "pip",
    "wheel",
    "matplotlib",
    "scipy",
    "sklearn",
    "diffusers",
    "transformers",
    "tokenizers",
    "huggingface_hub",
    "hf_xet",
    "pandas",
    "PyQt5",
    "PyQt6",
    "PySide2",
    "pytest",
    "_pytest",
    "pygments",
    "rich",
    "markdown_it",
    "mpl_toolkits",
    "requests",
    "urllib3",
    "psutil",
    "hypothesis",
    "mypy",
    "mypyc",
    "ruff",
    "loss_landscapes",
    "tensorboard",
    "triton",
    "torchvision",
    "numba.tests",
    "numba.cuda.tests",
    "llvmlite.tests",
    "numpy.f2py.tests",
    "sympy.testing.tests",
    "torch.utils.tensorboard",
    "torch.utils.benchmark",
    "torch.utils.bottleneck",
    "torch.testing._internal.common_utils",
    "torch.testing._internal.common_device_type",
    "torch.testing._internal.common_methods_invocations",
    "torch.testing._internal.common_modules",
    "torch.testing._internal.common_nn",
    "torch.testing._internal.opinfo",
    "torch._inductor.kernel",
    "torch._inductor.codegen.cuda",
    "torch._inductor.codegen.rocm",
    "PIL._avif",
    "PIL.AvifImagePlugin",
    "PIL.ImageTk",
    "PIL._imagingtk",
    "yaml",
    "tqdm",
    "networkx.drawing",
    "sympy.plotting",
    "curses",
    "ensurepip",
    "_ssl",
    "_hashlib",
    "distutils",
    "pyqtgraph.examples",
    "vispy.testing.tests",
    "PySide6.QtQml",
    "PySide6.QtQuick",
    "PySide6.QtQuickWidgets",
    "PySide6.QtQuickControls2",
    "PySide6.QtQuickTest",
    "PySide6.QtDesigner",
    "PySide6.QtHelp",
    "PySide6.QtSql",
    "PySide6.QtUiTools",
    "PySide6.QtXml",
    "PySide6.QtConcurrent",
    "PySide6.QtNetwork",
    "PySide6.QtPrintSupport",
)

LEFT_OUT = (
    # torch: its own tests, headers and the compiler of its messages; libraries only those tests load.
    "torch/test/*",
    "torch/include/*",
    "torch/share/*",
    "torch/lib/*_test.*",
    "torch/lib/libtorchbind_test.*",
    "torch/lib/libjitbackend_test.*",
    "torch/lib/libbackend_with_compiler.*",
    "torch/lib/libaoti_custom_ops.*",
    "*/tests/*",
    "*/__pycache__/*",
    "*.dist-info/RECORD",
    "*.dist-info/INSTALLER",
    "*.dist-info/REQUESTED",
    "*.dist-info/direct_url.json",
    "*.pyi",
    "*.h",
    "*.hpp",
    "*.cuh",
    "*.pxd",
    "*.lib",
    # Qt: what speaks to a network, draws with Qt Quick, or translates Qt's own dialogs (the lab speaks English).
    "PySide6/Qt/translations/*",
    "PySide6/translations/*",
    "PySide6/Qt/qml/*",
    "PySide6/Qt/plugins/tls/*",
    "PySide6/Qt/plugins/networkinformation/*",
    "PySide6/Qt/plugins/platforminputcontexts/*virtualkeyboard*",
    "PySide6/Qt/plugins/platforms/libqeglfs*",
    "PySide6/Qt/plugins/platforms/libqlinuxfb*",
    "PySide6/Qt/plugins/platforms/libqvkkhrdisplay*",
    "PySide6/Qt/plugins/platforms/libqvnc*",
    "PySide6/Qt/plugins/egldeviceintegrations/*",
    "PySide6/Qt/plugins/imageformats/*pdf*",
    "PySide6/Qt/plugins/platformthemes/libqgtk3*",
    "PySide6/Qt/plugins/printsupport/*",
    "PySide6/Qt/plugins/generic/*",
    "PySide6/Qt/lib/libQt6Quick*",
    "PySide6/Qt/lib/libQt6Qml*",
    "PySide6/Qt/lib/libQt6VirtualKeyboard*",
    "PySide6/Qt/lib/libQt6Pdf*",
    "PySide6/Qt/lib/libQt6Eglfs*",
    # Resources only the repository shows.
    "resources/screenshots/*",
)

TORCH_PROGRAMS = ("torch/bin/torch_shm_manager", "torch/bin/torch_shm_manager.exe")

TORCH_SOURCES = (
    # torch reads comments in the sources of its own configuration modules when it imports them.
    "torch/*config*.py",
    "torch/_inductor/config.py",
)

NOT_SHIPPED = ("setuptools",)
"""Required by torch for building extensions only."""


def lab_modules(root: Path = ROOT) -> list[str]:
    """Every module of the lab, by its dotted name: panels are found by folder, so nothing imports them by name."""
    names = []
    for path in sorted((root / "courseai_lab").rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        names.append(".".join(parts[:-1] if parts[-1] == "__init__" else parts))
    return [name for name in names if not name.startswith("courseai_lab.training")]


def lab_data(root: Path = ROOT) -> list[tuple[str, str]]:
    """Files that stand beside modules (presets), and everything in ``resources``: (file, folder in the bundle)."""
    beside = [p for p in (root / "courseai_lab").rglob("*") if p.is_file() and p.suffix != ".py"]
    files = [*beside, *(p for p in (root / "resources").rglob("*") if p.is_file())]
    pairs = [(path, path.relative_to(root)) for path in sorted(files)]
    return [(str(path), place.parent.as_posix()) for path, place in pairs if wanted(place.as_posix())]


def wanted(place: str) -> bool:
    """Whether a file belongs into the bundle, by its place there."""
    place = PurePosixPath(place.replace("\\", "/")).as_posix()
    if any(fnmatch(place, rule) for rule in LEFT_OUT):
        return False
    if place.startswith("torch/bin/"):
        return place in TORCH_PROGRAMS
    if place.startswith("torch/") and place.endswith(".py"):
        return any(fnmatch(place, rule) for rule in TORCH_SOURCES)
    return True


def distributions(root: Path = ROOT) -> list[str]:
    """Names of the distributions that are shipped: what the lab requires, and what those require, sorted.

    Walks the metadata of what is installed, with its markers for this platform and without extras.
    """
    import importlib.metadata
    import re
    import tomllib

    from packaging.requirements import Requirement

    project = tomllib.loads((root / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    open_names = [Requirement(line) for line in project["dependencies"]]
    found: dict[str, str] = {}
    while open_names:
        requirement = open_names.pop()
        if requirement.marker is not None and not requirement.marker.evaluate({"extra": ""}):
            continue
        key = re.sub(r"[-_.]+", "-", requirement.name).lower()
        if key in found or key in NOT_SHIPPED:
            continue
        distribution = importlib.metadata.distribution(requirement.name)
        found[key] = distribution.metadata["Name"]
        open_names += [Requirement(line) for line in distribution.requires or []]
    return sorted(found.values(), key=str.lower)


def info_plist() -> dict[str, object]:
    """What macOS is told: the files and links the lab opens, and that it is sharp on every screen."""
    return {
        "CFBundleName": "CourseAI Lab",
        "NSHighResolutionCapable": True,
        "LSMinimumSystemVersion": "13.0",
        "CFBundleURLTypes": [{"CFBundleURLName": "CourseAI Lab link", "CFBundleURLSchemes": ["courseai-lab"]}],
        "CFBundleDocumentTypes": [
            {"CFBundleTypeName": "CourseAI Lab file", "CFBundleTypeExtensions": ["lab"], "LSHandlerRank": "Owner"}
        ],
    }
