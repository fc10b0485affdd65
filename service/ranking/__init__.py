"""The ranking of posts: pure functions over posts, tastes and what was learnt, without a store.

Read `pipeline.py` first: its tables list the filters, the parts of the score and the steps.
"""
