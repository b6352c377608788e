"""Example portraits with exact labels, rendered from vector parts: ``python -m spade_anime.data.portraits --help``.

The parts are the style "Lorelei" by Lisa Wischofsky (CC0 1.0), as DiceBear publishes it.
"""
