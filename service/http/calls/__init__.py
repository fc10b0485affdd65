"""What the APIs of others have in common: acceptance, waiting, results and streams.

Each of them is a folder beside this one and adds the shapes that its clients know.
"""
