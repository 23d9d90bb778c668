"""What Prometheus computes of the metrics: recording rules, made from a table of measures."""
