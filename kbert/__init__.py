"""Language models taught with knowledge and structure: models, tasks, training and ranking."""
