"""Model: what every other part uses: names of the vocabulary, files, problems, the rules."""
