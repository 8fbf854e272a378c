"""The course as data: outline, lessons, scenes, questions, progress. Nothing in a lesson file is run; no Qt."""
