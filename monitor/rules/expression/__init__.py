"""The `watch` expression: a closed vocabulary over frames, checked when the file is loaded."""
