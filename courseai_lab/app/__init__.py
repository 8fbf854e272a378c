"""The application: start, window, course, figures and the commands that need no window."""
