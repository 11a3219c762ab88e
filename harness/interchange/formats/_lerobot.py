"""What LeRobot's versions share: names of features, meta/info.json, tables of rows.

Sources: lerobot `datasets/utils.py`, `datasets/lerobot_dataset.py` and `datasets/video_utils.py`; openpi
`examples/libero/convert_libero_data_to_lerobot.py`, which made `physical-intelligence/libero`.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from PIL import Image

from harness.core.arrays import MOST_BYTES
from harness.core.dataset import Episode, damaged, lacking
from harness.core.demonstration import Demonstration
from harness.core.errors import UserError
from harness.core.files import content, write_whole
from harness.interchange import video

INFO = "meta/info.json"
CAMERAS = {
    "agentview": ("observation.images.image", "image", "observation.images.agentview"),
    "wrist": ("observation.images.image2", "wrist_image", "observation.images.wrist_image"),
}
"""Camera -> names of its feature: in HuggingFaceVLA/libero, in physical-intelligence/libero, in others."""
STATE, ACTION = ("observation.state", "state"), ("action", "actions")
CHUNK = 1000
"""Files of a folder at most (chunks_size)."""
ROBOT = "panda"
COUNTERS = ("frame_index", "episode_index", "index", "task_index")


@dataclass(frozen=True)
class Info:
    """What meta/info.json says that is needed to read the rest."""

    folder: Path
    version: str
    fps: float
    features: Mapping[str, Mapping[str, object]]
    data_path: str
    video_path: str
    chunks_size: int

    def feature(self, names: Sequence[str], what: str) -> str:
        """The first of `names` that is a feature. Raises UserError where none is."""
        for name in names:
            if name in self.features:
                return name
        raise lacking(self.folder, f"{what} ({' or '.join(names)})", list(self.features))

    def camera(self, camera: str) -> str:
        """The feature with the images of a camera."""
        return self.feature((*CAMERAS.get(camera, ()), f"observation.images.{camera}"), f"camera {camera!r}")

    def is_video(self, feature: str) -> bool:
        """Whether its images are in a video, not in the table."""
        return self.features[feature].get("dtype") == "video"

    def path(self, template: str, **values: object) -> Path:
        """A file of the dataset. Raises UserError where it is missing or lies outside."""
        try:
            path = self.folder / template.format(**values)
        except (KeyError, ValueError, IndexError, AttributeError) as error:
            raise damaged(self.folder / INFO, f"path {template!r}: {error}") from None
        if not path.resolve().is_relative_to(self.folder.resolve()):
            raise damaged(self.folder / INFO, f"path {template!r} leaves the dataset")
        if not path.is_file():
            raise damaged(path, "no such file")
        return path


def version(path: Path) -> str:
    """Of the dataset in a folder, such as v3.0; empty where there is none."""
    if not (path / INFO).is_file():
        return ""
    return read_info(path).version


def read_info(folder: Path) -> Info:
    """Raises UserError where the file says less than it must."""
    try:
        found = json.loads(content(folder / INFO))
        return Info(
            folder,
            str(found["codebase_version"]),
            float(found["fps"]),
            {str(name): dict(feature) for name, feature in found["features"].items()},
            str(found["data_path"]),
            str(found.get("video_path") or ""),
            max(1, int(found.get("chunks_size", CHUNK))),
        )
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise damaged(folder / INFO, f"{type(error).__name__}: {error}") from None


def opened(path: Path, cameras: Sequence[str]) -> tuple[Info, dict[str, str]]:
    """What it says of itself, and the feature of each camera. Raises UserError where one is missing."""
    info = read_info(path)
    features = {camera: info.camera(camera) for camera in cameras}
    info.feature(STATE, "state")
    info.feature(ACTION, "actions")
    return info, features


def read_table(path: Path, columns: Sequence[str] | None = None) -> pa.Table:
    """A parquet file. Raises UserError where it is none, or lacks columns."""
    try:
        with pq.ParquetFile(path) as file:
            known = file.schema_arrow.names
            if missing := [name for name in columns or () if name not in known]:
                raise lacking(path, f"column {missing[0]!r}", known)
            return file.read(None if columns is None else list(columns))
    except (pa.ArrowException, OSError) as error:
        raise damaged(path, error) from None


def numbers(table: pa.Table, column: str, where: Path) -> NDArray[np.float32]:
    """A column of lists as [rows, size]. Raises UserError where lists have different lengths."""
    try:
        found = np.array(table[column].to_pylist(), np.float32)
    except (ValueError, TypeError) as error:
        raise damaged(where, f"column {column!r}: {error}") from None
    return found.reshape(len(found), -1)


def images(table: pa.Table, column: str, where: Path) -> NDArray[np.uint8]:
    """A column of encoded images, as {bytes, path} or bytes -> [rows, height, width, 3]."""
    found = []
    try:
        for cell in table[column].to_pylist():
            encoded = cell["bytes"] if isinstance(cell, dict) else cell
            image = Image.open(io.BytesIO(encoded), formats=("PNG", "JPEG"))
            found.append(np.asarray(image.convert("RGB")))
            if found[0].nbytes * table.num_rows > MOST_BYTES:
                raise UserError(f"{str(where)!r}: images larger than half of this machine's memory")
        return np.stack(found)
    except (OSError, ValueError, TypeError, KeyError) as error:
        raise damaged(where, f"image of {column!r}: {error}") from None


def check_times(table: pa.Table, info: Info, where: Path) -> None:
    """Raise UserError where rows are not as far apart as the dataset says (lerobot allows 1e-4 s)."""
    times = np.asarray(table["timestamp"].to_pylist(), np.float64).reshape(-1)
    apart = np.diff(times)
    if len(apart) and np.abs(apart - 1 / info.fps).max() > 1e-3:
        raise UserError(
            f"{str(where)!r}: rows are {np.median(apart):.4g} s apart, {INFO} says {info.fps:g} a second; "
            "mend fps, or convert the dataset again"
        )


def episode(table: pa.Table, info: Info, where: Path, seen: Mapping[str, NDArray[np.uint8]]) -> Episode:
    """The rows of one episode with the images of videos, `seen`, and those in the table."""
    check_times(table, info, where)
    return Episode(
        seen,
        numbers(table, info.feature(STATE, "state"), where),
        numbers(table, info.feature(ACTION, "actions"), where),
        np.empty((table.num_rows, 0)),
    )


def encoded(image: NDArray[np.uint8]) -> dict[str, object]:
    """A cell of an image column: PNG, which loses nothing."""
    file = io.BytesIO()
    Image.fromarray(image).save(file, "PNG")
    return {"bytes": file.getvalue(), "path": None}


@dataclass(frozen=True)
class Writer:
    """What both versions write of a demonstration, with the names that readers of that version expect."""

    state: str
    action: str
    cameras: Mapping[str, str]  # camera -> feature
    rate_hz: float
    in_videos: bool

    def rows(self, demo: Demonstration, index: int, task: int, first: int) -> pa.Table:
        """The table of one demonstration; `first` is the row's number in the whole dataset."""
        count = len(demo)
        columns: dict[str, pa.Array] = {}
        if not self.in_videos:
            kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
            for camera, name in self.cameras.items():
                columns[name] = pa.array([encoded(image) for image in demo.images[camera]], kind)
        for name, values in ((self.state, demo.state), (self.action, demo.actions)):
            flat = pa.array(np.ascontiguousarray(values, np.float32).reshape(-1))
            columns[name] = pa.FixedSizeListArray.from_arrays(flat, values.shape[1])
        columns["timestamp"] = pa.array((np.arange(count) / self.rate_hz).astype(np.float32))
        at = np.arange(count)
        for name, numbers in zip(COUNTERS, (at, at * 0 + index, at + first, at * 0 + task), strict=True):
            columns[name] = pa.array(numbers, pa.int64())
        return pa.table(columns).replace_schema_metadata({"huggingface": self._metadata(demo)})

    def features(self, demo: Demonstration) -> dict[str, dict[str, object]]:
        """What info.json says of the columns."""
        found: dict[str, dict[str, object]] = {}
        for camera, name in self.cameras.items():
            height, width = demo.images[camera].shape[1:3]
            about: dict[str, object] = {
                "dtype": "video" if self.in_videos else "image",
                "shape": [height, width, 3],
                "names": ["height", "width", "channel"],
            }
            found[name] = about | ({"info": self._video(height, width)} if self.in_videos else {})
        for name, values in ((self.state, demo.state), (self.action, demo.actions)):
            found[name] = {"dtype": "float32", "shape": [values.shape[1]], "names": [name]}
        found["timestamp"] = {"dtype": "float32", "shape": [1], "names": None}
        return found | {name: {"dtype": "int64", "shape": [1], "names": None} for name in COUNTERS}

    def _video(self, height: int, width: int) -> dict[str, object]:
        facts = {"height": height, "width": width, "codec": video.CODEC, "pix_fmt": video.PIXELS}
        facts |= {"fps": self.rate_hz, "channels": 3, "is_depth_map": False}
        return {f"video.{name}": value for name, value in facts.items()} | {"has_audio": False}

    def _metadata(self, demo: Demonstration) -> str:
        """The types of the columns as the `datasets` package reads them."""
        found: dict[str, object] = {}
        for name, about in self.features(demo).items():
            if about["dtype"] == "image":
                found[name] = {"_type": "Image"}
            elif name in (self.state, self.action):
                width = (demo.state if name == self.state else demo.actions).shape[1]
                value = {"dtype": "float32", "_type": "Value"}
                found[name] = {"feature": value, "length": width, "_type": "Sequence"}
            elif about["dtype"] != "video":
                found[name] = {"dtype": about["dtype"], "_type": "Value"}
        return json.dumps({"info": {"features": found}})


def write_info(folder: Path, facts: Mapping[str, object]) -> None:
    """Write meta/info.json."""
    write_whole(folder / INFO, json.dumps({"robot_type": ROBOT, **facts}, indent=4) + "\n")
