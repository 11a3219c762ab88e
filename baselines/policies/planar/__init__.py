"""A tiny policy that shares no layout with pi0: what another kind of policy must bring, at its smallest.

Its streams differ in layers, heads, head size and width and share keys and values in groups; the expert
looks at what comes out of the language stream by cross-attention; one camera, four numbers of state, three of
action; actions are regressed at once, without noise, and nothing but image features is kept in training.
"""
