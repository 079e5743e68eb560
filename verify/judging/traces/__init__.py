"""Two traces compared event by event: where they differ first, what follows from it, what meets again."""
