"""Trained generators as ONNX models."""
