"""Models of retention by engagement: adjusted, sensitivity, negative controls, one card per question."""
