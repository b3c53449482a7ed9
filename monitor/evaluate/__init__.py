"""How well prices are told, measured on records whose changes and errors are known."""
