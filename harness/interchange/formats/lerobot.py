"""LeRobot v3.0: many episodes a file, videos of many episodes; `HuggingFaceVLA/libero` loads unchanged.

Written with LeRobot's own names of features (observation.images.image, .image2, observation.state, action).
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from functools import lru_cache
from itertools import groupby
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from harness.core.dataset import Dataset, Entry, Episode, damaged, lacking
from harness.core.demonstration import Demonstration
from harness.core.files import whole_file, write_whole
from harness.core.protocols import Suite
from harness.interchange import video
from harness.interchange.formats import _lerobot as common
from harness.interchange.formats import _stats

DATA = "data/chunk-{chunk_index:03d}/file-{file_index:03d}.parquet"
VIDEO = "videos/{video_key}/chunk-{chunk_index:03d}/file-{file_index:03d}.mp4"
EPISODES = "meta/episodes/chunk-000/file-000.parquet"
FILE_MB = {"data_files_size_in_mb": 100, "video_files_size_in_mb": 200}
"""LeRobot's own limits, by which it goes on writing; here one task is one file."""


Read = Callable[[Path, tuple[str, ...]], pa.Table]


class LeRobot:
    """A folder with meta/info.json of version 3."""

    name = "lerobot"

    def recognises(self, path: Path) -> bool:
        """Whether `path` holds such a dataset."""
        return common.version(path).startswith("v3.")

    def open(self, path: Path, cameras: Sequence[str]) -> Dataset:
        """Raises UserError where a key is missing."""
        info, features = common.opened(path, cameras)
        tables = [common.read_table(file) for file in sorted(path.glob("meta/episodes/*/*.parquet"))]
        rows = [row for table in tables for row in table.to_pylist()]
        read = lru_cache(maxsize=1)(common.read_table)
        try:
            entries = tuple(
                Entry(
                    f"episode {row['episode_index']}",
                    str(row["tasks"][0]),
                    "",
                    _files(info, row, features.values()),
                )
                for row in rows
            )
        except KeyError as error:
            raise lacking(path / "meta/episodes", f"column {error}", list(rows[0])) from None
        except (TypeError, IndexError) as error:
            raise damaged(path / "meta/episodes", error) from None
        return Dataset(info.fps, entries, lambda at: _load(info, features, rows[at], read))

    def write(
        self, folder: Path, demonstrations: Iterable[Demonstration], suite: Suite, *, in_videos: bool
    ) -> None:
        """Write all of it into a folder that is empty; demonstrations of a task come one after the other."""
        rate = suite.gives.action.rate_hz
        cameras = {
            camera: common.CAMERAS.get(camera, (f"observation.images.{camera}",))[0]
            for camera in suite.gives.cameras
        }
        state, action = common.STATE[0], common.ACTION[0]
        made = _Made(folder, common.Writer(state, action, cameras, rate, in_videos))
        for number, (task, demos) in enumerate(groupby(demonstrations, lambda demo: demo.task)):
            made.add_task(number, task.instruction, demos)
        tasks = pd.DataFrame({"task_index": range(len(made.tasks))}, index=pd.Index(made.tasks, name="task"))
        with whole_file(folder / "meta/tasks.parquet") as file:
            tasks.to_parquet(file)
        with whole_file(folder / EPISODES) as file:
            pq.write_table(pa.Table.from_pylist(made.episodes), file)
        stats = {name: _stats.merged(parts) for name, parts in made.stats.items()}
        write_whole(folder / "meta/stats.json", json.dumps(_stats.plain(stats), indent=4) + "\n")
        count = len(made.episodes)
        common.write_info(
            folder,
            {
                "codebase_version": "v3.0",
                "total_episodes": count,
                "total_frames": made.total,
                "total_tasks": len(made.tasks),
                "chunks_size": common.CHUNK,
                **FILE_MB,
                "fps": rate,
                "splits": {"train": f"0:{count}"},
                "data_path": DATA,
                "video_path": VIDEO if in_videos else None,
                "features": made.features,
            },
        )


