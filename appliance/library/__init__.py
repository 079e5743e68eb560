"""What a program of one's own calls: training on given data, callbacks, goldens."""
