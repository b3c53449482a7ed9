"""Why a rule fired at a bar, or what is missing for it to fire: the engine's own verdicts, taken apart."""
