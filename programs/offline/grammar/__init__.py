"""From frames to SQL and back, and the builders of frames, one file a family of shapes."""
