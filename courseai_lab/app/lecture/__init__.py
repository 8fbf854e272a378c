"""Lecture mode: one scene full screen, a presenter's view for a second screen, and the teacher's own lessons."""
