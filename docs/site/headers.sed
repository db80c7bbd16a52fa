# What Doxygen wants to be told otherwise than people: the file that a first comment is of, a group's brace on a line of
# its own, an at sign that is no command, a sign that is no quotation.
1s|^/\*\* ([a-z]+\.h): (.*)|/** @file \1\n *  \2|
s|^(.*[^ *].*) @\{( \*/)?$|\1\n *  @{\2|
s|@eaDir|\\@eaDir|
s|(/\*\*<? )> ([0-9])|\1above \2|
