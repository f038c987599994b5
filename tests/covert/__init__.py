"""What a far zone that was taken over can say to the near network past the policy."""
