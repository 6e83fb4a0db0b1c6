"""What success goes with: metrics of units against participation and network, month by month."""
