"""The same rules over the same series in Prometheus and VictoriaMetrics: where they agree, and why not elsewhere."""
