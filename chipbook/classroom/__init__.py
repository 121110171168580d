"""What a class works with: exercises that say what is off, without giving the answer away."""
