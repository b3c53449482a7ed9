"""Where samples (`build`) and transitions (`build_alerts`) go as well: a module with a KIND is a kind of sink."""
