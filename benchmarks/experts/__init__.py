"""Scripted experts: they solve tasks with privileged state of the simulation and make the demonstrations.

An expert plans from a task's goal and knows nothing of single tasks. Suites name theirs (`Suite.expert`).
Here belong geometry, grasps, motions and plans; not how episodes are recorded (benchmarks.data) nor physics
and kinematics (benchmarks.sim). May import benchmarks.sim and harness.core.
"""
