"""Files that are no YAML: a locator for each family of formats, and what they share.

words     references inside longer text           names     which file is written how
comments  comments and templates, blanked out      commands  what container tools are told to run
blocks    keys and values of one block             lines     YAML by its lines, where no parser can read it
"""
