"""What benchmarks.speed measures: libero_spatial task 0 with LIBERO's own environment and with ours."""

from __future__ import annotations

import math
from collections.abc import Callable
from contextlib import ExitStack
from functools import cache, partial

import mujoco
import numpy as np
from numpy.typing import NDArray

from benchmarks.assets.libero_setup import libero_assets
from benchmarks.assets.trees import resolve
from benchmarks.episode.task_env import TaskEnv
from benchmarks.perf.engine_rows import overhead
from benchmarks.perf.timing import Row, Side, Timer
from benchmarks.perf.worker_memory import memory_rows
from benchmarks.render.renderer import CAMERAS, Renderer, release
from benchmarks.sim.robosuite_binding import StockEnv
from benchmarks.sim.simulation import Simulation, load_init_states
from benchmarks.suites.libero_spatial import SUITE
from harness.core.rng import derive_rng

Array = NDArray[np.float64]

EPISODE, REPLAN, SIZE = 100, 10, 256
"""Steps of an episode, steps executed per query, pixels."""
STOCK_STEPS = 20
"""Steps of the stock episode that are timed; its cost is the same at every step."""
STEPS = 20
MISSING = math.nan


_OPEN = ExitStack()
"""Stock environments read their meshes anew at every reset."""


def stock_environment(task_id: int, assets: str) -> StockEnv:
    """LIBERO's environment as its own evaluation makes it: two cameras, drawn at every step."""
    envs = _OPEN.enter_context(libero_assets(resolve(assets).path))
    return envs.OffScreenRenderEnv(
        bddl_file_name=str(SUITE.task_file(task_id)), camera_heights=SIZE, camera_widths=SIZE
    )


@cache
def stock(assets: str) -> StockEnv:
    """The stock environment of task 0, reset."""
    env = stock_environment(0, assets)
    env.reset()
    return env


def look_there(env: StockEnv) -> None:
    """Draw in the stock environment's OpenGL context: robosuite expects to be alone in its process."""
    # robosuite keeps its context to itself, and makes it current when it makes it only.
    env.sim._render_context_offscreen.gl_ctx.make_current()


def close(assets: str) -> None:
    """Free the stock environment's OpenGL context before the interpreter takes the library away."""
    release()
    if stock.cache_info().currsize:
        stock(assets).close()
        stock.cache_clear()
    _OPEN.close()


@cache
def ours(assets: str) -> Simulation:
    """The simulation of task 0."""
    return SUITE.simulate(0, assets)


@cache
def actions() -> Array:
    """Random actions [EPISODE, 7]."""
    return derive_rng("speed").uniform(-1.0, 1.0, (EPISODE, SUITE.gives.action.size))


def start(simulation: Simulation) -> None:
    """The same settled start for every turn."""
    simulation.load_official(0, derive_rng("speed", "fixtures"))
    simulation.settle()


def control_step(timer: Timer, assets: str) -> list[Row]:
    """A control step without cameras against 25 bare physics steps."""
    simulation = ours(assets)
    model, data, env = simulation.model, simulation.data, simulation.env

    def bare() -> None:
        for _ in range(STEPS * simulation.substeps):
            mujoco.mj_step(model, data)

    def drive(step: Callable[[Array], object]) -> Callable[[], object]:
        return lambda: [step(action) for action in actions()[:STEPS]]

    def ready() -> None:
        start(simulation)

    def stock_ready() -> None:
        env.reset()
        start(simulation)

    seconds = timer.turns(
        {
            "bare": (ready, bare),
            "ours": (ready, drive(simulation.step)),
            "stock": (stock_ready, drive(env.step)),
        }
    )
    each = {name: 1e3 * value / STEPS for name, value in seconds.items()}
    bare_ms = each["bare"]
    return [
        Row("control step, no camera", " ms", each["stock"], each["ours"], ""),
        Row("the same, 25 bare mj_step = 1", "x", each["stock"] / bare_ms, each["ours"] / bare_ms, "1.3x"),
    ]


