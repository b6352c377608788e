"""Names of the published styles that the labeller that comes with the project learnt from."""
LORELEI = 'lorelei'
"""That of the example portraits, which are rendered with colours of their own."""

STYLES = LORELEI, 'adventurer', 'micah', 'toon-head', 'personas', 'big-ears', 'big-smile', 'notionists'
