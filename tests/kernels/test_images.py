from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from courseai_lab.kernels.images import (
    SAMPLE_FILES,
    ImageProblem,
    load_image,
    sample_image,
    synthetic_scene,
)

SHIPPED = Path(__file__).parents[2] / "resources" / "images"


def save(path: Path, pixels: np.ndarray, **options: object) -> Path:
    Image.fromarray(pixels).save(path, **options)
    return path


def halves() -> np.ndarray:
    """40 x 60, red on the left, blue on the right."""
    pixels = np.zeros((40, 60, 3), np.uint8)
    pixels[:, :30, 0] = 255
    pixels[:, 30:, 2] = 255
    return pixels


@pytest.mark.parametrize("suffix", ["png", "jpg", "webp"])
def test_formats_shapes_and_note(tmp_path: Path, suffix: str) -> None:
    picture = load_image(save(tmp_path / f"a.{suffix}", halves()), 16)
    assert picture.pixels.shape == (16, 16, 3) and picture.pixels.dtype == np.float32
    assert picture.pixels[8, 2, 0] > 0.9 and picture.pixels[8, 13, 2] > 0.9
    assert picture.note == f"a.{suffix} (60 x 40), its centred 40 x 40 square, resized to 16 x 16 pixels"


def test_values_are_exact_without_resizing(tmp_path: Path) -> None:
    ramp = np.arange(256, dtype=np.uint8).reshape(16, 16)
    path = save(tmp_path / "ramp.png", ramp)
    np.testing.assert_allclose(load_image(path, 16, channels="gray").pixels[:, :, 0], ramp / 255, atol=1e-7)
    signed = load_image(path, 16, value_range="signed").pixels
    assert signed.shape == (16, 16, 3) and signed.min() == -1 and signed.max() == 1
    np.testing.assert_allclose(signed[..., 1], ramp / 127.5 - 1, atol=1e-6)


def test_exif_orientation_is_applied(tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # the camera was turned: rotate by 90 degrees clockwise to view
    picture = load_image(save(tmp_path / "a.jpg", halves(), exif=exif), 20)
    assert picture.pixels[2, 10, 0] > 0.9 and picture.pixels[17, 10, 2] > 0.9  # left becomes top


def test_transparent_goes_on_white(tmp_path: Path) -> None:
    clear = np.zeros((8, 8, 4), np.uint8)
    assert (load_image(save(tmp_path / "a.png", clear), 8).pixels == 1).all()


def test_sixteen_bit_grey_is_scaled(tmp_path: Path) -> None:
    grey = np.full((8, 8), 32896, np.uint16)
    assert load_image(save(tmp_path / "a.png", grey), 8).pixels == pytest.approx(128 / 255)


def test_large_jpeg_is_decoded_smaller(tmp_path: Path) -> None:
    big = np.tile(np.linspace(0, 255, 1600, dtype=np.uint8), (1200, 1))
    picture = load_image(save(tmp_path / "a.jpg", big), 32)
    assert picture.pixels.shape == (32, 32, 3)
    assert picture.pixels[16, 16, 0] == pytest.approx(0.5, abs=0.02)
    assert "(1600 x 1200)" in picture.note


def bomb(path: Path, side: int) -> Path:
    import struct
    import zlib

    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", b"") + chunk(b"IEND", b""))
    return path


@pytest.mark.parametrize("side", [8000, 10_000, 50_000])
def test_too_many_pixels_are_refused_undecoded(tmp_path: Path, side: int) -> None:
    with pytest.raises(ImageProblem, match="at most 50 million are read"):
        load_image(bomb(tmp_path / "bomb.png", side), 16)


def test_missing_foreign_and_damaged(tmp_path: Path) -> None:
    with pytest.raises(ImageProblem, match=r"no picture file nothing\.png"):
        load_image(tmp_path / "nothing.png", 16)
    with pytest.raises(ImageProblem, match="no picture file"):
        load_image(tmp_path, 16)
    (tmp_path / "text.png").write_text("hello")
    with pytest.raises(ImageProblem, match="not a PNG, JPEG or WebP"):
        load_image(tmp_path / "text.png", 16)
    save(tmp_path / "a.bmp", halves())
    with pytest.raises(ImageProblem, match="not a PNG, JPEG or WebP"):
        load_image(tmp_path / "a.bmp", 16)
    whole = save(tmp_path / "b.png", np.random.default_rng(0).integers(0, 255, (64, 64, 3), np.uint8)).read_bytes()
    (tmp_path / "b.png").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(ImageProblem, match=r"b\.png cannot be read as a picture: .+\.$"):
        load_image(tmp_path / "b.png", 16)
    with pytest.raises(ImageProblem, match="1 to 4096"):
        load_image(tmp_path / "b.png", 0)


@pytest.mark.parametrize("name", ["photograph", "coffee", "rocket", "digit", "scene"])
@pytest.mark.parametrize("size", [28, 64, 256])
def test_samples(name: str, size: int) -> None:
    picture = sample_image(name, SHIPPED, size, value_range="signed")
    assert picture.pixels.shape == (size, size, 3)
    assert picture.pixels.min() < -0.6 and picture.pixels.max() > 0.6  # dark and bright parts
    assert f"{size} x {size}" in picture.note


def test_shipped_files_are_small_and_named_in_the_readme() -> None:
    readme = (SHIPPED / "README.md").read_text()
    files = sorted(path.name for path in SHIPPED.iterdir() if path.suffix == ".png")
    assert files == sorted(SAMPLE_FILES.values())
    assert all(f"`{name}`" in readme for name in files)
    sizes = [(SHIPPED / name).stat().st_size for name in files]
    assert max(sizes) < 150_000 and sum(sizes) < 500_000


def test_scene_is_the_same_every_time_and_smooth_at_edges() -> None:
    scene = synthetic_scene(32)
    assert scene.shape == (32, 32, 3) and scene.min() >= 0 and scene.max() <= 1
    np.testing.assert_array_equal(scene, synthetic_scene(32))
    fine = synthetic_scene(128, oversample=1).reshape(32, 4, 32, 4, 3).mean(axis=(1, 3))
    np.testing.assert_allclose(scene, fine, atol=1e-12)
