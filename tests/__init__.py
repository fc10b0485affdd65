"""Rules that Feedmill keeps, one file per part."""
