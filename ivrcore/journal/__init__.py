"""The record of everything that happened: typed events in the order in which they took effect."""
