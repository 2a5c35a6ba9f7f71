"""Understanding: a conversation becomes figures, moments and findings. Pure; never sees audio."""
