"""Packs the frozen lab the way each system wants it. What was made is returned; a missing tool is said."""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path

import icons

ROOT = Path(__file__).resolve().parents[1]
HERE = ROOT / "packaging"
WORK = ROOT / "build" / "package"
ABOUT = "Live panels that show how deep learning works"
DEPENDS = "libc6 (>= 2.34), libgl1, libegl1, libglx-mesa0 | libglx-nvidia0, libgl1-mesa-dri, libfontconfig1"
EPOCH = 1577836800
"""The date files in archives have: the same in every build."""


def pack(bundle: Path, out: Path, version: str, level: int = 6) -> list[Path]:
    """Every package this system can make of the bundle; `level`: how hard xz tries, from 0 to 9."""
    if sys.platform == "linux":
        return linux(bundle, out, version, level)
    return _PACKERS[sys.platform](bundle, out, version)


def linux(bundle: Path, out: Path, version: str, level: int) -> list[Path]:
    """The portable archive, a .deb where dpkg-deb is, an AppImage where appimagetool is."""
    share = WORK / "share"
    shutil.rmtree(share, ignore_errors=True)
    linux_share(share)
    made = [portable(bundle, share, out, version, level)]
    for tool, make in (("dpkg-deb", deb), ("appimagetool", appimage)):
        if shutil.which(tool):
            made.append(make(bundle, share, out, version, level))
        else:
            print(f"{tool} is not here: that package is left out.")
    return made


def linux_share(share: Path) -> None:
    """What a desktop reads: menu entry, kind of file, icons; below a folder `share`."""
    for folder, name in (("applications", "courseai-lab.desktop"), ("mime/packages", "courseai-lab.xml")):
        (share / folder).mkdir(parents=True, exist_ok=True)
        shutil.copyfile(HERE / "linux" / name, share / folder / name)
    icons.hicolor(share / "icons" / "hicolor")


def portable(bundle: Path, share: Path, out: Path, version: str, level: int) -> Path:
    """An archive to unpack anywhere, with a script that puts the lab into the user's menu."""
    top = f"courseai-lab-{version}"
    path = out / f"{top}-linux-{platform.machine()}.tar.xz"
    plain = WORK / "portable.tar"
    with tarfile.open(plain, "w", format=tarfile.GNU_FORMAT) as archive:
        _add(archive, bundle, top)
        _add(archive, share, f"{top}/share")
        _add(archive, HERE / "linux" / "integrate.sh", f"{top}/integrate.sh")
    with path.open("wb") as file:
        subprocess.run(["xz", f"-{level}", "-T2", "--stdout", plain], stdout=file, check=True)
    plain.unlink()
    return path


def _add(archive: tarfile.TarFile, path: Path, name: str) -> None:
    """A file or folder in a fixed order, without anything of the machine it was packed on."""
    info = archive.gettarinfo(str(path), name)
    info.uid = info.gid = 0
    info.uname = info.gname = "root"
    info.mtime = EPOCH
    info.mode = 0o755 if info.isdir() or info.mode & 0o100 else 0o644
    if info.isfile():
        with path.open("rb") as file:
            archive.addfile(info, file)
    else:
        archive.addfile(info)
        if info.isdir():
            for child in sorted(path.iterdir()):
                _add(archive, child, f"{name}/{child.name}")


def deb(bundle: Path, share: Path, out: Path, version: str, level: int) -> Path:
    """A package for Debian and Ubuntu: the lab for everybody on the machine."""
    root = WORK / "deb"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(bundle, root / "opt" / "courseai-lab", symlinks=True, copy_function=_link)
    shutil.copytree(share, root / "usr" / "share")
    (root / "usr" / "bin").mkdir(parents=True)
    (root / "usr" / "bin" / "courseai-lab").symlink_to("/opt/courseai-lab/courseai-lab")
    doc = root / "usr" / "share" / "doc" / "courseai-lab"
    doc.mkdir(parents=True)
    (doc / "copyright").symlink_to("/opt/courseai-lab/_internal/LICENCES.txt")
    control = root / "DEBIAN"
    control.mkdir()
    size = sum(p.stat().st_size for p in root.rglob("*") if p.is_file() and not p.is_symlink()) // 1024
    machine = subprocess.run(
        ["dpkg", "--print-architecture"], capture_output=True, text=True, check=True
    ).stdout.strip()
    (control / "control").write_text(deb_control(version, machine, size), encoding="utf-8")
    for script in ("postinst", "postrm"):
        shutil.copyfile(HERE / "linux" / script, control / script)
        (control / script).chmod(0o755)
    path = out / f"courseai-lab_{version}_{machine}.deb"
    command = [
        "dpkg-deb",
        "--root-owner-group",
        "-Zxz",
        f"-z{level}",
        "--threads-max=2",
        "--build",
        str(root),
        str(path),
    ]
    environ = {**os.environ, "SOURCE_DATE_EPOCH": str(EPOCH)}
    subprocess.run(command, check=True, env=environ, stdout=subprocess.DEVNULL)
    shutil.rmtree(root)
    return path


