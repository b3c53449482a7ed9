"""A fleet of models with hourly prices, seeded: the same series and rules for us, Prometheus and VictoriaMetrics."""
