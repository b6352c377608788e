"""Train a GAN that paints an image from a condition: python3 train.py --dataset_dir dataset/example."""
from options import parse_training
from spade_anime.commands import run_script
from spade_anime.training.processes.silence import told_once


def main(arguments: list | None = None) -> None:
    """Train as the flags ask for."""
    with told_once():
        system, given = parse_training(arguments)
    # After the command line is read, as it imports all that trains.
    from spade_anime.training.session import run_training
    run_training(system, given)


if __name__ == '__main__':
    run_script(main)
