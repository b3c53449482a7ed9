"""Where samples (`build`) and transitions (`build_alerts`) are copied to: one module with a KIND is one kind of sink."""
