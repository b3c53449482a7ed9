"""What is derived from samples for those who look at dashboards: nothing here is judged, told or stored."""
