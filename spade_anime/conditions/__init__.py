"""What a picture is painted from, one room for each kind."""
