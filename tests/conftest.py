"""Lets every test import `drawing`, whichever folder it is in."""
