"""The entity side of ERNIE: where entities sit, how they are fused, and the files that it is kept in."""
