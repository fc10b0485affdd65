#!/bin/sh
# A Valkey with the settings that docs/cluster.md names; with an argument, a replica of that host.
set -eu
set -- ${1:+--replicaof "$1" 6379}
exec valkey-server --requirepass "$PASSWORD" --masterauth "$PASSWORD" \
    --replica-announce-ip "$(hostname -i)" --appendonly yes --maxmemory 1gb \
    --maxmemory-policy noeviction --min-replicas-to-write 1 --min-replicas-max-lag 10 "$@"
