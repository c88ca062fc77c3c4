"""The widget's door for what visitors write, on a brand's host."""
