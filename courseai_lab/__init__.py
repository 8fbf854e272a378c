"""CourseAI Lab: live panels that show how deep learning works."""

__version__ = "0.1.0"
