"""What a backtest found, made fit for people: episodes, timelines, comparisons, sweeps, a page."""
