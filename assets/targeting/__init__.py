"""Where an initiative would have most room, and the roll-out that could measure it. Never about persons."""
