"""Draws labelled documents of every type in eight languages, to train and to score with."""
