"""What the course says of your answer to an exercise: one module for each lesson."""
