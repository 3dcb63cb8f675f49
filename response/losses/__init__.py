"""What a breach costs: claims of affected people, and the costs of the response."""
