"""One person who looks at known points of a screen: the format, its files, the lag of the eyes, and the scores."""
