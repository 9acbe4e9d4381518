"""Large documents: kept at once, cut into chunks, processed in the background, finished with one receipt."""
