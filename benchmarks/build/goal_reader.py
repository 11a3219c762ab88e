"""LIBERO's goals read into plain predicates."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import mujoco
import numpy as np

from benchmarks.sim.goals import (
    Array,
    Indicator,
    InRegion,
    Joints,
    OnObject,
    OverRegion,
    Predicate,
    Touching,
)
from benchmarks.sim.robosuite_binding import StockEnv, StockPart

JOINT_WORDS = {
    # word -> (method of LIBERO's fixture classes, name of its ranges, all joints?)
    "open": ("is_open", "default_open_ranges", False),
    "close": ("is_close", "default_close_ranges", True),
    "turnon": ("turn_on", "default_turnon_ranges", False),
    "turnoff": ("turn_off", "default_turnoff_ranges", True),
}


def predicates_of(env: StockEnv, model: mujoco.MjModel) -> tuple[Predicate, ...] | None:
    """The conjunction that LIBERO evaluates for success; None where a predicate is not known here."""
    found = []
    for word, *names in env.parsed_problem["goal_state"]:
        predicate = _predicate(env, model, word, names)
        if predicate is None:
            return None
        found.append(predicate)
    return tuple(found)


def indicators_of(env: StockEnv, model: mujoco.MjModel) -> tuple[Indicator, ...]:
    """Sites that LIBERO shows and hides after every step."""
    found = []
    for state in env.tracking_object_states_change:
        fixture = env.get_object(state.object_name)
        lit = _joints(model, "turnon", fixture, fixture.joints)
        for site, _ in fixture.object_properties["vis_site_names"].values():
            if lit is not None:
                found.append(Indicator(int(model.site(site).id), lit))
    return tuple(found)


def _predicate(env: StockEnv, model: mujoco.MjModel, word: str, names: list[str]) -> Predicate | None:
    sites = env.object_sites_dict
    if word in JOINT_WORDS and len(names) == 1:
        thing = sites[names[0]] if names[0] in sites else env.get_object(names[0])
        owner = env.get_object(thing.parent_name) if names[0] in sites else thing
        return _joints(model, word, owner, thing.joints)
    if word not in ("on", "in") or len(names) != 2 or names[0] in sites:
        return None
    thing, place = env.get_object(names[0]), names[1]
    body = int(env.obj_body_id[names[0]])
    if place not in sites:
        touching = Touching(_geoms(model, env.get_object(place)), _geoms(model, thing))
        return OnObject(body, int(env.obj_body_id[place]), touching) if word == "on" else None
    site, size = int(model.site(place).id), np.array(sites[place].size, dtype=np.float64)
    if word == "in":
        return InRegion(body, site, size)
    parent = env.get_object(sites[place].parent_name)
    joined = None if parent is None else Touching(_geoms(model, parent), _geoms(model, thing))
    return OverRegion(body, site, size, joined)


def _geoms(model: mujoco.MjModel, thing: StockPart) -> Array:
    mask = np.zeros(model.ngeom, dtype=bool)
    mask[[model.geom(name).id for name in thing.contact_geoms]] = True
    return mask


def _joints(
    model: mujoco.MjModel, word: str, fixture: StockPart, names: Sequence[str] | None
) -> Joints | None:
    """A fixture's class says by a function of the position what counts: its threshold is found by asking."""
    method, ranges, every = JOINT_WORDS[word]
    span = fixture.object_properties["articulation"].get(ranges)
    if not span:
        return None
    counts: Callable[[float], bool] = getattr(fixture, method)
    rising = bool(counts(np.inf))
    if rising == bool(counts(-np.inf)):
        return None
    for threshold in (min(span), max(span)):
        step = 1e-9 if rising else -1e-9
        if counts(threshold + step) and not counts(threshold - step):
            addresses = tuple(int(model.joint(name).qposadr[0]) for name in names or ())
            return Joints(addresses, float(threshold), rising, bool(counts(threshold)), every)
    return None
