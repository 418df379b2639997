"""Questions and recommendations, split by noun."""
