"""The observers: what is seen of a run from outside its processes."""
