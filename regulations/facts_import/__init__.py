"""Foreign records read as facts files: VERIS incidents, public breach notices, Have I Been Pwned. Pure."""
