"""The inspector: the selected node's parameters, settings, last values, problems and words."""
