"""The API document and the pages made from it."""
