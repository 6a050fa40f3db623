"""What those who run kizuki need: health, figures, logs, backups."""
