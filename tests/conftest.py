"""Shared fixtures. The backend is chosen by KERAS_BACKEND before anything imports Keras."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "2")
