"""What a call is made of: pure values and the events of everything that happened."""
