"""What an adaptable policy is: streams of attention heads, parts, activations, a loss, and what is trained.

All other rooms work on these types alone; a kind of policy implements them in `baselines.policies`. Belongs
here: the interface and what any policy needs to implement it. Does not: anything that knows one kind of
policy or one method. Imports `baselines.data` and `harness.core`.
"""
