"""What no page may hold: each gate fails the build with file and line."""
