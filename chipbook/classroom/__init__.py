"""What a class works with: exercises, quizzes, the calibration game and the coding kit."""
