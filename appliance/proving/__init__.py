"""Proofs by trying: trainings that are stopped and resumed, or shared among workers; state that a checkpoint lacks."""
