"""Runs beside other libraries: trainings in PyTorch, models in ONNX."""
