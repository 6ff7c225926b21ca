"""Pictures drawn from words, by rule: `scene` reads a prompt, `drawing` paints the scene with Pillow."""
