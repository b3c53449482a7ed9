"""Where samples come from: one module with a KIND is one kind of source; all of them share one fetch."""
