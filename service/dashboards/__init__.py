"""A Grafana dashboard and Prometheus alert rules, which `dashboards` prints."""
