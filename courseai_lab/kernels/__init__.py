"""The mathematics of the lab: arrays in, arrays out, one topic a file. Knows no window, panel or setting."""
