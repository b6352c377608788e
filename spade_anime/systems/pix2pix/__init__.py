"""pix2pix: a label map, a hair colour or attributes become a portrait."""
