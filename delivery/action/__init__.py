"""The steps of the action in action.yml: install, run, comment. They read inputs from the environment only."""
