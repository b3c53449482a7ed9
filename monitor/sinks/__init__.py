"""Where samples are copied to: one module with a KIND is one kind of sink."""
