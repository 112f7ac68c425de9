"""What no field of a flow file knows by itself: names, types, and the way through the steps."""