class _Made:
    """What was written so far."""

    def __init__(self, folder: Path, writer: common.Writer) -> None:
        self.folder, self.writer = folder, writer
        self.tasks: list[str] = []
        self.episodes: list[dict[str, object]] = []
        self.features: dict[str, dict[str, object]] = {}
        self.stats: dict[str, list[_stats.Stats]] = {}
        self.total = 0

    def add_task(self, number: int, instruction: str, demos: Iterable[Demonstration]) -> None:
        """Write the demonstrations of one task into file `number`."""
        if instruction not in self.tasks:
            self.tasks.append(instruction)
        at = {"chunk_index": number // common.CHUNK, "file_index": number % common.CHUNK}
        before = 0
        with ExitStack() as open_files:
            file = open_files.enter_context(whole_file(self.folder / DATA.format(**at)))
            table_writer: pq.ParquetWriter | None = None
            films: dict[str, Callable[[NDArray[np.uint8]], None]] = {}
            for demo in demos:
                index = len(self.episodes)
                rows = self.writer.rows(demo, index, self.tasks.index(instruction), self.total)
                if table_writer is None:
                    table_writer = open_files.enter_context(pq.ParquetWriter(file, rows.schema))
                    films = {camera: open_files.enter_context(film) for camera, film in self._films(demo, at)}
                table_writer.write_table(rows)
                for camera, add in films.items():
                    for image in demo.images[camera]:
                        add(image)
                self._note(demo, index, instruction, at, before)
                before += len(demo)

    def _films(self, demo: Demonstration, at: dict[str, int]) -> Iterator[tuple[str, video.Film]]:
        """By camera the video of a file; none where images are in the table."""
        for camera, name in self.writer.cameras.items() if self.writer.in_videos else ():
            path = self.folder / VIDEO.format(video_key=name, **at)
            yield camera, video.writing(path, demo.images[camera].shape[1:3], self.writer.rate_hz)

    def _note(
        self, demo: Demonstration, index: int, instruction: str, at: dict[str, int], before: int
    ) -> None:
        """Add a demonstration to the table of episodes; `before` rows of its file are of earlier ones."""
        writer = self.writer
        self.features = self.features or writer.features(demo)
        row: dict[str, object] = {"episode_index": index, "tasks": [instruction], "length": len(demo)}
        row |= {f"data/{name}": value for name, value in at.items()}
        row |= {"dataset_from_index": self.total, "dataset_to_index": self.total + len(demo)}
        for camera, name in writer.cameras.items():
            self.stats.setdefault(name, []).append(_stats.of_images(demo.images[camera]))
            if writer.in_videos:
                row |= {f"videos/{name}/{key}": value for key, value in at.items()}
                row[f"videos/{name}/from_timestamp"] = before / writer.rate_hz
                row[f"videos/{name}/to_timestamp"] = (before + len(demo)) / writer.rate_hz
        row |= {"meta/episodes/chunk_index": 0, "meta/episodes/file_index": 0}
        self.stats.setdefault(writer.state, []).append(_stats.of_rows(demo.state))
        self.stats.setdefault(writer.action, []).append(_stats.of_rows(demo.actions))
        self.episodes.append(row)
        self.total += len(demo)


def _files(info: common.Info, row: dict[str, int], features: Iterable[str]) -> tuple[Path, ...]:
    return (_data(info, row), *(_video(info, row, name) for name in features if info.is_video(name)))


def _data(info: common.Info, row: dict[str, int]) -> Path:
    chunk, file = row["data/chunk_index"], row["data/file_index"]
    return info.path(info.data_path, chunk_index=chunk, file_index=file)


def _video(info: common.Info, row: dict[str, int], name: str) -> Path:
    chunk, file = row[f"videos/{name}/chunk_index"], row[f"videos/{name}/file_index"]
    return info.path(info.video_path, video_key=name, chunk_index=chunk, file_index=file)


def _load(info: common.Info, features: dict[str, str], row: dict[str, int], read: Read) -> Episode:
    file, length = _data(info, row), row["length"]
    in_table = tuple(name for name in features.values() if not info.is_video(name))
    wanted = (info.feature(common.STATE, "state"), info.feature(common.ACTION, "actions"))
    table = read(file, (*wanted, "timestamp", "episode_index", *in_table))
    table = table.filter(pc.equal(table["episode_index"], row["episode_index"]))
    if table.num_rows != length:
        raise damaged(file, f"{table.num_rows} rows of an episode, meta/episodes says {length}")
    seen: dict[str, NDArray[np.uint8]] = {}
    for camera, name in features.items():
        if info.is_video(name):
            first = round(row[f"videos/{name}/from_timestamp"] * info.fps)
            seen[camera] = video.read(_video(info, row, name), first, length, info.fps)
        else:
            seen[camera] = common.images(table, name, file)
    return common.episode(table, info, file, seen)


FORMAT = LeRobot()
