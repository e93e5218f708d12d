"""What can be downloaded: a catalogue of files, and transfers that are verified and resumed."""
