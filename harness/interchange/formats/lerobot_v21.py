"""LeRobot v2.1: one parquet file an episode. Reads v2.0, too: `physical-intelligence/libero` loads unchanged.

Written with openpi's names of features (image, wrist_image, state, actions), which its training reads.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.dataset import Dataset, Entry, Episode, damaged
from harness.core.demonstration import Demonstration
from harness.core.files import content, whole_file, write_whole
from harness.core.protocols import Suite
from harness.interchange import video
from harness.interchange.formats import _lerobot as common
from harness.interchange.formats import _stats

DATA = "data/chunk-{episode_chunk:03d}/episode_{episode_index:06d}.parquet"
VIDEO = "videos/chunk-{episode_chunk:03d}/{video_key}/episode_{episode_index:06d}.mp4"


class LeRobotV21:
    """A folder with meta/info.json of version 2."""

    name = "lerobot-v21"

    def recognises(self, path: Path) -> bool:
        """Whether `path` holds such a dataset."""
        return common.version(path).startswith("v2.")

    def open(self, path: Path, cameras: Sequence[str]) -> Dataset:
        """Raises UserError where a key is missing."""
        info, features = common.opened(path, cameras)
        episodes = list(_lines(path / "meta/episodes.jsonl"))
        try:
            found = [_episode(each) for each in episodes]
            entries = tuple(
                Entry(f"episode {index}", str(tasks[0]), "", _files(info, index, features.values()))
                for index, _, tasks in found
            )
        except (KeyError, TypeError, ValueError, IndexError) as error:
            raise damaged(path / "meta/episodes.jsonl", f"{type(error).__name__}: {error}") from None
        lengths = [(index, length) for index, length, _ in found]
        return Dataset(info.fps, entries, lambda at: _load(info, features, *lengths[at]))

    def write(
        self, folder: Path, demonstrations: Iterable[Demonstration], suite: Suite, *, in_videos: bool
    ) -> None:
        """Write all of it into a folder that is empty."""
        rate = suite.gives.action.rate_hz
        cameras = {
            camera: common.CAMERAS[camera][1] if camera in common.CAMERAS else f"observation.images.{camera}"
            for camera in suite.gives.cameras
        }
        writer = common.Writer("state", "actions", cameras, rate, in_videos)
        tasks: dict[str, int] = {}
        episodes, stats, total = [], [], 0
        features: dict[str, dict[str, object]] = {}
        for index, demo in enumerate(demonstrations):
            features = features or writer.features(demo)
            task = tasks.setdefault(demo.task.instruction, len(tasks))
            at = {"episode_chunk": index // common.CHUNK, "episode_index": index}
            with whole_file(folder / DATA.format(**at)) as file:
                pq.write_table(writer.rows(demo, index, task, total), file)
            for camera, name in cameras.items() if in_videos else ():
                images = demo.images[camera]
                path = folder / VIDEO.format(video_key=name, **at)
                with video.writing(path, images.shape[1:3], rate) as add:
                    for image in images:
                        add(image)
            total += len(demo)
            episodes.append({"episode_index": index, "tasks": [demo.task.instruction], "length": len(demo)})
            columns = {"state": _stats.of_rows(demo.state), "actions": _stats.of_rows(demo.actions)}
            columns |= {name: _stats.of_images(demo.images[camera]) for camera, name in cameras.items()}
            stats.append({"episode_index": index, "stats": _stats.plain(columns)})
        named = [{"task_index": index, "task": text} for text, index in tasks.items()]
        for file_name, lines in (("episodes", episodes), ("episodes_stats", stats), ("tasks", named)):
            text = "".join(json.dumps(line) + "\n" for line in lines)
            write_whole(folder / f"meta/{file_name}.jsonl", text)
        count = len(episodes)
        common.write_info(
            folder,
            {
                "codebase_version": "v2.1",
                "total_episodes": count,
                "total_frames": total,
                "total_tasks": len(tasks),
                "total_videos": count * len(cameras) * in_videos,
                "total_chunks": -(-count // common.CHUNK),
                "chunks_size": common.CHUNK,
                "fps": rate,
                "splits": {"train": f"0:{count}"},
                "data_path": DATA,
                "video_path": VIDEO if in_videos else None,
                "features": features,
            },
        )


def _lines(path: Path) -> Iterator[str]:
    try:
        yield from (line for line in content(path).decode().splitlines() if line.strip())
    except ValueError as error:
        raise damaged(path, error) from None


def _episode(line: str) -> tuple[int, int, list[str]]:
    """Index, rows and instructions."""
    found = json.loads(line)
    return int(found["episode_index"]), int(found["length"]), list(found["tasks"])


def _at(info: common.Info, index: int) -> partial[Path]:
    return partial(info.path, episode_chunk=index // info.chunks_size, episode_index=index)


def _files(info: common.Info, index: int, features: Iterable[str]) -> tuple[Path, ...]:
    path = _at(info, index)
    videos = [path(info.video_path, video_key=name) for name in features if info.is_video(name)]
    return (path(info.data_path), *videos)


def _load(info: common.Info, features: dict[str, str], index: int, length: int) -> Episode:
    path = _at(info, index)
    file = path(info.data_path)
    in_table = [name for name in features.values() if not info.is_video(name)]
    wanted = [info.feature(common.STATE, "state"), info.feature(common.ACTION, "actions"), "timestamp"]
    table = common.read_table(file, [*wanted, *in_table])
    if table.num_rows != length:
        raise damaged(file, f"{table.num_rows} rows, meta/episodes.jsonl says {length}")
    seen: dict[str, NDArray[np.uint8]] = {}
    for camera, name in features.items():
        if info.is_video(name):
            seen[camera] = video.read(path(info.video_path, video_key=name), 0, length, info.fps)
        else:
            seen[camera] = common.images(table, name, file)
    return common.episode(table, info, file, seen)


FORMAT = LeRobotV21()
