"""Generators and discriminators, one file for each family."""
