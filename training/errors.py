"""Errors of the training scripts, one sentence each."""

from gazeattack.errors import GazeAttackError


class TrainingError(GazeAttackError):
    """A config, a dataset or a checkpoint cannot be used."""


class NotApplicableError(TrainingError):
    """A defence does not fit this network; the others may."""
