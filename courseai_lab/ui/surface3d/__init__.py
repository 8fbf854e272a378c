"""Height fields in three dimensions: one description, drawn by OpenGL or in software."""
