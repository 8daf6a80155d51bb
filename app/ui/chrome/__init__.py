"""What surrounds the canvas and its panels: toolbar, bars, docks, status."""
