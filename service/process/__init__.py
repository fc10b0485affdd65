"""What the process has from its operating system: signals, standard streams, children, systemd."""
