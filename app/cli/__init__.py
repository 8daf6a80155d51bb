"""The command `animaweave`: what users type, and what they read. Imports no Qt."""
