"""What reaches receivers: one module, one kind, with `KIND`, `GAP`, `Config` and `build`."""
