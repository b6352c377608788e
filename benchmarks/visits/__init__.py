"""What visit.py runs on a GPU machine that is there for minutes: its steps, and who runs them."""
