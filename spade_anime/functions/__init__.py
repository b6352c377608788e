"""Differentiable functions, one Chainer FunctionNode an operation."""
