"""What is seen of a live session: pictures of it, and the ways to show them."""
