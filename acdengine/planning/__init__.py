"""How many calls will come, and how many agents they need."""
