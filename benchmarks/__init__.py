"""What policies are evaluated on: suites, variations, scripted experts, simulation, assets.

Files here are commands and the public API; of `harness` only `harness.core` is imported.

    import benchmarks

    env = benchmarks.make_env("libero_spatial", 0)
    observation, info = env.reset(seed=0, options={"init_id": 3, "variation": "lighting:2"})
    observation, reward, terminated, truncated, info = env.step(env.action_space.sample())

`gymnasium.make("steering_benchmark/libero_spatial-v0", task_id=0)` gives the same.
"""

from benchmarks.make_env import make_env, register

__all__ = ["make_env"]

register()
