"""The package comes first: importing it patches Chainer before a test module can import that."""
import spade_anime  # noqa: F401
