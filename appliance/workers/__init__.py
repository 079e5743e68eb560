"""Several workers for one training, by MPI; nothing here is needed without them."""
