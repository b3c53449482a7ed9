"""Rule tests: what people write of made-up or real history, and whether rules say of it what was expected."""