def _link(source: str, target: str) -> str:
    """A second name instead of a copy: the folder is only there to be packed."""
    os.link(source, target)
    return target


def deb_control(version: str, machine: str, kib: int) -> str:
    """The control file of the .deb."""
    return (
        f"Package: courseai-lab\nVersion: {version}\nArchitecture: {machine}\nInstalled-Size: {kib}\n"
        f"Maintainer: CourseAI Lab contributors <courseai-lab@localhost>\nSection: education\nPriority: optional\n"
        f"Depends: {DEPENDS}\nDescription: {ABOUT}\n"
        " Panels from a line through points to Stable Diffusion. Needs no network and no Python.\n"
    )


def appimage(bundle: Path, share: Path, out: Path, version: str, _level: int) -> Path:
    """One file that runs as it is."""
    root = WORK / "AppDir"
    shutil.rmtree(root, ignore_errors=True)
    shutil.copytree(bundle, root / "lab", symlinks=True, copy_function=_link)
    shutil.copytree(share, root / "usr" / "share")
    shutil.copyfile(HERE / "linux" / "courseai-lab.desktop", root / "courseai-lab.desktop")
    shutil.copyfile(icons.SOURCES / "courseai-lab.svg", root / "courseai-lab.svg")
    (root / "AppRun").write_text('#!/bin/sh\nexec "$(dirname "$(readlink -f "$0")")/lab/courseai-lab" "$@"\n')
    (root / "AppRun").chmod(0o755)
    path = out / f"CourseAI_Lab-{version}-{platform.machine()}.AppImage"
    subprocess.run(["appimagetool", "--comp", "zstd", str(root), str(path)], check=True)
    return path


def windows(bundle: Path, out: Path, version: str) -> list[Path]:
    """An installer made by Inno Setup: for this user or, asked as administrator, for everybody."""
    tool = shutil.which("iscc") or shutil.which("ISCC", path=r"C:\Program Files (x86)\Inno Setup 6")
    if tool is None:
        print("Inno Setup is not here: install it, or use the folder as it is.")
        return []
    icons.container("courseai-lab-file", WORK / "courseai-lab-file.ico")
    defines = {"Version": version, "Bundle": bundle, "Out": out.resolve(), "Icons": WORK}
    command = [tool, "/Qp", *(f"/D{name}={value}" for name, value in defines.items())]
    subprocess.run([*command, str(HERE / "windows" / "courseai-lab.iss")], check=True)
    return [out / f"CourseAI-Lab-{version}-setup.exe"]


def macos(bundle: Path, out: Path, version: str) -> list[Path]:
    """A dmg with the app; signed with a hardened runtime, and notarised, where the environment names who signs."""
    signer = os.environ.get("COURSEAI_LAB_SIGN_AS", "-")
    entitlements = str(HERE / "macos" / "entitlements.plist")
    inner = [p for p in bundle.rglob("*") if p.suffix in (".dylib", ".so") and p.is_file() and not p.is_symlink()]
    extra = [] if signer == "-" else ["--timestamp"]
    sign = ["codesign", "--force", "--options", "runtime", *extra, "--sign", signer]
    for path in [*sorted(inner), bundle / "Contents" / "MacOS" / "courseai-lab", bundle]:
        subprocess.run([*sign, "--entitlements", entitlements, str(path)], check=True)
    stage = WORK / "dmg"
    shutil.rmtree(stage, ignore_errors=True)
    shutil.copytree(bundle, stage / bundle.name, symlinks=True)
    (stage / "Applications").symlink_to("/Applications")
    path = out / f"CourseAI-Lab-{version}-macos-{platform.machine()}.dmg"
    image = [
        "hdiutil",
        "create",
        "-volname",
        "CourseAI Lab",
        "-srcfolder",
        str(stage),
        "-ov",
        "-format",
        "ULMO",
        str(path),
    ]
    subprocess.run(image, check=True)
    profile = os.environ.get("COURSEAI_LAB_NOTARY_PROFILE")
    if profile:
        subprocess.run(
            ["xcrun", "notarytool", "submit", str(path), "--keychain-profile", profile, "--wait"], check=True
        )
        subprocess.run(["xcrun", "stapler", "staple", str(path)], check=True)
    return [path]


_PACKERS: dict[str, Callable[[Path, Path, str], list[Path]]] = {"win32": windows, "darwin": macos}
