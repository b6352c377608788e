"""What the files and folders of a run are called."""

OPTIONS, CONDITION, SUMMARY = 'options.json', 'condition.json', 'summary.json'
LOCK = 'training.lock'
LOG, METRICS = 'log.jsonl', 'metrics.jsonl'
EVALUATION = 'evaluation.png'
TENSORBOARD = 'tensorboard'
FOLDERS = ('plots', 'samples', 'snapshots')
