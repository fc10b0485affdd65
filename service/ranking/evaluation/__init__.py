"""Judges a ranking by a log: in time order, each like is first looked for, then learnt."""
