"""Data to train with: batches, splits, images in folders, and sets that ship or are generated."""
