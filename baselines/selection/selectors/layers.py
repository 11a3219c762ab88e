"""Control: whole layers by k-NN regression, as many as hold at least the number of heads."""

from baselines.selection.selectors.knn import Knn

SELECTOR = Knn(name="layers", unit="layer")