def episodes(timer: Timer, assets: str) -> list[Row]:
    """100 steps with two cameras at 256 pixels, looked at every 10 steps; settling is left out."""
    env = stock(assets)
    states = load_init_states(SUITE.init_file(0))

    def stock_run() -> None:
        for action in actions()[:STOCK_STEPS]:
            env.step(action)

    def drive(task: TaskEnv) -> None:
        for step, action in enumerate(actions()):
            if step % REPLAN == 0:
                task.observe()
            task.advance(action)

    tasks = {
        name: TaskEnv(SUITE.tasks[0], lambda: ours(assets), max_steps=EPISODE, image_size=SIZE, render=name)
        for name in ("exact", "fast")
    }

    def stock_ready() -> None:
        look_there(env)
        env.set_init_state(states[0])

    sides: dict[str, Side] = {"stock": (stock_ready, stock_run)}
    for name, task in tasks.items():
        task.sim.load_official(0, derive_rng("warm"))
        task.observe()  # textures and meshes are uploaded once
        sides[name] = (lambda: start(ours(assets)), partial(drive, task))
    seconds = timer.turns(sides)
    stock_s = seconds["stock"] * EPISODE / STOCK_STEPS
    return [
        Row("episode, 100 steps, 2 cameras 256x256, exact", " s", stock_s, seconds["exact"], "10x faster"),
        Row("the same, fast", " s", stock_s, seconds["fast"], "30x faster"),
    ]


def image(timer: Timer, assets: str) -> list[Row]:
    """One 128x128 image, mean of both cameras."""
    env, simulation = stock(assets), ours(assets)
    start(simulation)
    drawn = {name: Renderer(simulation.model, simulation.data, 128, name) for name in ("exact", "fast")}
    for renderer in drawn.values():
        renderer.images()
    sides: dict[str, Side] = {
        "stock": (
            lambda: look_there(env),
            lambda: [env.sim.render(128, 128, camera_name=name) for name in CAMERAS],
        ),
        "exact": (lambda: None, lambda: drawn["exact"].images()),
        "fast": (lambda: None, lambda: drawn["fast"].images()),
    }
    seconds = timer.turns(sides)
    for renderer in drawn.values():
        renderer.close()
    return [
        Row("image 128x128, exact", " ms", 500 * seconds["stock"], 500 * seconds["exact"], ""),
        Row("image 128x128, fast", " ms", 500 * seconds["stock"], 500 * seconds["fast"], "5 ms"),
    ]


def episode_start(timer: Timer, assets: str) -> list[Row]:
    """Initial state and fixture poses, without settling."""
    env, simulation = stock(assets), ours(assets)
    states = load_init_states(SUITE.init_file(0))

    def stock_start() -> None:
        look_there(env)
        env.reset()
        env.set_init_state(states[0])

    def our_start() -> None:
        simulation.load_official(0, derive_rng("speed", "fixtures"))

    our_start()
    seconds = timer.turns({"stock": (lambda: None, stock_start), "ours": (lambda: None, our_start)})
    return [Row("episode start", " ms", 1e3 * seconds["stock"], 1e3 * seconds["ours"], "10 ms")]


def new_task(timer: Timer, assets: str) -> list[Row]:
    """Another task in a process that has run one; the compiled tasks are on disk."""
    stock(assets)
    start(ours(assets))
    for task_id in (1, 2):
        SUITE.simulate(task_id, assets)  # on disk from here on
    built: list[StockEnv] = []
    stock_s = timer.once(lambda: built.append(stock_environment(1, assets)))
    built.pop().close()
    task: list[TaskEnv] = []

    def begin() -> None:
        task[:] = [SUITE.make_env(1, assets=assets, image_size=128, render="fast")]
        task[0].sim.load_official(0, derive_rng("speed"))

    seconds = timer.turns({"ours": (task.clear, begin)})["ours"]
    look = timer.once(lambda: task[0].observe())
    task[0].close()
    return [
        Row("new task in a warm process", " ms", 1e3 * stock_s, 1e3 * seconds, "300 ms"),
        Row("its first images (meshes decimated, uploaded)", " ms", MISSING, 1e3 * look, ""),
    ]


ROWS: dict[str, Callable[[Timer, str], list[Row]]] = {
    "step": control_step,
    "episode": episodes,
    "image": image,
    "start": episode_start,
    "task": new_task,
    "overhead": overhead,
    "workers": memory_rows,
}
