"""Example portraits with exact labels, rendered from vector parts.

Made by ``python -m spade_anime.data.portraits``; ``--help`` lists its options.

The parts are the style "Lorelei" by Lisa Wischofsky (CC0 1.0), as DiceBear publishes it.
"""
