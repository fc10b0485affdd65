#!/bin/sh
# A Sentinel of the primary that the argument names at first; two of three have to agree.
set -eu
cat >/data/sentinel.conf <<CONF
sentinel resolve-hostnames yes
sentinel monitor mill $1 6379 2
sentinel auth-pass mill $PASSWORD
sentinel down-after-milliseconds mill 1000
sentinel failover-timeout mill 10000
CONF
exec valkey-server /data/sentinel.conf --sentinel
