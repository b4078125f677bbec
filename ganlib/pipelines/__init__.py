"""From a config to a run, from a photograph to a drawing: where the parts are put together."""
