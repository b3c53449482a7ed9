"""PURE: rule files → rules; frames and states → transitions."""
