"""What each command does: call the program, print what came of it. One file per family."""
