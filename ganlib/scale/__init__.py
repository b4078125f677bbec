"""What a big machine adds to the training core: CUDA graphs, several processes."""
