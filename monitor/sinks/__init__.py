"""Where samples, alerts and other streams of the ledger go as well: a module with a KIND is a kind of sink."""
