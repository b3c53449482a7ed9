"""Pure values: what flows through the monitor. Nothing here touches the world."""
