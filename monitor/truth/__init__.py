"""Price truth: which changes that sources show are changes of a price, and how sure that is. Pure."""
