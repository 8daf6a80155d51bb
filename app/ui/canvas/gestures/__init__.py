"""What the hand does on the canvas: each gesture is an object that begins, goes on, and ends or is cancelled.

A gesture that is cancelled leaves the document as it was; the document changes only when a gesture ends.
"""
