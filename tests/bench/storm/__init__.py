"""Four hundred alerts at once, told to a Slack that falters: this program beside Alertmanager."""
