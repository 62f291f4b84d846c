"""What is done from the command line and by the clock: import, generation, evaluation, the demo."""
