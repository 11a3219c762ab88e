"""What a task of LIBERO-Plus does to each of its episodes, by the same means as a variation."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from benchmarks.episode.edit import Edit, Images
from benchmarks.libero_plus.camera import pose
from benchmarks.libero_plus.names import PlusName
from benchmarks.libero_plus.start_pose import poses, remember
from harness.core.keys import EpisodeKey
from harness.core.rng import derive_rng

OUTER = "agentview"


@dataclass(frozen=True)
class Condition:
    """Camera, start pose and noise of a task; `robots` is the released file of start poses."""

    task: PlusName
    robots: Path
    image_size: int
    """Side of the images that the policy wants, pixels: noise is made for images of its own size."""

    def __call__(self, edit: Edit, key: EpisodeKey) -> None:
        """Change an episode that is at its initial state, before it settles."""
        self._move_camera(edit)
        if self.task.robot and "robot" not in edit.sim.changes:  # another arm has no such pose
            remember(edit.sim, poses(self.robots)[self.task.robot])
        if self.task.noise:
            self._add_noise(edit, key)

    def _move_camera(self, edit: Edit) -> None:
        camera = edit.sim.model.camera(OUTER).id
        positions, quaternions = edit.array("cam_pos"), edit.array("cam_quat")
        position, quaternion = pose(positions[camera], quaternions[camera], self.task.view)
        positions[camera], quaternions[camera] = position, quaternion

    def _add_noise(self, edit: Edit, key: EpisodeKey) -> None:
        from benchmarks.libero_plus.noise import noisy

        def change(images: Images, step: int) -> Images:
            outer, *others = images
            rng = derive_rng("libero-plus-noise", key.twin_id, step)
            raw = noisy(np.ascontiguousarray(outer[::-1, ::-1]), self.task.noise, rng)
            return [self._resized(image) for image in (raw[::-1, ::-1], *others)]

        edit.on_images.append(change)

    def _resized(self, image: NDArray[np.uint8]) -> NDArray[np.uint8]:
        side = self.image_size
        if len(image) == side:
            return image
        smaller = cv2.resize(np.ascontiguousarray(image), (side, side), interpolation=cv2.INTER_AREA)
        return np.asarray(smaller, np.uint8)
