"""The panels below the canvas: what is wrong, what the nodes do, what was said.

Each hears of the editor by itself and knows no other widget. What is hidden does not work.
"""
