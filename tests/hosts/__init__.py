"""A world of hosts on one Linux machine, and what happens to it when they die.

Each host is a network namespace with a cable to one bridge and processes of its own:

| hosts | what runs there |
|---|---|
| db1, db2, db3 | PostgreSQL: a primary and two standbys, `ANY 1 (db1, db2, db3)` |
| redis1, redis2, redis3 | Valkey: a primary and two replicas, each with a Sentinel beside it |
| bucket | SeaweedFS, reached by a relay that can answer 500 or 503 |
| node1, node2, node3 | Feedmill: http + mill, mill + worker, http + worker; node4 comes and goes |
| the bridge's own | clients, the receiver of webhooks, an operator's tool (`operating.py`) |

All of it is within one process (`run.py`) that has its own network, mounts and processes: when it
ends, however it ends, the kernel ends all processes and namespaces and removes the files, which are
on a tmpfs. That is why the test starts it as a program and reads what it prints. As root:

    python3 dev.py test tests/hosts   # eight faults
    python3 dev.py test tests/hosts --long --long-minutes 10 -s

`--chaos-seed N` repeats a schedule. The load and the verdict are those of the chaos suite.
"""
