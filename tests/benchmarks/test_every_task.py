"""Every variation on every task of LIBERO's five suites; memory over many rebuilt variations."""

import gc
from itertools import product

import psutil
import pytest

from harness.core import registry
from harness.core.keys import EpisodeKey

LIBERO = {"libero_spatial": 10, "libero_object": 10, "libero_goal": 10, "libero_10": 10, "libero_90": 90}
FAMILIES = {"sensor", "dynamics", "instruction", "object-size", "object-form"}
NAMES = [name for name in registry.names("variation") if not name.startswith("fake") and name not in FAMILIES]
REBUILT = list(product(("object-larger", "object-taller"), (1, 2, 3, 4)))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("suite", "task_id"), [(name, t) for name, count in LIBERO.items() for t in range(count)]
)
def test_every_variation_begins_or_is_refused_with_a_reason(suite, task_id):
    found = registry.find("suite", suite)
    env = found.make_env(task_id, assets="original", image_size=48, render="fast")
    begun = 0
    for name in NAMES:
        variation = registry.find("variation", name)
        if variation.refusal(found.tasks[task_id]):
            continue
        level = len(variation.quantities) - 1
        env.begin(EpisodeKey("any", suite, task_id, 0, 0, name, level))
        assert env.facts["changed"] > 0, name
        env.observe()
        begun += 1
    env.close()
    assert begun >= 25


@pytest.mark.slow
def test_memory_over_300_episodes_of_rebuilt_variations_stays_within_a_fifth():
    env = registry.find("suite", "libero_spatial").make_env(
        0, assets="original", image_size=64, render="fast"
    )
    resident, after = psutil.Process(), {}
    for number in range(1, 301):
        name, level = REBUILT[number % len(REBUILT)]
        env.begin(EpisodeKey("any", "libero_spatial", 0, number % 50, 0, name, level))
        env.observe()
        if number % 30 == 0:
            after[number] = resident.memory_info().rss / 2**20
            print(number, round(after[number]), "MiB", flush=True)
    env.close()
    gc.collect()
    print("closed", round(resident.memory_info().rss / 2**20), "MiB")
    assert max(after.values()) <= 1.2 * after[30], after
