"""The state of a switch and the text formats it speaks: what every other room works on."""
