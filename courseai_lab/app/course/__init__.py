"""The course in the window: navigator, lesson page, scenes, predictions, tours."""
