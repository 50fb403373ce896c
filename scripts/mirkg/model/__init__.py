"""Model: what every wing stands on: names of the vocabulary, files, problems, the rules."""
