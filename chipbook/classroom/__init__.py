"""What a class does with the book: exercises, quizzes, the game and the coding kit."""
