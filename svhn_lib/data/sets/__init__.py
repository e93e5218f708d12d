"""Numbers with their pictures: `NumberSet` in memory, and the HDF5 store on disk."""
