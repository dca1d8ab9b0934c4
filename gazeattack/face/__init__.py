"""Frame -> landmarks -> head pose -> normalised crops."""
