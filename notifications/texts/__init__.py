"""What a notice says: templates, phrases, languages, and the text made of them for one reader."""
